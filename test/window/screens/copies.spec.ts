import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askedOf } from '../dialogs.ts'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { button, lock, makeVault, previewed, row, section, unlock } from './steps.ts'

test('a copy is opened, each save of it comes in, also one while the vault was locked, until it is put back', async ({
  app,
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'note.txt': 'first' }))
  await row(window, 'note').click()
  const desk = join(folder, 'desk')
  mkdirSync(desk)
  await answer({ open: [desk], confirm: true })
  await button(window, 'Open a copy…').click()
  const copy = join(desk, 'note.txt')
  await expect(window.getByText('1 plain copy is open for editing')).toBeVisible()
  expect(readFileSync(copy, 'utf8')).toBe('first')
  expect((await askedOf(app)).map(({ message }) => message)).toEqual([
    'Open an unencrypted copy of “note.txt”?',
  ])

  const versions = window.getByRole('region', { name: 'Versions' }).getByRole('listitem')
  writeFileSync(copy, 'the second')
  await expect(versions).toHaveCount(2, { timeout: 15_000 })

  await lock(window)
  writeFileSync(copy, 'the third, while it was locked')
  await unlock(window)
  await expect(window.getByText('1 plain copy is open for editing')).toBeVisible({ timeout: 30_000 })
  await row(window, 'note').click()
  await expect(versions).toHaveCount(3, { timeout: 15_000 })

  writeFileSync(copy, 'the fourth and last')
  await section(window, /Health/).click()
  await button(window, 'Put back and remove the copy').click()
  await expect.poll(() => existsSync(copy)).toBe(false)
  await section(window, 'Files').click()
  await expect(window.getByText('1 plain copy is open for editing')).toHaveCount(0)
  await row(window, 'note').dblclick()
  await expect(previewed(window, 'the fourth and last')).toBeVisible()
})
