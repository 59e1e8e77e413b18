import type { ElectronApplication, Page } from '@playwright/test'
import { expect } from '../fixture.ts'

export const PASSPHRASE = 'otter lamp quiet river stone'

/** Makes a vault by the window's own steps, with a passphrase and no recovery code. */
export async function makeVault(window: Page): Promise<void> {
  await window.getByRole('button', { name: /New vault/ }).click()
  await window.getByLabel('What is it called?').fill('Family papers')
  await window.getByRole('button', { name: 'Choose a place…' }).click()
  await window.getByRole('button', { name: 'Continue' }).click()
  await window.getByLabel('This computer').uncheck()
  await window.getByLabel('A passphrase', { exact: true }).check()
  await window.getByLabel('New passphrase').fill(PASSPHRASE)
  await window.getByLabel('The same again').fill(PASSPHRASE)
  await window.getByLabel('A recovery code').uncheck()
  await window.getByRole('button', { name: 'Make the vault' }).click()
  await expect(window.getByText('Your vault is ready')).toBeVisible({ timeout: 30_000 })
}

/**
 * Makes a vault that has a recovery code, too, which is not typed back.
 *
 * @returns the code, as main's window showed it
 */
export async function makeVaultWithCode(app: ElectronApplication, window: Page): Promise<string> {
  await window.getByRole('button', { name: /New vault/ }).click()
  await window.getByLabel('What is it called?').fill('Family papers')
  await window.getByRole('button', { name: 'Choose a place…' }).click()
  await window.getByRole('button', { name: 'Continue' }).click()
  await window.getByLabel('This computer').uncheck()
  await window.getByLabel('A passphrase', { exact: true }).check()
  await window.getByLabel('New passphrase').fill(PASSPHRASE)
  await window.getByLabel('The same again').fill(PASSPHRASE)
  const opened = app.waitForEvent('window')
  await window.getByRole('button', { name: 'Make the vault' }).click()
  const sheet = await opened
  await expect(sheet.locator('li b')).toHaveCount(14)
  const code = (await sheet.locator('li b').allTextContents()).join('-')
  await window.getByRole('button', { name: 'Not now' }).click()
  await expect(window.getByText('Your vault is ready')).toBeVisible({ timeout: 30_000 })
  return code
}

export const button = (window: Page, name: string | RegExp) =>
  window.getByRole('button', { name, exact: true })

export const lock = (window: Page) => button(window, 'Lock').click()

/** The text of a file, as its preview shows it. */
export const previewed = (window: Page, text: string) =>
  window.getByRole('dialog').frameLocator('iframe').getByText(text, { exact: true })

/** Unlocks by the passphrase on the unlock screen. */
export async function unlock(window: Page, passphrase = PASSPHRASE): Promise<void> {
  const field = window.getByLabel('Passphrase', { exact: true })
  if (!(await field.isVisible())) await window.getByRole('button', { name: 'Use the passphrase' }).click()
  await field.fill(passphrase)
  await window.getByRole('button', { name: 'Unlock' }).click()
}

export const section = (window: Page, name: string | RegExp) =>
  window.getByRole('navigation', { name: 'Sections' }).getByRole('button', { name })

export const row = (window: Page, name: string) =>
  window.getByRole('row').filter({ has: window.getByText(name, { exact: true }) })

/** Chooses in the native menu, as a person does: by its label. */
export async function chooseInMenu(app: ElectronApplication, label: string): Promise<void> {
  await app.evaluate(({ Menu }, wanted) => {
    const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []) ?? []
    const item = items.find((each) => each.label === wanted)
    if (item === undefined) throw new Error(`no ${wanted} in the menu`)
    item.click()
  }, label)
}
