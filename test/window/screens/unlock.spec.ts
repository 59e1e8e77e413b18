import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { KeyringSession, keyringNote, keyringRuns } from '../../support/keyring.ts'
import { byPassphrase, strongroom } from '../command-line.ts'
import { test as base, expect } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { button, lock, makeVaultWithCode, PASSPHRASE, row, unlock } from './steps.ts'

/** The program with a real keyring, of its own, on a bus of its own. */
const test = base.extend<{ readonly keyring: KeyringSession }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs
  keyring: async ({}, use) => {
    await using session = await KeyringSession.start()
    await use(session)
  },
  env: async ({ keyring }, use) => {
    await use(keyring.env)
  },
})

const ready = 'Your vault is ready'

test.describe(`with a keyring${keyringNote}`, () => {
  test.skip(!keyringRuns, 'needs gnome-keyring, dbus and libsecret-tools')

  test('the keychain opens the vault by one click; locked, it says so, and the passphrase does', async ({
    window,
    folder,
    answer,
    keyring,
  }) => {
    await answer({ save: join(folder, 'Papers') })
    await window.getByRole('button', { name: /New vault/ }).click()
    await window.getByLabel('What is it called?').fill('Family papers')
    await button(window, 'Choose a place…').click()
    await button(window, 'Continue').click()
    await window.getByLabel('A passphrase', { exact: true }).check()
    await window.getByLabel('New passphrase').fill(PASSPHRASE)
    await window.getByLabel('The same again').fill(PASSPHRASE)
    await window.getByLabel('A recovery code').uncheck()
    await button(window, 'Make the vault').click()
    await expect(window.getByText(ready)).toBeVisible({ timeout: 30_000 })

    await lock(window)
    await button(window, 'Unlock').click()
    await expect(window.getByText(ready)).toBeVisible({ timeout: 30_000 })

    await lock(window)
    keyring.lock()
    await button(window, 'Unlock').click()
    await expect(window.getByText('The keychain is locked')).toBeVisible({ timeout: 30_000 })
    await unlock(window)
    await expect(window.getByText(ready)).toBeVisible({ timeout: 30_000 })
    // Opened it is; what the keychain could not take is said.
    await expect(window.getByText('The keychain did not take the key')).toBeVisible()

    await lock(window)
    await keyring.unlock()
    await button(window, 'Unlock').click()
    await expect(window.getByText(ready)).toBeVisible({ timeout: 30_000 })
  })
})

base(
  'a recovery code opens the vault, typed or from its file; a mistyped one and another vault’s do not',
  async ({ app, window, folder, answer }) => {
    base.setTimeout(120_000)
    await answer({ save: join(folder, 'Papers') })
    const code = await makeVaultWithCode(app, window)
    const other = join(folder, 'other code')
    strongroom('init', join(folder, 'Other'), '--recovery-out', other, ...byPassphrase(folder, 'other'))

    await lock(window)
    await button(window, 'Use the recovery code').click()
    const field = window.getByRole('textbox', { name: 'Recovery code' })
    await field.fill(code.replace(/.$/, (last) => (last === '2' ? '3' : '2')))
    await button(window, 'Unlock').click()
    await expect(window.getByText('There is a typing mistake in the code')).toBeVisible()
    await expect(field).toHaveValue('')

    await answer({ open: [other] })
    await button(window, 'Open with a saved code file…').click()
    await expect(window.getByText('That code belongs to another vault')).toBeVisible()

    // As it is copied from paper: in small letters, with spaces.
    await field.fill(code.toLowerCase().replaceAll('-', ' '))
    await button(window, 'Unlock').click()
    await expect(window.getByText(ready)).toBeVisible({ timeout: 30_000 })
    await expect(window.getByText('Opened with the recovery code')).toBeVisible()
  },
)

base(
  'a vault that another computer made is opened from its folder, a copy of a known one where it is',
  async ({ window, folder, answer, drop }) => {
    base.setTimeout(120_000)
    const [brought, copied] = [join(folder, 'Brought'), join(folder, 'Copied')]
    const said = strongroom('init', brought, '--no-recovery', ...byPassphrase(folder, 'other'))
    const [print = 'no fingerprint'] = /(\w{4}-){4}\w{4}/.exec(said) ?? []
    const open = async (path: string) => {
      await answer({ open: [path] })
      await window.getByRole('button', { name: /Open a vault/ }).click()
      await unlock(window)
      await expect(window.getByText(ready)).toBeVisible({ timeout: 30_000 })
    }
    await open(brought)
    await expect(window.getByText(new RegExp(`Its fingerprint is ${print}`))).toBeVisible()
    await window.getByRole('button', { name: 'Brought' }).first().click()
    await window.getByRole('menuitem', { name: 'Close vault' }).click()

    cpSync(brought, copied, { recursive: true })
    await open(copied)
    await expect(window.getByText('This is a copy')).toBeVisible()
    await drop('main', writeFiles(folder, { 'note.txt': 'into the copy' }))
    await expect(row(window, 'note')).toBeVisible()
    // Each is looked at by a computer that knows neither.
    const listed = (path: string, by: string) => strongroom('ls', path, ...byPassphrase(folder, by))
    expect([listed(copied, 'third'), listed(brought, 'fourth')]).toEqual([
      expect.stringContaining('note.txt'),
      '',
    ])
  },
)
