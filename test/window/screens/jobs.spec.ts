import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '../fixture.ts'
import { button, makeVault, row, section } from './steps.ts'

const FILES = 4000

test('a job is paused, goes on, is cancelled after a question, and run again does the rest', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  const tree = join(folder, 'files', 'Scans')
  mkdirSync(tree)
  for (let at = 1; at <= FILES; at++) writeFileSync(join(tree, `page ${at}.txt`), `page ${at}`)
  await drop('main', [tree])
  const tray = window.getByRole('region', { name: 'Jobs', exact: true })
  await tray.getByRole('button', { name: 'Pause' }).click()
  await expect(tray.getByText('Paused')).toBeVisible()
  await tray.getByRole('button', { name: 'Go on' }).click()
  await tray.getByRole('button', { name: 'Cancel…' }).click()
  const question = window.getByRole('dialog', { name: 'Stop this job?' })
  // The safe answer has the focus.
  await expect(question.getByRole('button', { name: 'Go on' })).toBeFocused()
  await question.getByRole('button', { name: 'Stop the job' }).click()

  await section(window, /Jobs/).click()
  const stopped = window.getByRole('heading', { name: /^Added [\d,]+ of [\d,]+ files to / })
  await expect(stopped).toBeVisible({ timeout: 30_000 })
  const first = Number((await stopped.textContent())?.match(/Added ([\d,]+) of/)?.[1]?.replace(',', ''))
  expect(first).toBeLessThan(FILES)
  await button(window, 'Retry').click()
  // What was done stays done: each file is there once, in one version.
  await expect(window.getByRole('heading', { name: /^Added [\d,]+ files? to/ })).toBeVisible({
    timeout: 60_000,
  })
  await section(window, 'Files').click()
  await row(window, 'Scans').dblclick()
  await expect(window.getByRole('grid')).toHaveAttribute('aria-rowcount', String(FILES + 1))
  await window.getByLabel('Search names').fill(`page ${FILES}`)
  await row(window, `page ${FILES}`).click()
  await expect(window.getByRole('region', { name: 'Versions' }).getByRole('listitem')).toHaveCount(1)
})
