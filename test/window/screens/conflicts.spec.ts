import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { byPassphrase, strongroom } from '../command-line.ts'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { makeVault, previewed, row, section } from './steps.ts'

test('a file that two devices changed at once is shown with both versions, and settled by taking one', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  const [vault, other] = [join(folder, 'Papers'), join(folder, 'Synced')]
  await answer({ save: vault })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'lease.txt': 'as it was' }))
  await expect(row(window, 'lease')).toBeVisible()
  cpSync(vault, other, { recursive: true })

  writeFileSync(join(folder, 'lease.txt'), 'changed over there')
  strongroom('add', other, join(folder, 'lease.txt'), ...byPassphrase(folder, 'there'))
  await drop('main', writeFiles(folder, { 'lease.txt': 'changed here' }))
  const versions = window.getByRole('region', { name: 'Versions' }).getByRole('listitem')
  await row(window, 'lease').click()
  await expect(versions).toHaveCount(2)
  // A sync brings what is not there; a vault's files never change.
  cpSync(other, vault, { recursive: true, force: false })

  const conflict = window.getByText('Two devices changed this file at once')
  await expect(conflict).toBeVisible()
  await expect(versions).toHaveCount(3)
  await expect(versions.filter({ hasText: 'Also current' })).toHaveCount(1)
  await section(window, /Health/).click()
  await expect(window.getByText('1 file was changed in two places')).toBeVisible()
  await window.getByRole('button', { name: 'Show file' }).click()
  await expect(conflict).toBeVisible()

  // Both can be looked at.
  const seen: string[] = []
  for (const which of ['Current', 'Also current']) {
    const head = versions.filter({ has: window.getByText(which, { exact: true }) })
    await head.getByRole('button').click()
    await window.getByRole('menuitem', { name: 'Preview this version' }).click()
    const text = window
      .getByRole('dialog')
      .frameLocator('iframe')
      .getByText(/^changed/)
    seen.push((await text.textContent()) ?? '')
    await window.keyboard.press('Escape')
    await expect(window.getByRole('dialog')).toHaveCount(0)
  }
  expect(seen.toSorted()).toEqual(['changed here', 'changed over there'])

  const second = versions.filter({ has: window.getByText('Also current', { exact: true }) })
  await second.getByRole('button').click()
  await window.getByRole('menuitem', { name: 'Make this the current version' }).click()
  await expect(conflict).toHaveCount(0)
  // Nothing was thrown away.
  await expect(versions).toHaveCount(4)
  await row(window, 'lease').dblclick()
  await expect(previewed(window, seen[1] ?? '')).toBeVisible()
  await window.keyboard.press('Escape')
  await section(window, /Health/).click()
  await expect(window.getByText('1 file was changed in two places')).toHaveCount(0)
})
