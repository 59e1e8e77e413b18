// A worker thread that does the real work and ends itself where a test says, as a crash in native code would:
// STRONGROOM_TEST_CRASH=open   whenever it opens a file whose path holds "crash"
// STRONGROOM_TEST_CRASH=sync:F at its first sync, once: F says that it was done
import fs, { existsSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { parentPort } from 'node:worker_threads'

const [mode, marker = ''] = (process.env.STRONGROOM_TEST_CRASH ?? '').split(':')
const { openSync, fsync } = fs

if (mode === 'open') {
  const crashing: typeof openSync = (path, ...rest) => {
    if (String(path).includes('crash')) process.exit(3)
    return openSync(path, ...rest)
  }
  fs.openSync = crashing
}
if (mode === 'sync') {
  const crashing = (fd: number, done: fs.NoParamCallback) => {
    if (existsSync(marker)) return fsync(fd, done)
    writeFileSync(marker, '')
    process.exit(3)
  }
  fs.fsync = Object.assign(crashing, { __promisify__: fsync.__promisify__ })
}
syncBuiltinESMExports()

const { runWork } = await import('../../src/main/jobs/index.ts')
if (parentPort !== null) runWork(parentPort)
