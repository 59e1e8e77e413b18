import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './runtime.ts'

/** Scripts of the bare pages, by name; each is an asset of the app's own origin. */
export type PageScripts = Readonly<Record<string, string>>

/**
 * The built main and preload with bare pages in place of the window's: what the bridge, the policies and the
 * protocol do is shown without a screen's help, and by scripts that belong to the page (what Playwright itself
 * evaluates goes past the policy).
 */
export function makeBareApp(name: string, scripts: PageScripts): string {
  const folder = join(ROOT, 'test-results/bare', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'out/renderer/assets'), { recursive: true })
  for (const part of ['main', 'preload'])
    cpSync(join(ROOT, 'out', part), join(folder, 'out', part), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  for (const [script, text] of Object.entries(scripts))
    writeFileSync(join(folder, 'out/renderer/assets', `${script}.js`), text)
  const pages = { index: 'window', preview: 'preview' } as const
  for (const [page, script] of Object.entries(pages)) {
    const tag = script in scripts ? `<script src="./assets/${script}.js" defer></script>` : ''
    writeFileSync(
      join(folder, 'out/renderer', `${page}.html`),
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bare</title>${tag}</head><body><h1>Bare</h1></body></html>`,
    )
  }
  return folder
}
