import { join } from 'node:path'
import { version } from '../../package.json'
import { runCli } from './cli/index.ts'

// npm changes the folder before it runs a script; the person's paths mean theirs.
if (process.env.npm_lifecycle_event === 'strongroom' && process.env.INIT_CWD !== undefined) {
  process.chdir(process.env.INIT_CWD)
}

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The first asks the job to stop cleanly; a second ends the process, which leaves nothing half-made either.
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
  })
}
// Whoever read our words has gone (`… | head`): the job goes on without them.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const runtime = { workerPath: join(import.meta.dirname, 'worker.js') }
const streams = { out: process.stdout, err: process.stderr }
runCli(process.argv.slice(2), runtime, streams, version, interrupt.signal).then((code) => {
  process.exitCode = code
})
