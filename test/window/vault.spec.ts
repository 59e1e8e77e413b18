import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, heard, listen, refusal, secret, value } from './calls.ts'
import { askedOf } from './dialogs.ts'
import { expect, test } from './fixture.ts'
import {
  addFiles,
  BY_NAME,
  ended,
  itemNamed,
  makeVault,
  names,
  PASSPHRASE,
  ROOT_ITEM,
  writeFiles,
} from './open-vault.ts'

test.use({ bare: { name: 'vault', scripts: {} } })

test('a vault is made, filled, searched and brought out through the bridge', async ({
  app,
  window,
  folder,
  answer,
}) => {
  const path = await makeVault(window, folder, answer)
  expect(existsSync(join(path, 'vault.json'))).toBe(true)
  const paths = writeFiles(folder, { 'Lease.txt': 'lease', 'deed 10.txt': 'ten', 'deed 9.txt': 'nine' })
  const job = await addFiles(window, answer, paths)
  expect(job).toMatchObject({ kind: 'add', state: 'done', failed: 0, done: { files: 3, bytes: 12 } })
  expect(await names(window)).toEqual(['deed 9.txt', 'deed 10.txt', 'Lease.txt'])

  const found = await value(window, 'items.search', { text: 'DEED', order: BY_NAME, from: 0, count: 10 })
  expect(found.rows.map(({ name, folderPath }) => [name, folderPath])).toEqual([
    ['deed 9.txt', '/'],
    ['deed 10.txt', '/'],
  ])

  const out = join(folder, 'out')
  await answer({ open: [out], confirm: true })
  const to = await value(window, 'pick.destination', { for: 'export' })
  if (to === null) throw new Error('no destination')
  const { itemId } = await itemNamed(window, 'Lease.txt')
  const exported = await value(window, 'jobs.export', {
    items: [itemId],
    version: null,
    to: to.handle,
    exists: 'fail',
  })
  if (exported === null) throw new Error('not begun')
  expect(await ended(window, exported)).toMatchObject({ state: 'done', failed: 0 })
  expect(readFileSync(join(out, 'Lease.txt'), 'utf8')).toBe('lease')
  expect(await askedOf(app)).toEqual([
    expect.objectContaining({ message: 'Export 1 file unencrypted?', buttons: ['Cancel', 'Export'] }),
  ])
})

test('main asks before anything leaves the vault, and does nothing without a yes', async ({
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'a' }))
  const { itemId } = await itemNamed(window, 'a.txt')
  const out = join(folder, 'out')
  await answer({ open: [out], confirm: false })
  const to = await value(window, 'pick.destination', { for: 'export' })
  if (to === null) throw new Error('no destination')
  const input = { items: [itemId], version: null, to: to.handle, exists: 'fail' } as const
  expect(await value(window, 'jobs.export', input)).toBeNull()
  expect(existsSync(join(out, 'a.txt'))).toBe(false)

  await value(window, 'items.bin', { items: [itemId] })
  expect(await value(window, 'items.purge', { items: [itemId] })).toBeNull()
  expect((await value(window, 'items.in-bin', { order: BY_NAME, from: 0, count: 10 })).total).toBe(1)
  await answer({ confirm: true })
  expect(await value(window, 'items.purge', { items: [itemId] })).toMatchObject({ files: 1, versions: 1 })
  expect((await value(window, 'items.in-bin', { order: BY_NAME, from: 0, count: 10 })).total).toBe(0)
})

test('originals are removed only after a yes in main’s own question', async ({ window, folder, answer }) => {
  await makeVault(window, folder, answer)
  const [path = ''] = writeFiles(folder, { 'a.txt': 'a' })
  await answer({ open: [path], confirm: false })
  const sources = (await value(window, 'pick.sources', { what: 'files' })).map(({ handle }) => handle)
  const input = { sources, into: ROOT_ITEM, ifExists: 'version', removeSource: true } as const
  expect(await value(window, 'jobs.add', input)).toBeNull()
  expect([existsSync(path), await names(window)]).toEqual([true, []])
  await answer({ open: [path], confirm: true })
  const job = await value(window, 'jobs.add', input)
  if (job === null) throw new Error('not begun')
  await ended(window, job)
  expect([existsSync(path), await names(window)]).toEqual([false, ['a.txt']])
})

test('rename, move and bin are taken back, each once', async ({ window, folder, answer }) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'a', 'b.txt': 'b' }))
  const { itemId: item } = await itemNamed(window, 'a.txt')
  const { itemId: taxes } = await value(window, 'items.make-folder', { parent: ROOT_ITEM, name: 'Taxes' })

  const renamed = await value(window, 'items.rename', { item, name: 'c.txt' })
  expect(await names(window)).toEqual(['Taxes', 'b.txt', 'c.txt'])
  const moved = await value(window, 'items.move', { items: [item], to: taxes })
  expect([await names(window), await names(window, taxes as never)]).toEqual([['Taxes', 'b.txt'], ['c.txt']])
  const binned = await value(window, 'items.bin', { items: [item] })
  expect(await names(window, taxes as never)).toEqual([])

  await value(window, 'items.undo', { undo: binned.undo })
  expect(await names(window, taxes as never)).toEqual(['c.txt'])
  await value(window, 'items.undo', { undo: moved.undo })
  await value(window, 'items.undo', { undo: renamed.undo })
  expect(await names(window)).toEqual(['Taxes', 'a.txt', 'b.txt'])
  expect(await refusal(window, 'items.undo', { undo: renamed.undo })).toBe('HANDLE_UNKNOWN')
})

