import type { Page } from '@playwright/test'
import { call, secret, value } from './calls.ts'
import { expect, test } from './fixture.ts'
import { addFiles, ended, itemNamed, makeVault, PASSPHRASE, writeFiles } from './open-vault.ts'

/** The vault's one key and its versions, newest first. */
async function keyOf(page: Page) {
  const [key] = (await value(page, 'keys.view', {})).keys
  if (key === undefined) throw new Error('no key')
  return key
}

/** Gives the key a second version; the files stay under the first. */
async function rotated(page: Page) {
  const { keyId } = await keyOf(page)
  await value(page, 'keys.rotate', {
    key: keyId,
    passphrase: secret(PASSPHRASE),
    dropPassphrase: false,
  })
  const { versions } = await keyOf(page)
  const [second, first] = versions
  if (first === undefined || second === undefined) throw new Error('no second version')
  return { keyId, first, second }
}

test.beforeEach(async ({ window, folder, answer }) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'one', 'b.txt': 'two' }))
})

test('a key that was rotated locks new files, and the passphrase opens all', async ({
  window,
  folder,
  answer,
}) => {
  const { first, second } = await rotated(window)
  expect([first, second]).toMatchObject([
    { version: 1, state: 'retired', opens: 2, onlyIt: 2 },
    { version: 2, state: 'active', opens: 0 },
  ])
  await addFiles(window, answer, writeFiles(folder, { 'c.txt': 'three' }))
  expect((await keyOf(window)).versions[0]).toMatchObject({ version: 2, opens: 1 })
  await value(window, 'vault.lock', {})
  const [known] = await value(window, 'vaults.known', {})
  await value(window, 'vault.open', {
    target: { kind: 'known', vaultId: known?.vaultId as never },
    way: { kind: 'passphrase', passphrase: secret(PASSPHRASE) },
  })
  for (const name of ['a.txt', 'c.txt']) {
    const { itemId } = await itemNamed(window, name)
    expect(await value(window, 'preview.open', { item: itemId, version: null })).toMatchObject({
      kind: 'text',
    })
  }
})

test('rotating asks for the vault’s own passphrase, and changes nothing for another', async ({ window }) => {
  const { keyId } = await keyOf(window)
  const rotate = (passphrase: ReturnType<typeof secret> | null) =>
    call(window, 'keys.rotate', { key: keyId, passphrase, dropPassphrase: false })
  expect(await rotate(secret('another one altogether'))).toMatchObject({
    error: { code: 'PASSPHRASE_WRONG' },
  })
  expect(await rotate(null)).toMatchObject({ ok: false })
  expect((await keyOf(window)).versions).toHaveLength(1)
  expect(await itemNamed(window, 'a.txt')).toBeDefined()
})

test('a rewrap moves all to the new version, which is then all that is needed', async ({ window }) => {
  const { keyId, first, second } = await rotated(window)
  expect((await value(window, 'keys.view', {})).toRewrap).toBe(2)
  expect(await value(window, 'keys.impact', { key: keyId, version: first.keyVersionId })).toMatchObject({
    versions: 2,
    files: 2,
    current: 2,
    inBin: 0,
    paths: ['/a.txt', '/b.txt'],
  })
  const job = await ended(window, await value(window, 'keys.rewrap', { from: first.keyVersionId }))
  expect(job).toMatchObject({
    kind: 'rewrap',
    state: 'done',
    found: { files: 2 },
    done: { files: 2 },
    failed: 0,
  })
  const { keys, toRewrap } = await value(window, 'keys.view', {})
  expect([toRewrap, keys[0]?.versions.map(({ opens }) => opens)]).toEqual([0, [2, 0]])
  expect(await value(window, 'keys.impact', { key: keyId, version: second.keyVersionId })).toMatchObject({
    versions: 2,
  })
})

test('a version that files need is not destroyed; one that nothing needs is, typed and confirmed', async ({
  window,
  answer,
}) => {
  const { keyId, first } = await rotated(window)
  const destroy = (typed: string) =>
    call(window, 'keys.destroy', { key: keyId, version: first.keyVersionId, typed })
  const name = `${(await keyOf(window)).label} v1`
  await answer({ confirm: true })
  expect(await destroy(name)).toMatchObject({ error: { code: 'KEY_NEEDED' } })
  await ended(window, await value(window, 'keys.rewrap', { from: null }))
  expect(await destroy(name.replace('v1', 'v2'))).toMatchObject({ error: { code: 'USAGE' } })
  await answer({ confirm: false })
  expect(await destroy(name)).toEqual({ ok: true, value: false })
  expect((await keyOf(window)).versions[1]?.state).toBe('retired')
  await answer({ confirm: true })
  expect(await destroy(name)).toEqual({ ok: true, value: true })
  expect((await keyOf(window)).versions[1]?.state).toBe('destroyed')
})

