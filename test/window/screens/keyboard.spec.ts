import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { chooseInMenu, makeVault, PASSPHRASE, row } from './steps.ts'

/** Presses Tab until something of that name has the focus; a person would stop after so many. */
async function tabTo(
  window: Page,
  name: string | RegExp,
  role: 'button' | 'textbox' | 'checkbox',
): Promise<void> {
  const wanted = window.getByRole(role, { name }).first()
  for (let press = 0; press < 40; press++) {
    if (await wanted.evaluate((element) => element.matches(':focus'))) return
    await window.keyboard.press('Tab')
  }
  throw new Error(`${name} can’t be reached by Tab`)
}

/** Presses Tab until the list has the focus: one stop, however many rows there are. */
async function toList(window: Page): Promise<void> {
  const grid = window.getByRole('grid')
  for (let press = 0; press < 40; press++) {
    if (await grid.evaluate((it) => it.matches(':focus'))) return
    await window.keyboard.press('Tab')
  }
  throw new Error('the list can’t be reached by Tab')
}

const hasFocus = (part: Locator) => part.evaluate((it) => it.matches(':focus-within'))

test('a vault is made, filled, searched, renamed in, locked and opened by the keyboard alone', async ({
  app,
  window,
  folder,
  answer,
}) => {
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await window.keyboard.press(key)
  }
  const type = (text: string) => window.keyboard.type(text)
  await answer({ save: join(folder, 'Papers') })
  await tabTo(window, /New vault/, 'button')
  await press('Enter')
  await type('Family papers')
  await press('Enter')
  await expect(window.getByText('The vault will be this folder:')).toBeVisible()
  await press('Enter')
  await tabTo(window, 'This computer', 'checkbox')
  await press('Space')
  await tabTo(window, 'A passphrase', 'checkbox')
  await press('Space')
  await type(PASSPHRASE)
  await press('Tab', 'Tab')
  await type(PASSPHRASE)
  await tabTo(window, 'A recovery code', 'checkbox')
  await press('Space')
  await tabTo(window, 'Make the vault', 'button')
  await press('Enter')
  await expect(window.getByText('Your vault is ready')).toBeVisible({ timeout: 30_000 })

  await answer({ open: writeFiles(folder, { 'lease.txt': 'lease', 'deed.txt': 'deed', 'will.txt': 'will' }) })
  await chooseInMenu(app, 'Add files…')
  await expect(row(window, 'will')).toBeVisible()
  // F6 goes through the regions; the list is one Tab stop in its own.
  const grid = window.getByRole('grid')
  for (let at = 0; at < 8 && !(await hasFocus(window.getByRole('main'))); at++) await press('F6')
  for (let at = 0; at < 15 && !(await grid.evaluate((it) => it.matches(':focus'))); at++) await press('Tab')
  await type('w')
  await expect(row(window, 'will')).toHaveAttribute('aria-selected', 'true')
  await press('F2')
  await expect(window.getByLabel('Name', { exact: true })).toBeFocused()
  await type('The will')
  await press('Enter')
  await expect(row(window, 'The will')).toBeVisible()

  await chooseInMenu(app, 'Find')
  await type('deed')
  await expect(window.getByText('1 item found')).toBeVisible()
  await press('ArrowDown', 'ArrowDown', 'Space')
  await expect(window.getByRole('dialog').frameLocator('iframe').getByText('deed')).toBeVisible()
  await press('Escape')
  await expect(window.getByRole('dialog')).toHaveCount(0)

  await chooseInMenu(app, 'Command palette…')
  await expect(window.getByRole('textbox', { name: 'Type what you want to do' })).toBeFocused()
  await type('Lock')
  await press('Enter')
  await expect(window.getByRole('heading', { name: /^Open / })).toBeVisible()
  await tabTo(window, 'Use the passphrase', 'button')
  await press('Enter')
  await type(PASSPHRASE)
  await press('Enter')
  await expect(row(window, 'The will')).toBeVisible({ timeout: 30_000 })
})

test('a file is moved, binned, taken back, restored, exported and its vault checked by the keyboard alone', async ({
  app,
  window,
  folder,
  answer,
}) => {
  test.setTimeout(120_000)
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await window.keyboard.press(key)
  }
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  await answer({ open: writeFiles(folder, { 'lease.txt': 'lease', 'will.txt': 'will' }) })
  await press('Control+Shift+A')
  await expect(row(window, 'will')).toBeVisible()
  await press('Control+Shift+N')
  await expect(window.getByLabel('Name', { exact: true })).toBeFocused()
  await window.keyboard.type('Contracts')
  await press('Enter')
  // It is shown and chosen; letters go to the next name.
  await expect(row(window, 'Contracts')).toHaveAttribute('aria-selected', 'true')
  await toList(window)
  await window.keyboard.type('lea')
  await expect(row(window, 'lease')).toHaveAttribute('aria-selected', 'true')
  await press('Control+Shift+M')
  await expect(window.getByRole('dialog', { name: 'Move “lease.txt”' })).toBeVisible()
  await tabTo(window, 'Contracts', 'button')
  await press('Enter')
  await expect(window.getByText('To: Contracts')).toBeVisible()
  await tabTo(window, 'Move here', 'button')
  await press('Enter')
  await expect(row(window, 'lease')).toHaveCount(0)
  await expect(window.getByRole('dialog')).toHaveCount(0)

  // Nothing that can’t be seen stays chosen: the next key would meet it.
  await expect(window.getByText('Select a file to see its details and versions.')).toBeVisible()
  await toList(window)
  await press('Home')
  await expect(row(window, 'Contracts')).toHaveAttribute('aria-selected', 'true')
  await press('Enter')
  await expect(row(window, 'lease')).toBeVisible()
  await toList(window)
  await press('ArrowDown')
  await expect(row(window, 'lease')).toHaveAttribute('aria-selected', 'true')
  await press('Delete')
  await expect(window.getByText('This folder is empty')).toBeVisible()
  await press('Control+Z')
  await expect(row(window, 'lease')).toBeVisible()
  await toList(window)
  await window.keyboard.type('l')
  await expect(row(window, 'lease')).toHaveAttribute('aria-selected', 'true')

  const out = join(folder, 'out')
  await answer({ open: [out], confirm: true })
  await press('Control+E')
  await expect.poll(() => existsSync(join(out, 'lease.txt'))).toBe(true)
  await press('Delete')
  await expect(window.getByText('This folder is empty')).toBeVisible()
  await tabTo(window, /^Bin/, 'button')
  await press('Enter')
  await toList(window)
  await press('ArrowDown')
  await tabTo(window, 'Put back', 'button')
  await press('Enter')
  await expect(window.getByText('The bin is empty')).toBeVisible()

  await press('Control+3')
  await tabTo(window, 'Check now', 'button')
  await press('Enter')
  await expect(window.getByText('Nothing wrong was found.')).toBeVisible({ timeout: 20_000 })
  await press('Control+J')
  await expect(window.getByRole('heading', { name: /^Checked 2 files/ })).toBeVisible()
  await chooseInMenu(app, 'Lock')
  await expect(window.getByRole('heading', { name: /^Open / })).toBeVisible()
})
