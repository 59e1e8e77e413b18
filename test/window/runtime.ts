import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

// Playwright makes CommonJS of it, which has no import.meta.
export const ROOT = join(__dirname, '../..')

export type Runtime = { readonly kind: 'electron' | 'test-host'; readonly executablePath: string }

/** Electron where its program is, else the test host; `WINDOW_IN=electron` or `test-host` demands one. */
export function runtime(): Runtime {
  const wanted = process.env.WINDOW_IN
  const electron = wanted === 'test-host' ? undefined : electronProgram()
  if (electron !== undefined) return { kind: 'electron', executablePath: electron }
  if (wanted === 'electron') throw new Error('Electron was demanded, and its program is not here.')
  return { kind: 'test-host', executablePath: join(ROOT, 'test/host/electron-host.cjs') }
}

function electronProgram(): string | undefined {
  const folder = dirname(createRequire(join(ROOT, 'package.json')).resolve('electron/package.json'))
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const program = join(folder, 'dist', readFileSync(pathFile, 'utf8'))
  return existsSync(program) ? program : undefined
}