test('a name that a folder has is not taken as that folder', async ({ window, folder, answer }) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'a' }))
  await value(window, 'items.make-folder', { parent: ROOT_ITEM, name: 'Taxes' })
  const { itemId: item } = await itemNamed(window, 'a.txt')
  for (const name of ['Taxes', 'taxes'])
    expect(await refusal(window, 'items.rename', { item, name })).toBe('ITEM_EXISTS')
  expect(await refusal(window, 'items.rename', { item, name: 'Taxes/a.txt' })).toBe('USAGE')
  expect(await names(window)).toEqual(['Taxes', 'a.txt'])
})

test('a wrong passphrase is refused, the right one opens, and the vault’s ways are told', async ({
  window,
  folder,
  answer,
}) => {
  const path = await makeVault(window, folder, answer)
  await value(window, 'vault.lock', {})
  await answer({ open: [path] })
  const chosen = await value(window, 'pick.vault', {})
  if (chosen === null) throw new Error('none')
  expect(chosen.isVault).toBe(true)
  const target = { kind: 'chosen', place: chosen.handle } as const
  const byKeychain = await call(window, 'vault.open', { target, way: { kind: 'keychain' } })
  expect(byKeychain).toMatchObject({
    ok: false,
    error: { code: 'VAULT_LOCKED', facts: { offers: ['passphrase'] } },
  })
  const wrong = { kind: 'passphrase', passphrase: secret('not this one at all') } as const
  expect(await refusal(window, 'vault.open', { target, way: wrong })).toBe('PASSPHRASE_WRONG')
  const way = { kind: 'passphrase', passphrase: secret(PASSPHRASE) } as const
  expect(await value(window, 'vault.open', { target, way })).toMatchObject({
    name: 'Family papers',
    openedBy: 'passphrase',
  })
})

test('a recovery code is shown outside the page, typed back, saved, and opens the vault', async ({
  app,
  window,
  folder,
  answer,
}) => {
  await listen(window)
  const path = join(folder, 'Papers')
  await answer({ save: path })
  const place = await value(window, 'pick.new-vault', { name: 'Papers' })
  if (place === null) throw new Error('no place')
  const opened = app.waitForEvent('window')
  const creating = value(window, 'vault.create', {
    place: place.handle,
    name: 'Papers',
    keychain: false,
    passphrase: secret(PASSPHRASE),
    allowWeakPassphrase: true,
    recovery: true,
  })
  const sheet = await opened
  await expect.poll(async () => (await heard(window, 'recovery-shown')).length).toBe(1)
  const [shown] = await heard(window, 'recovery-shown')
  const groups = await sheet.locator('li b').allTextContents()
  expect(groups).toHaveLength(14)
  expect(existsSync(path)).toBe(false)

  const typed = (shown?.ask ?? []).map((group) => ({
    group,
    typed: secret(groups[group - 1]?.toLowerCase() ?? ''),
  }))
  const wrong = typed.map(({ group }) => ({ group, typed: secret('0000') }))
  expect(await value(window, 'recovery.type-back', { groups: wrong })).toEqual({ right: false })
  await answer({ save: join(folder, 'code.txt') })
  await value(window, 'recovery.save', {})
  const closed = sheet.waitForEvent('close')
  expect(await value(window, 'recovery.type-back', { groups: typed })).toEqual({ right: true })
  const { facts } = await creating
  await closed
  expect(facts.ways.recovery).toEqual([expect.objectContaining({ typedBack: true, testedMs: null })])
  // What main told the page holds none of the code.
  const told = await window.evaluate(() => JSON.stringify(Reflect.get(globalThis, 'heard')))
  for (const group of groups) expect(told).not.toContain(group)

  await value(window, 'vault.lock', {})
  const target = { kind: 'known', vaultId: facts.vaultId } as const
  const code = secret(readFileSync(join(folder, 'code.txt'), 'utf8').split('\n')[0] ?? '')
  const byCode = await value(window, 'vault.open', { target, way: { kind: 'recovery', code } })
  expect(byCode.openedBy).toBe('recovery')
})

test('a recovery code that is cancelled leaves no vault', async ({ app, window, folder, answer }) => {
  const path = join(folder, 'Papers')
  await answer({ save: path })
  const place = await value(window, 'pick.new-vault', { name: 'Papers' })
  if (place === null) throw new Error('no place')
  const opened = app.waitForEvent('window')
  const creating = refusal(window, 'vault.create', {
    place: place.handle,
    name: 'Papers',
    keychain: false,
    passphrase: secret(PASSPHRASE),
    allowWeakPassphrase: true,
    recovery: true,
  })
  await opened
  await expect.poll(() => refusal(window, 'recovery.show', {})).toBeUndefined()
  await value(window, 'recovery.cancel', {})
  expect(await creating).toBe('INTERRUPTED')
  expect(existsSync(path)).toBe(false)
})
