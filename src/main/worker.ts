import { parentPort } from 'node:worker_threads'
import { runWork } from './jobs/index.ts'

// The entry of a worker thread: bulk work only, no vault, no keys but those it is handed.
if (parentPort !== null) runWork(parentPort)
