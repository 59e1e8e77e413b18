export { answerApp, type Served } from './app-protocol.ts'
export { type Built, startApp } from './start.ts'
