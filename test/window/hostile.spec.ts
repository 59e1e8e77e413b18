import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CALLS } from '../../src/main/contract/ipc/calls.ts'
import { call, refusal, value } from './calls.ts'
import { expect, test } from './fixture.ts'
import { addFiles, itemNamed, makeVault, names, ROOT_ITEM, writeFiles } from './open-vault.ts'
import { ROOT } from './runtime.ts'

const hostile = readFileSync(join(ROOT, 'test/window/pages/hostile.js'), 'utf8')
test.use({ bare: { name: 'hostile', scripts: {} } })

type Probes = Readonly<Record<string, string>> & {
  readonly pwned: unknown
  readonly reports: readonly string[]
}

test.describe('with a script of its own', () => {
  test.use({ bare: { name: 'hostile-script', scripts: { window: hostile } } })

  test('a script that got into the page can’t make code of text, reach out, or open anything', async ({
    app,
    window,
  }) => {
    await expect.poll(() => window.evaluate(() => Reflect.get(globalThis, 'probes') !== undefined)).toBe(true)
    const probes: Probes = await window.evaluate(() => Reflect.get(globalThis, 'probes'))
    // What `window.open` gives is null in Electron; in the host a window that is closed at once.
    expect(probes).toMatchObject({
      eval: 'EvalError',
      function: 'EvalError',
      timer: 'TypeError',
      innerHtml: 'TypeError',
      parser: 'TypeError',
      scriptText: 'TypeError',
      scriptSource: 'TypeError',
      handler: 'TypeError',
      fetchOut: 'TypeError',
      fetchOwn: 'TypeError',
      imageOut: 'refused',
      style: 'nothing',
      pwned: null,
    })
    for (const directive of ['connect-src', 'img-src', 'frame-src', 'style-src-elem'])
      expect(probes.reports).toContain(directive)
    await expect.poll(() => app.windows().length).toBe(1)
  })

  test('no frame in the page has a bridge', async ({ window }) => {
    await expect.poll(() => window.evaluate(() => Reflect.get(globalThis, 'probes') !== undefined)).toBe(true)
    for (const frame of window.frames()) {
      if (frame === window.mainFrame()) continue
      expect(await frame.evaluate(() => 'strongroom' in globalThis)).toBe(false)
    }
    expect(window.frames().length).toBeGreaterThan(1)
  })
})

test('the page can’t go elsewhere, nor to another of our origins', async ({ window }) => {
  const here = window.url()
  for (const target of [
    'https://evil.example/',
    here.replace('strongroom', 'preview').replace('index', 'preview'),
    'file:///etc/passwd',
    'data:text/html,x',
  ]) {
    await window.evaluate((url) => {
      globalThis.location.href = url
    }, target)
    await window.waitForTimeout(300)
    expect(window.url()).toBe(here)
  }
})

test('every call refuses junk in place of what it takes', async ({ window }) => {
  const junk = [
    undefined,
    null,
    1,
    'x',
    [],
    { extra: 1 },
    { __proto__: null, folder: '../..' },
    { item: '/etc/passwd' },
  ]
  for (const name of Object.keys(CALLS)) {
    for (const input of junk) {
      expect(`${name}(${JSON.stringify(input)}): ${await refusal(window, name, input)}`).toBe(
        `${name}(${JSON.stringify(input)}): CALL_REFUSED`,
      )
    }
  }
  for (const name of ['toString', '__proto__', 'constructor', '', 'vault.destroy', 'x'.repeat(10_000)])
    expect(await refusal(window, name, {})).toBe('CALL_REFUSED')
})

test('a path, a made-up handle and a handle of another purpose name nothing', async ({
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  const secretFile = join(folder, 'secret.txt')
  writeFileSync(secretFile, 'private')
  const add = (sources: readonly string[]) =>
    refusal(window, 'jobs.add', { sources, into: ROOT_ITEM, ifExists: 'version', removeSource: false })
  expect(await add([secretFile])).toBe('CALL_REFUSED')
  expect(await add(['0'.repeat(32)])).toBe('HANDLE_UNKNOWN')
  await answer({ open: [folder] })
  const to = await value(window, 'pick.destination', { for: 'seal' })
  expect(await add([to?.handle ?? ''])).toBe('HANDLE_UNKNOWN')
  const exported = { items: [ROOT_ITEM], version: null, to: to?.handle ?? '', exists: 'fail' }
  expect(await refusal(window, 'jobs.export', exported)).toBe('HANDLE_UNKNOWN')
  expect(await names(window)).toEqual([])
})

test('the window for sealing gets no handle of the other’s, and no call of a vault', async ({
  app,
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  const paths = writeFiles(folder, { 'a.txt': 'a' })
  await addFiles(window, answer, paths)
  const { itemId } = await itemNamed(window, 'a.txt')
  await answer({ open: paths })
  const [source] = await value(window, 'pick.sources', { what: 'files' })

  const opened = app.waitForEvent('window')
  await value(window, 'app.seal-window', {})
  const seal = await opened
  await seal.waitForURL(/:\/\/strongroom/)
  await seal.waitForLoadState('load')
  expect(await value(seal, 'app.state', {})).toMatchObject({ window: 'seal', vault: { kind: 'none' } })
  const sealing = {
    sources: [source?.handle],
    to: null,
    passphrase: { secretText: 'x' },
    allowWeakPassphrase: true,
    exists: 'fail',
  }
  expect(await refusal(seal, 'jobs.seal', sealing)).toBe('HANDLE_UNKNOWN')
  expect(await refusal(seal, 'items.details', { item: itemId })).toBe('CALL_REFUSED')
  expect(await refusal(seal, 'vault.lock', {})).toBe('CALL_REFUSED')
  expect((await call(window, 'items.details', { item: itemId })).ok).toBe(true)
})

test('a page that was loaded anew has nothing of what it was given before', async ({
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  await answer({ open: writeFiles(folder, { 'a.txt': 'a' }) })
  const sources = (await value(window, 'pick.sources', { what: 'files' })).map(({ handle }) => handle)
  await window.reload()
  const add = { sources, into: ROOT_ITEM, ifExists: 'version', removeSource: false }
  expect(await refusal(window, 'jobs.add', add)).toBe('HANDLE_UNKNOWN')
})

test('a file dropped on the page comes in without its path; one that a script made does not', async ({
  window,
  folder,
  drop,
}) => {
  await window.evaluate(() => {
    document.body.style.minHeight = '300px'
    document.addEventListener('dragover', (event) => event.preventDefault())
    document.addEventListener('drop', (event) => {
      event.preventDefault()
      const files = [...(event.dataTransfer?.files ?? []), new File(['x'], 'made.txt')]
      Reflect.set(globalThis, 'dropped', Reflect.get(globalThis, 'strongroom').dropped(files))
    })
  })
  const [path = ''] = writeFiles(folder, { 'é 漢.txt': 'text' })
  await drop('body', [path])
  await expect.poll(() => window.evaluate(() => Reflect.get(globalThis, 'dropped') !== undefined)).toBe(true)
  const reply = await window.evaluate(() => Reflect.get(globalThis, 'dropped'))
  expect(reply.value).toEqual([
    {
      handle: expect.stringMatching(/^[0-9a-f]{32}$/),
      kind: 'file',
      name: 'é 漢.txt',
      sizeBytes: 4,
      sealed: false,
    },
  ])
  expect(JSON.stringify(reply)).not.toContain(folder)
})
