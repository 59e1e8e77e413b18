import { join } from 'node:path'
import { byPassphrase, strongroom } from '../command-line.ts'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { makeVault, row } from './steps.ts'

test('what the command line adds stands in the list of files within two seconds', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  const vault = join(folder, 'Papers')
  await answer({ save: vault })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'early.txt': 'early' }))
  await expect(row(window, 'early')).toBeVisible()
  const way = byPassphrase(folder, 'state')
  for (const name of ['late', 'later']) {
    strongroom('add', vault, ...writeFiles(folder, { [`${name}.txt`]: name }), ...way)
    await expect(row(window, name)).toBeVisible({ timeout: 2000 })
  }
  strongroom('rm', vault, '/late.txt', ...way)
  await expect(row(window, 'late')).toHaveCount(0, { timeout: 2000 })
  // The count beside the bin follows, too.
  const bin = window.getByRole('navigation', { name: 'Sections' }).getByRole('button', { name: /^Bin/ })
  await expect(bin).toHaveAccessibleName(/^Bin ?, 1 item$/, { timeout: 2000 })
})
