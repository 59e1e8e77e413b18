import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

const here = (path: string): string => resolve(import.meta.dirname, '../../..', path)

/** Builds the renderer alone, as electron-vite does, for design work without main. @returns its folder */
export async function buildRenderer(): Promise<string> {
  const outDir = here('node_modules/.cache/screens')
  await build({
    configFile: false,
    root: here('src/renderer'),
    base: './',
    plugins: [react()],
    html: { cspNonce: '__CSP_NONCE__' },
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'chrome140',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 4000,
      rollupOptions: {
        input: { index: here('src/renderer/index.html'), preview: here('src/renderer/preview.html') },
      },
    },
  })
  return outDir
}
