// A worker thread that does the real work, writes down the id of every message it begins, and may be told to
// end where native code could crash. STRONGROOM_TEST_WORKER=<log>:<mode>
//   ids       never
//   start     as soon as it is started
//   message   when it gets its first files
//   open      as it opens a file whose path holds "crash"
//   middle    while it writes a file whose path holds "crash": its beginning is on the disk
//   late      after all is written, at the sync before any name is given, while "crash" is in the group
//   named     after the first name was given, while "crash" is in the group
//   throw     by an error that nobody catches, while it writes a file whose path holds "crash"
import fs, { appendFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parentPort } from 'node:worker_threads'

const [log = '', mode = 'ids'] = (process.env.STRONGROOM_TEST_WORKER ?? '').split(':')
const real = { openSync: fs.openSync, writeSync: fs.writeSync, fsync: fs.fsync, linkSync: fs.linkSync }
const MESSAGE_VERSION = 2
/** Suite u16, then the message id, then what follows: EDKs with their IVs, the commit key. */
const ID_BYTES = { from: 3, to: 35 }

const end = (): never => process.exit(3)
let reading = ''
let group = false
let writes = 0

if (mode === 'start') end()

fs.openSync = (path, ...rest) => {
  const source = String(path)
  if (source.includes('/plain/')) {
    reading = source
    writes = 0
    group ||= source.includes('crash')
    if (mode === 'open' && source.includes('crash')) end()
  }
  return real.openSync(path, ...rest)
}

const writing = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number => {
  if (position === 0 && bytes[offset] === MESSAGE_VERSION) {
    const id = Buffer.from(bytes.subarray(offset + ID_BYTES.from, offset + ID_BYTES.to)).toString('hex')
    appendFileSync(log, `${id} ${reading}\n`)
  }
  const done = real.writeSync(fd, bytes, offset, length, position)
  if (reading.includes('crash') && ++writes === 2) {
    if (mode === 'middle') end()
    if (mode === 'throw') {
      setImmediate(() => {
        throw new RangeError('of a worker')
      })
    }
  }
  return done
}
Object.assign(fs, { writeSync: writing })

const syncing = (fd: number, done: fs.NoParamCallback): void => {
  if (mode === 'late' && group) end()
  real.fsync(fd, done)
}
Object.assign(fs, { fsync: syncing })

fs.linkSync = (from, to) => {
  real.linkSync(from, to)
  if (mode === 'named' && group) end()
}

// The built entry, as the program starts it: it takes its port itself.
if (mode === 'message') parentPort?.on('message', ({ kind }) => kind === 'group' && end())
createRequire(import.meta.url)('../../out/main/worker.js')
