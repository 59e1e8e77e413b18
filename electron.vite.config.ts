import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const here = (path: string): string => resolve(import.meta.dirname, path)

// The CLI, its worker and the window's main are entries of one process; preload and pages are built beside them.
// CommonJS, because a sandboxed preload must be and one form is enough (docs/decisions/0002).
export default defineConfig({
  main: {
    build: {
      // Bundled: what has only an ESM form, and what every command loads. Native modules stay outside.
      externalizeDeps: {
        include: ['keytar'],
        exclude: ['cborg', 'canonicalize', 'commander', 'cli-progress', 'valibot', 'uqr'],
      },
      target: 'node22',
      rollupOptions: {
        // A module is loaded by those that use what it exports, not by all that enter its room: a command then
        // loads what it needs and no more. None of ours is imported for an effect.
        treeshake: { moduleSideEffects: false },
        input: {
          bin: here('src/main/bin.ts'),
          main: here('src/main/main.ts'),
          worker: here('src/main/worker.ts'),
        },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rollupOptions: { input: { index: here('src/preload/index.ts') }, output: { format: 'cjs' } },
    },
  },
  renderer: {
    root: here('src/renderer'),
    base: './',
    plugins: [react()],
    // Main puts a nonce of each load in its place (shell, "app-protocol").
    html: { cspNonce: '__CSP_NONCE__' },
    build: {
      minify: true,
      target: 'chrome140',
      // Inlined assets would be data: URLs, which the policy refuses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: { index: here('src/renderer/index.html'), preview: here('src/renderer/preview.html') },
      },
    },
  },
})
