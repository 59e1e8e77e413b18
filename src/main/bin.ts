import { join } from 'node:path'
import { version } from '../../package.json'
import { runCli } from './cli/index.ts'

// npm changes the folder before it runs a script; the person's paths mean theirs.
if (process.env.npm_lifecycle_event === 'strongroom' && process.env.INIT_CWD !== undefined) {
  process.chdir(process.env.INIT_CWD)
}

/** Of docs/cli.md: out of space or I/O error. */
const WORDS_LOST_EXIT = 10

const interrupt = new AbortController()
let listening = false
/**
 * From its first call on a signal asks the job to stop cleanly. Before, there is nothing to stop: a signal ends
 * the program at once, also while it waits for a passphrase.
 */
function interrupts(): AbortSignal {
  // Once: to listen anew would lose a signal that has come and was not yet told.
  if (!listening) for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop)
  listening = true
  return interrupt.signal
}
function stop(): void {
  // A second one ends the process, which leaves nothing half-made either.
  if (interrupt.signal.aborted) process.exit(130)
  interrupt.abort()
}
/** Words that a full disk did not take; a program that relies on them must not take that for success. */
let wordsLost = false
for (const stream of [process.stdout, process.stderr]) {
  let readerGone = false
  stream.on('error', (error) => {
    // Whoever read them has gone (`… | head`): the job goes on without them.
    readerGone ||= 'code' in error && error.code === 'EPIPE'
    wordsLost ||= !readerGone
  })
}
process.on('exit', (code) => {
  if (wordsLost && code === 0) process.exitCode = WORDS_LOST_EXIT
})

// Should everything waited for fall away unsaid, that is no success.
process.exitCode = 1
const runtime = { workerPath: join(import.meta.dirname, 'worker.js') }
const streams = { out: process.stdout, err: process.stderr }
runCli(process.argv.slice(2), runtime, streams, version, interrupts).then((code) => {
  process.exitCode = code
})
