import { spawn } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { dropOn, expect, launch, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { ROOT, runtime } from '../runtime.ts'
import { button } from './steps.ts'

const PASSPHRASE = 'five quiet otters read maps'

/** Waits for the small window. */
async function sealWindow(app: ElectronApplication, open: () => Promise<unknown>): Promise<Page> {
  const opened = app.waitForEvent('window')
  await open()
  const seal = await opened
  await seal.waitForURL(/:\/\/strongroom/)
  await expect(seal.getByRole('heading', { name: 'Encrypt or decrypt files' })).toBeVisible()
  return seal
}

async function encrypt(seal: Page): Promise<void> {
  await seal.getByLabel('New passphrase').fill(PASSPHRASE)
  await seal.getByLabel('The same again').fill(PASSPHRASE)
  await button(seal, 'Encrypt').click()
}

test('files dropped on the small window are encrypted, and decrypted when they are dropped again', async ({
  app,
  window,
  folder,
}) => {
  const seal = await sealWindow(app, () => window.getByRole('button', { name: /Encrypt files/ }).click())
  const [deed = '', lease = ''] = writeFiles(folder, { 'Deed.txt': 'the deed', 'Lease.txt': 'the lease' })
  await dropOn(app, seal, 'main', [deed, lease])
  await expect(seal.getByRole('heading', { name: 'Encrypt Deed.txt, Lease.txt' })).toBeVisible()
  await encrypt(seal)
  await expect(seal.getByRole('heading', { name: /^Encrypted 2 files/ })).toBeVisible({ timeout: 30_000 })
  // The originals stay: they make room by hand, to see what comes back.
  expect(readFileSync(deed, 'utf8')).toBe('the deed')
  for (const path of [deed, lease]) renameSync(path, `${path}.before`)

  await dropOn(app, seal, 'main', [`${deed}.sealed`, `${lease}.sealed`])
  await expect(seal.getByRole('heading', { name: /^Decrypt Deed.txt.sealed/ })).toBeVisible()
  await seal.getByLabel('Passphrase', { exact: true }).fill('not this one')
  await button(seal, 'Decrypt').click()
  await expect(seal.getByRole('heading', { name: /^Decrypted 0 of 2 files/ })).toBeVisible({
    timeout: 30_000,
  })
  await button(seal, 'Show 2 failed files').click()
  await expect(seal.getByText(/^That passphrase doesn’t open it/)).toHaveCount(2)

  await dropOn(app, seal, 'main', [`${deed}.sealed`, `${lease}.sealed`])
  await seal.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await button(seal, 'Decrypt').click()
  await expect(seal.getByRole('heading', { name: /^Decrypted 2 files/ })).toBeVisible({ timeout: 30_000 })
  expect([deed, lease].map((path) => readFileSync(path, 'utf8'))).toEqual(['the deed', 'the lease'])
})

test('an encrypted file that is opened in the system comes up in the small window, at a first and a second start', async ({
  folder,
  root,
}) => {
  const [deed = ''] = writeFiles(folder, { 'Deed.txt': 'the deed' })
  const app = await launch(root, folder)
  const main = await app.firstWindow()
  const seal = await sealWindow(app, () => main.getByRole('button', { name: /Encrypt files/ }).click())
  await dropOn(app, seal, 'main', [deed])
  await encrypt(seal)
  await expect(seal.getByRole('heading', { name: /^Encrypted 1 file/ })).toBeVisible({ timeout: 30_000 })
  renameSync(deed, `${deed}.before`)
  await seal.close()

  const state = [`--state-dir=${join(folder, 'state')}`, `--user-data-dir=${join(folder, 'profile')}`]
  const again = await sealWindow(app, async () => {
    const second = spawn(runtime().executablePath, [ROOT, '--test', ...state, `${deed}.sealed`], {
      stdio: 'ignore',
    })
    expect(await new Promise((resolve) => second.on('exit', resolve))).toBe(0)
  })
  await expect(again.getByRole('heading', { name: 'Decrypt Deed.txt.sealed' })).toBeVisible()
  await app.close()

  const fresh = await launch(root, folder, [`${deed}.sealed`])
  const only = await fresh.firstWindow()
  await expect(only.getByRole('heading', { name: 'Decrypt Deed.txt.sealed' })).toBeVisible()
  await only.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
  await button(only, 'Decrypt').click()
  await expect(only.getByRole('heading', { name: /^Decrypted 1 file/ })).toBeVisible({ timeout: 30_000 })
  expect(readFileSync(deed, 'utf8')).toBe('the deed')
  // The vault's window comes when something is asked of it.
  const opened = fresh.waitForEvent('window')
  await fresh.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('new-vault')?.click())
  await expect((await opened).getByRole('button', { name: /New vault/ })).toBeVisible()
  await fresh.close()
})
