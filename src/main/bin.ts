import { join } from 'node:path'
import { version } from '../../package.json'
import { runCli } from './cli/index.ts'

// npm changes the folder before it runs a script; the person's paths mean theirs.
if (process.env.npm_lifecycle_event === 'strongroom' && process.env.INIT_CWD !== undefined) {
  process.chdir(process.env.INIT_CWD)
}

const interrupt = new AbortController()
/**
 * From its first call on a signal asks the job to stop cleanly. Before, there is nothing to stop: a signal ends
 * the program at once, also while it waits for a passphrase.
 */
function interrupts(): AbortSignal {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeListener(name, stop)
    process.on(name, stop)
  }
  return interrupt.signal
}
function stop(): void {
  // A second one ends the process, which leaves nothing half-made either.
  if (interrupt.signal.aborted) process.exit(130)
  interrupt.abort()
}
// Whoever read our words has gone (`… | head`): the job goes on without them.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// Should everything waited for fall away unsaid, that is no success.
process.exitCode = 1
const runtime = { workerPath: join(import.meta.dirname, 'worker.js') }
const streams = { out: process.stdout, err: process.stderr }
runCli(process.argv.slice(2), runtime, streams, version, interrupts).then((code) => {
  process.exitCode = code
})
