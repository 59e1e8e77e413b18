import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { value } from './calls.ts'
import { expect, launch, test } from './fixture.ts'

test.use({ bare: { name: 'protocol', scripts: { window: '' } } })

/** Goes to a URL of ours, as only the program itself can. @returns the answer's status */
async function status(page: Page, url: string): Promise<number | undefined> {
  return (await page.goto(url))?.status()
}

test('only the program’s own pages and assets are there; no path leads out of them', async ({ window }) => {
  const origin = window.url().replace(/(:\/\/[^/]+).*/, '$1')
  expect(await status(window, `${origin}/index.html`)).toBe(200)
  expect(await status(window, `${origin}/assets/window.js`)).toBe(200)
  for (const path of [
    '/..%2f..%2fmain/main.js',
    '/assets/..%2f..%2fmain%2fmain.js',
    '/assets/../../main/main.js',
    '/assets/%2e%2e/%2e%2e/main/main.js',
    '/assets//etc/passwd',
    '/assets/.hidden.js',
    '/assets/window.js%00.png',
    '/assets/window.txt',
    '/package.json',
    '/preview.html',
    '/content/00000000000000000000000000000000',
  ])
    expect(`${path} ${await status(window, `${origin}${path}`)}`).toBe(`${path} 404`)
})

test('each page has its policy, with a nonce of this load', async ({ window }) => {
  const policyOf = async () => {
    const reply = await window.reload()
    return reply?.headers()['content-security-policy'] ?? ''
  }
  const [first, second] = [await policyOf(), await policyOf()]
  expect(first).toContain("default-src 'none'; script-src 'self'")
  expect(first).toContain("require-trusted-types-for 'script'; trusted-types default")
  const nonce = /'nonce-([^']{20,})'/
  expect(nonce.exec(first)?.[1]).toBeDefined()
  expect(nonce.exec(first)?.[1]).not.toBe(nonce.exec(second)?.[1])
})

test('a window that was left on a screen that is gone comes up where it can be seen', async ({
  folder,
  app,
  root,
}) => {
  await app.close()
  const place = join(folder, 'state/window')
  mkdirSync(place, { recursive: true })
  const kept = {
    bounds: { x: 9000, y: 9000, width: 1000, height: 200 },
    settings: { theme: 'purple' },
    more: 1,
  }
  writeFileSync(join(place, 'window.json'), JSON.stringify(kept))
  const again = await launch(root, folder)
  const window = await again.firstWindow()
  await window.waitForURL(/:\/\/strongroom/)
  await window.waitForLoadState('load')
  const bounds = await again.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.getNormalBounds(),
  )
  expect(bounds).toMatchObject({ width: 1000, height: 560 })
  expect(bounds?.x).toBeLessThan(1920)
  // What it can't make sense of is as if it had never been set.
  expect((await value(window, 'app.state', {})).settings.theme).toBe('system')
  await again.close()
})
