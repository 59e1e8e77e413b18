import { join } from 'node:path'
import { startApp } from './shell/index.ts'

// The entry of the window. Many small files are synced at once: read when the first of them starts.
process.env.UV_THREADPOOL_SIZE ??= '16'

startApp({
  runtime: { workerPath: join(import.meta.dirname, 'worker.js') },
  preload: join(import.meta.dirname, '../preload/index.js'),
  renderer: join(import.meta.dirname, '../renderer'),
})
