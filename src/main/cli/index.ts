export { makeProgram, runCli } from './program.ts'
export { writeReference } from './reference.ts'