test('a disabled version opens nothing until it is enabled again', async ({ window }) => {
  const { keyId, first } = await rotated(window)
  const { itemId } = await itemNamed(window, 'a.txt')
  const set = (state: 'retired' | 'disabled') =>
    value(window, 'keys.set-state', { key: keyId, version: first.keyVersionId, state })
  const open = () => call(window, 'preview.open', { item: itemId, version: null })
  await set('disabled')
  expect(await open()).toMatchObject({ error: { code: 'KEY_DISABLED' } })
  await set('retired')
  expect(await open()).toMatchObject({ ok: true })
})

test('re-encrypting gives each file a new version under a key of its own', async ({ window }) => {
  const { itemId } = await itemNamed(window, 'a.txt')
  const job = await ended(window, await value(window, 'keys.reencrypt', { items: null }))
  expect(job).toMatchObject({ kind: 'reencrypt', state: 'done', found: { files: 2 }, done: { files: 2 } })
  expect((await value(window, 'items.details', { item: itemId })).versions).toHaveLength(2)
})

test('a second passphrase opens the vault; the last way in is not taken away', async ({ window, answer }) => {
  await value(window, 'ways.add-passphrase', {
    passphrase: secret('another one altogether'),
    allowWeak: true,
  })
  await answer({ confirm: true })
  const remove = await call(window, 'ways.remove', { way: { kind: 'passphrase' } })
  expect(remove).toMatchObject({ error: { code: 'LAST_WAY_IN' } })
  await value(window, 'vault.lock', {})
  const [known] = await value(window, 'vaults.known', {})
  for (const passphrase of ['another one altogether', PASSPHRASE]) {
    const facts = await value(window, 'vault.open', {
      target: { kind: 'known', vaultId: known?.vaultId as never },
      way: { kind: 'passphrase', passphrase: secret(passphrase) },
    })
    expect(facts.ways.passphrase).toBe(true)
  }
})

test('a weak passphrase is refused unless it is said that it shall be', async ({ window }) => {
  const add = await call(window, 'ways.add-passphrase', { passphrase: secret('abc123'), allowWeak: false })
  expect(add).toMatchObject({ error: { code: 'PASSPHRASE_WEAK' } })
})

test('what was moved or renamed onto a folder’s name is refused, not put into it', async ({ window }) => {
  const root = '0'.repeat(32) as never
  await value(window, 'items.make-folder', { parent: root, name: 'Photos' })
  const { itemId } = await itemNamed(window, 'a.txt')
  const rename = (name: string) => call(window, 'items.rename', { item: itemId, name })
  expect(await rename('photos')).toMatchObject({ error: { code: 'ITEM_EXISTS' } })
  expect(await rename('A.txt')).toMatchObject({ ok: true })
  const { itemId: other } = await itemNamed(window, 'b.txt')
  expect(await call(window, 'items.move', { items: [itemId], to: other })).toMatchObject({
    error: { code: 'USAGE' },
  })
  expect(await itemNamed(window, 'A.txt')).toMatchObject({ itemId })
})

test('Ctrl+↑ in a folder’s list shows the folder that it is in', async ({ window }) => {
  const root = '0'.repeat(32) as never
  await value(window, 'items.make-folder', { parent: root, name: 'Photos' })
  await window
    .getByRole('row')
    .filter({ has: window.getByText('Photos', { exact: true }) })
    .dblclick()
  await expect(window.getByText('This folder is empty')).toBeVisible()
  const { itemId } = await itemNamed(window, 'Photos')
  await value(window, 'items.make-folder', { parent: itemId, name: 'Berlin' })
  await window.getByText('Berlin', { exact: true }).first().click()
  await window.keyboard.press('ControlOrMeta+ArrowUp')
  await expect(window.getByText('a.txt', { exact: true })).toBeVisible()
})
