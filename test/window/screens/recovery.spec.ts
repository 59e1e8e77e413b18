import { join } from 'node:path'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { button, makeVaultWithCode, row, section } from './steps.ts'

test('the recovery code is tested on real files: a mistyped one is refused, the right one is noted', async ({
  app,
  window,
  folder,
  answer,
  drop,
}) => {
  await answer({ save: join(folder, 'Papers') })
  const code = await makeVaultWithCode(app, window)
  await drop('main', writeFiles(folder, { 'deed.txt': 'deed', 'lease.txt': 'lease' }))
  await expect(row(window, 'deed')).toBeVisible()
  await section(window, /Keys/).click()
  await expect(window.getByText('Needs a test')).toBeVisible()

  await section(window, /Health/).click()
  await button(window, 'Test the recovery code…').click()
  const dialog = window.getByRole('dialog', { name: 'Test the recovery code' })
  const field = dialog.getByRole('textbox', { name: 'Recovery code' })
  await field.fill(code.slice(0, -1))
  await dialog.getByRole('button', { name: 'Test the code' }).click()
  await expect(dialog.getByText('There is a typing mistake in the code')).toBeVisible()
  await expect(field).toHaveValue('')
  await field.fill(code)
  await dialog.getByRole('button', { name: 'Test the code' }).click()
  await expect(window.getByRole('heading', { name: 'The recovery code opened 2 files' })).toBeVisible()
  await section(window, /Keys/).click()
  await expect(window.getByText('Needs a test')).toHaveCount(0)
  await expect(window.getByText('Tested today: it opens the vault.')).toBeVisible()
})
