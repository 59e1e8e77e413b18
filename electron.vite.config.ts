import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'

// The CLI and its worker are entries of the main process; the window's main, preload and renderer join
// with the window. CommonJS, because a sandboxed preload must be and one form is enough (docs/decisions/0002).
export default defineConfig({
  main: {
    build: {
      // Bundled: what has only an ESM form, and what every command loads. Native modules stay outside.
      externalizeDeps: {
        include: ['keytar'],
        exclude: ['cborg', 'canonicalize', 'commander', 'cli-progress'],
      },
      target: 'node22',
      rollupOptions: {
        input: {
          bin: resolve(import.meta.dirname, 'src/main/bin.ts'),
          worker: resolve(import.meta.dirname, 'src/main/worker.ts'),
        },
      },
    },
  },
})
