import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { heard, listen, refusal, value } from './calls.ts'
import { expect, test } from './fixture.ts'
import {
  addFiles,
  BY_NAME,
  itemNamed,
  makeVault,
  names,
  PASSPHRASE,
  ROOT_ITEM,
  writeFiles,
} from './open-vault.ts'
import { ROOT } from './runtime.ts'

test.use({ bare: { name: 'lock', scripts: {} } })

const stateOf = async (page: Page) => (await value(page, 'app.state', {})).vault

/** Presses a command of the menu bar. */
const choose = (app: ElectronApplication, id: string) =>
  app.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click(), id)

const enabled = (app: ElectronApplication, id: string) =>
  app.evaluate(({ Menu }, wanted) => Menu.getApplicationMenu()?.getMenuItemById(wanted)?.enabled, id)

test('after a lock nothing that has the vault’s names in it is answered or shown', async ({
  app,
  window,
  folder,
  answer,
}) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'Zebra certificate.txt': 'z' }))
  const { itemId: item } = await itemNamed(window, 'Zebra certificate.txt')
  await value(window, 'items.search', { text: 'zebra', order: BY_NAME, from: 0, count: 10 })
  const title = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle())
  expect(await title()).toBe('Family papers — Strongroom')
  expect(await enabled(app, 'lock')).toBe(true)

  await listen(window)
  await value(window, 'vault.lock', {})
  expect(await title()).toBe('Strongroom')
  expect(await enabled(app, 'lock')).toBe(false)
  const told = JSON.stringify([
    await heard(window, 'vault'),
    await value(window, 'app.state', {}),
    await value(window, 'jobs.list', {}),
  ])
  expect(told).not.toMatch(/zebra|family papers/i)
  for (const [name, input] of [
    ['items.list', { folder: ROOT_ITEM, order: BY_NAME, from: 0, count: 10 }],
    ['items.search', { text: 'zebra', order: BY_NAME, from: 0, count: 10 }],
    ['items.details', { item }],
    ['vault.facts', {}],
    ['keys.view', {}],
    ['health.findings', { from: 0, count: 10 }],
    ['checkouts.list', {}],
  ] as const)
    expect(await refusal(window, name, input)).toBe('VAULT_LOCKED')
})

test('it locks by itself: when nobody touched the computer, before sleep, with the screen', async ({
  app,
  window,
  folder,
  answer,
}) => {
  test.setTimeout(120_000)
  const path = await makeVault(window, folder, answer)
  const open = async () => {
    await answer({ open: [path] })
    const chosen = await value(window, 'pick.vault', {})
    if (chosen === null) throw new Error('none')
    const way = { kind: 'passphrase', passphrase: { secretText: PASSPHRASE } } as const
    await value(window, 'vault.open', { target: { kind: 'chosen', place: chosen.handle }, way })
    expect((await stateOf(window)).kind).toBe('open')
  }
  for (const why of ['suspend', 'lock-screen'] as const) {
    await app.evaluate(({ powerMonitor }, event) => powerMonitor.emit(event as 'suspend'), why)
    await expect.poll(() => stateOf(window)).toMatchObject({ kind: 'locked', why })
    await open()
  }
  await value(window, 'app.set', { autoLockMinutes: 1 })
  const idle = (seconds: number) =>
    app.evaluate(({ powerMonitor }, now) => {
      powerMonitor.getSystemIdleTime = () => now
    }, seconds)
  await idle(59)
  await window.waitForTimeout(6000)
  expect((await stateOf(window)).kind).toBe('open')
  await idle(60)
  await expect.poll(() => stateOf(window)).toMatchObject({ kind: 'locked', why: 'idle' })
})

test('the menu tells the window of a command', async ({ app, window }) => {
  await listen(window)
  await choose(app, 'palette')
  await expect.poll(() => heard(window, 'command')).toEqual([{ kind: 'command', command: 'palette' }])
})

test('what the command line adds is in the open window within two seconds', async ({
  window,
  folder,
  answer,
}) => {
  const vault = await makeVault(window, folder, answer)
  await listen(window)
  const passphrase = writeFiles(folder, { passphrase: PASSPHRASE, 'late.txt': 'late' })
  const cli = spawnSync(
    process.execPath,
    [
      join(ROOT, 'out/main/bin.js'),
      'add',
      vault,
      passphrase[1] ?? '',
      '--passphrase-file',
      passphrase[0] ?? '',
      '--no-keychain',
      '--state-dir',
      join(folder, 'state'),
    ],
    { encoding: 'utf8' },
  )
  expect(`${cli.status} ${cli.stderr}`).toMatch(/^0 /)
  await expect.poll(() => names(window), { timeout: 2000 }).toEqual(['late.txt'])
  await expect.poll(async () => (await heard(window, 'changed')).length, { timeout: 2000 }).toBeGreaterThan(0)
})
