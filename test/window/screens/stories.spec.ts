import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { makeVault, PASSPHRASE, row, section, unlock } from './steps.ts'

test('a first vault with a recovery code is made in under ten clicks', async ({
  app,
  window,
  folder,
  answer,
}) => {
  await answer({ save: join(folder, 'Papers') })
  let clicks = 0
  const click = async (name: string | RegExp) => {
    clicks++
    await window.getByRole('button', { name }).click()
  }
  await click(/New vault/)
  await window.getByLabel('What is it called?').fill('Family papers')
  await click('Choose a place…')
  await click('Continue')
  clicks++
  await window.getByLabel('A passphrase', { exact: true }).check()
  await window.getByLabel('New passphrase').fill(PASSPHRASE)
  await window.getByLabel('The same again').fill(PASSPHRASE)
  const opened = app.waitForEvent('window')
  await click('Make the vault')
  const sheet = await opened
  await expect(sheet.locator('li b')).toHaveCount(14)
  const groups = await sheet.locator('li b').allTextContents()
  // “To be sure that you have it, type groups 3 and 9 of it.”
  const sentence = (await window.getByText('To be sure that you have it').textContent()) ?? ''
  const asked = sentence.match(/\d+/g) ?? []
  expect(asked).toHaveLength(2)
  for (const group of asked) {
    await window.getByLabel(`Group ${group}`, { exact: true }).fill(groups[Number(group) - 1] ?? '')
  }
  await click('Confirm')
  await expect(window.getByText('Your vault is ready')).toBeVisible({ timeout: 30_000 })
  expect(clicks).toBeLessThan(10)
})

test('a tree of 500 files is dropped in, and one of them is found', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  const tree = join(folder, 'files', 'Scans')
  for (let year = 2001; year <= 2010; year++) {
    mkdirSync(join(tree, String(year)), { recursive: true })
    for (let page = 1; page <= 50; page++) {
      writeFileSync(join(tree, String(year), `page ${page} of ${year}.txt`), `${year}/${page}`)
    }
  }
  await drop('main', [tree])
  await section(window, /Jobs/).click()
  await expect(window.getByRole('heading', { name: /Added 500 files/ })).toBeVisible({ timeout: 30_000 })
  await window.getByLabel('Search names').fill('page 37 of 2004')
  await expect(row(window, 'page 37 of 2004.txt').or(row(window, 'page 37 of 2004'))).toBeVisible()
  await expect(window.getByText('1 item found')).toBeVisible()
  await window.keyboard.press('ArrowDown')
  await window.keyboard.press('ArrowDown')
  await window.keyboard.press('Enter')
  const dialog = window.getByRole('dialog')
  await expect(dialog.frameLocator('iframe').getByText('2004/37')).toBeVisible()
})

test('a file is renamed, moved by drag, binned and taken back step by step', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'lease.txt': 'lease' }))
  await expect(row(window, 'lease')).toBeVisible()
  await window.getByRole('button', { name: 'New folder' }).click()
  await window.getByLabel('Name', { exact: true }).fill('Contracts')
  await window.getByRole('button', { name: 'Create' }).click()
  await expect(row(window, 'Contracts')).toBeVisible()

  await row(window, 'lease').click()
  await window.keyboard.press('F2')
  await window.getByLabel('Name', { exact: true }).fill('Lease 2026.txt')
  await window.getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(row(window, 'Lease 2026')).toBeVisible()

  await row(window, 'Lease 2026').dragTo(row(window, 'Contracts'))
  await expect(row(window, 'Lease 2026')).toHaveCount(0)
  await row(window, 'Contracts').dblclick()
  await expect(row(window, 'Lease 2026')).toBeVisible()

  await row(window, 'Lease 2026').click()
  await window.keyboard.press('Delete')
  await expect(row(window, 'Lease 2026')).toHaveCount(0)
  await window.getByRole('button', { name: 'Undo' }).last().click()
  await expect(row(window, 'Lease 2026')).toBeVisible()
  await row(window, 'Lease 2026').click()
  await window.keyboard.press('Delete')
  await section(window, /Bin/).click()
  await row(window, 'Lease 2026').click()
  await window.getByRole('button', { name: 'Put back' }).click()
  await expect(window.getByText('The bin is empty')).toBeVisible()
})

test('an exported file is what went in', async ({ window, folder, answer, drop }) => {
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'deed.txt': 'the deed' }))
  await row(window, 'deed').click()
  const out = join(folder, 'out')
  await answer({ open: [out], confirm: true })
  await window.getByRole('button', { name: 'Export…' }).click()
  await section(window, /Jobs/).click()
  await expect(window.getByRole('heading', { name: /Exported 1 file/ })).toBeVisible()
  expect(readFileSync(join(out, 'deed.txt'), 'utf8')).toBe('the deed')
})

test('a wrong passphrase is refused in words, the right one opens', async ({ window, folder, answer }) => {
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  await window.getByRole('button', { name: 'Lock', exact: true }).click()
  await unlock(window, 'not this one at all')
  await expect(window.getByText('That passphrase doesn’t open it')).toBeVisible()
  await expect(window.getByLabel('Passphrase', { exact: true })).toHaveValue('')
  await unlock(window)
  await expect(window.getByText('Your vault is ready')).toBeVisible({ timeout: 30_000 })
})
