import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Frame, Page } from '@playwright/test'
import { call, refusal, value } from './calls.ts'
import { expect, test } from './fixture.ts'
import { addFiles, itemNamed, makeVault, writeFiles } from './open-vault.ts'
import { ROOT } from './runtime.ts'

const preview = readFileSync(join(ROOT, 'test/window/pages/preview.js'), 'utf8')
test.use({ bare: { name: 'preview', scripts: { preview } } })

/** A PNG of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Shows a preview as the window does. @returns its frame */
async function show(page: Page, url: string): Promise<Frame> {
  await page.evaluate((src) => {
    const iframe = document.createElement('iframe')
    iframe.setAttribute('sandbox', 'allow-scripts allow-same-origin')
    iframe.src = src
    document.body.append(iframe)
  }, url)
  await expect.poll(() => page.frames().some((frame) => frame.url().includes('token='))).toBe(true)
  const frame = page.frames().find((each) => each.url().includes('token='))
  if (frame === undefined) throw new Error('no frame')
  await expect.poll(() => frame.evaluate(() => 'result' in globalThis)).toBe(true)
  return frame
}

const resultOf = (frame: Frame) => frame.evaluate(() => Reflect.get(globalThis, 'result'))

/** All files below a folder. */
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))

test('a preview gets its content once, in a frame of another origin that has no bridge', async ({
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'dot.png': PNG }))
  const { itemId: item } = await itemNamed(window, 'dot.png')
  const source = await value(window, 'preview.open', { item, version: null })
  expect(source).toMatchObject({ kind: 'image', sizeBytes: PNG.length })
  const frame = await show(window, source.url)
  expect(await resultOf(frame)).toMatchObject({
    first: { status: 200, type: 'image/png', length: PNG.length, policy: expect.stringContaining('sandbox') },
    second: { status: 404, type: 'text/plain' },
    outside: 'TypeError',
    parent: 'SecurityError',
    bridge: false,
    shown: 1,
  })
  expect(new URL(frame.url()).origin).not.toBe(new URL(window.url()).origin)
})

test('a text and a PDF are given by their own types; what is neither is refused', async ({
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  const files = {
    'a.txt': 'Grüße',
    'b.pdf': '%PDF-1.7 …',
    'c.exe': 'MZ',
    'no.png': 'no picture',
    'bad.txt': Uint8Array.of(0xff, 0xfe),
  }
  await addFiles(window, answer, writeFiles(folder, files))
  const open = async (name: string) => {
    const { itemId: item } = await itemNamed(window, name)
    return await call(window, 'preview.open', { item, version: null })
  }
  for (const name of ['c.exe', 'no.png', 'bad.txt'])
    expect(await open(name)).toMatchObject({ ok: false, error: { code: 'USAGE' } })
  const pdf = await open('b.pdf')
  expect(pdf).toMatchObject({ ok: true, value: { kind: 'pdf' } })
  const text = await open('a.txt')
  if (!text.ok) throw new Error(text.error.code)
  const frame = await show(window, text.value.url)
  expect(await resultOf(frame)).toMatchObject({ first: { type: 'text/plain; charset=utf-8' }, text: 'Grüße' })
})

test('a preview leaves no new file on the disk, and a guessed or closed token gives nothing', async ({
  window,
  folder,
  answer,
}) => {
  const vault = await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'the text of the preview' }))
  const { itemId: item } = await itemNamed(window, 'a.txt')
  const before = filesBelow(folder)
  const closed = await value(window, 'preview.open', { item, version: null })
  await value(window, 'preview.close', { token: closed.token })
  const frame = await show(window, closed.url)
  expect(await resultOf(frame)).toMatchObject({ first: { status: 404 } })
  const opened = await value(window, 'preview.open', { item, version: null })
  await window.evaluate(() => document.querySelector('iframe')?.remove())
  expect((await resultOf(await show(window, opened.url))).first.status).toBe(200)
  // Chromium's own profile aside, which is looked through for the text itself.
  const after = filesBelow(folder).filter((file) => !file.includes('/profile/'))
  expect(after).toEqual(before.filter((file) => !file.includes('/profile/')))
  for (const file of filesBelow(folder)) {
    if (file.startsWith(join(folder, 'files')) || file.startsWith(vault)) continue
    expect(`${file}: ${readFileSync(file).includes('the text of the preview')}`).toBe(`${file}: false`)
  }
})

test('a lock takes the preview back before it was fetched', async ({ window, folder, answer }) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'text' }))
  const { itemId: item } = await itemNamed(window, 'a.txt')
  const source = await value(window, 'preview.open', { item, version: null })
  await value(window, 'vault.lock', {})
  expect(await resultOf(await show(window, source.url))).toMatchObject({ first: { status: 404 } })
  expect(await refusal(window, 'preview.open', { item, version: null })).toBe('VAULT_LOCKED')
})
