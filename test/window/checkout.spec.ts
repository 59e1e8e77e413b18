import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { heard, listen, refusal, secret, value } from './calls.ts'
import { askedOf } from './dialogs.ts'
import { expect, test } from './fixture.ts'
import { addFiles, ended, itemNamed, makeVault, writeFiles } from './open-vault.ts'

test.use({ bare: { name: 'checkout', scripts: {} } })

test('a copy that was opened for editing becomes a new version at each save, until it is checked in', async ({
  app,
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'note.txt': 'first' }))
  const { itemId: item } = await itemNamed(window, 'note.txt')
  const out = join(folder, 'desk')
  mkdirSync(out)
  await answer({ open: [out], confirm: false })
  const to = await value(window, 'pick.destination', { for: 'checkout' })
  if (to === null) throw new Error('no destination')
  expect(await value(window, 'checkouts.open', { item, to: to.handle })).toBeNull()
  expect(existsSync(join(out, 'note.txt'))).toBe(false)

  await listen(window)
  await answer({ confirm: true })
  const opened = await value(window, 'checkouts.open', { item, to: to.handle })
  if (opened === null) throw new Error('not opened')
  expect((await askedOf(app))[0]?.message).toBe('Open an unencrypted copy of “note.txt”?')
  expect(readFileSync(join(out, 'note.txt'), 'utf8')).toBe('first')

  const versions = async () => (await value(window, 'items.details', { item })).versions.length
  writeFileSync(join(out, 'note.txt'), 'second one')
  await expect.poll(versions, { timeout: 15_000 }).toBe(2)
  await expect.poll(async () => (await heard(window, 'checkouts')).at(-1)?.checkouts[0]?.state).toBe('saved')

  // Checked in at once after a last save: that is taken in, too.
  writeFileSync(join(out, 'note.txt'), 'the third and last')
  await value(window, 'checkouts.check-in', { checkout: opened.checkout })
  expect(await versions()).toBe(3)
  expect(existsSync(join(out, 'note.txt'))).toBe(false)
  expect(await value(window, 'checkouts.list', {})).toEqual([])

  const { versions: rows } = await value(window, 'items.details', { item })
  const [first] = rows.filter(({ sizeBytes }) => sizeBytes === 5)
  if (first === undefined) throw new Error('no first version')
  await value(window, 'items.make-current', { item, version: first.versionId })
  expect((await value(window, 'items.details', { item })).row.sizeBytes).toBe(5)
})

test('the envelope of a file is shown, and holds no name', async ({ window, folder, answer }) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'Zebra.txt': 'z' }))
  const { itemId: item } = await itemNamed(window, 'Zebra.txt')
  const envelope = await value(window, 'items.envelope', { item, version: null })
  expect(envelope.edks.length).toBe(1)
  expect(envelope.keys).toEqual([expect.objectContaining({ keyVersion: 1, state: 'active' })])
  expect(JSON.stringify(envelope)).not.toContain('Zebra')
  expect(await value(window, 'keys.view', {})).toMatchObject({
    ways: { passphrase: true },
    keys: [{ opens: 1 }],
  })
})

test('a new recovery code is tested on real files, and a wrong one fails', async ({
  app,
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'a' }))
  const opened = app.waitForEvent('window')
  const creating = value(window, 'recovery.create', {})
  const sheet = await opened
  await sheet.waitForURL(/:\/\/sheet/)
  const code = (await sheet.locator('li b').allTextContents()).join('-')
  await expect.poll(() => refusal(window, 'recovery.show', {})).toBeUndefined()
  await value(window, 'recovery.later', {})
  expect(await creating).toMatchObject({ testedMs: null, typedBack: false })

  const drill = async (typed: string) =>
    await ended(
      window,
      await value(window, 'health.test-recovery', {
        code: { kind: 'typed', typed: secret(typed) },
        files: 5,
      }),
    )
  const other = 'ZZZZ-'.repeat(13)
  expect(
    await refusal(window, 'health.test-recovery', {
      code: { kind: 'typed', typed: secret(`${other}ZZZZ`) },
      files: 5,
    }),
  ).toBe('RECOVERY_CODE_MISTYPED')
  expect(await drill(code)).toMatchObject({
    kind: 'recovery-test',
    state: 'done',
    failed: 0,
    done: { files: 1 },
  })
  const { ways } = await value(window, 'vault.facts', {})
  expect(ways.recovery).toEqual([expect.objectContaining({ testedMs: expect.any(Number) })])
})
