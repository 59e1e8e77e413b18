import { join } from 'node:path'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { chooseInMenu, makeVault, row, section } from './steps.ts'

const SECRET = 'zq divorce papers 7f3a'

test('after a lock no name of the vault is in the page or in its memory', async ({
  app,
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  await drop('main', writeFiles(folder, { [`${SECRET}.txt`]: 'x' }))
  // Everywhere a name can be: list, details, search, toast with undo, jobs, preview.
  await row(window, SECRET).dblclick()
  await expect(
    window.getByRole('dialog').frameLocator('iframe').getByText('x', { exact: true }),
  ).toBeVisible()
  await window.keyboard.press('Escape')
  await window.keyboard.press('Delete')
  await section(window, /Bin/).click()
  await expect(row(window, SECRET)).toBeVisible()
  await window.getByLabel('Search names').fill('zq divorce')
  await window.waitForTimeout(500)
  expect(await heapHolds(window, SECRET)).toBe(true)

  await chooseInMenu(app, 'Lock')
  await expect(window.getByRole('heading', { name: /^Open / })).toBeVisible()
  expect(await window.content()).not.toContain('zq divorce')
  expect(await window.title()).toBe('Strongroom')
  // React lets go of what it drew last when it draws once more, a second later.
  await window.waitForTimeout(1500)
  expect(await heapHolds(window, 'zq divorce')).toBe(false)
})

/** Whether a text is in a snapshot of the page's heap, after its garbage was collected. */
async function heapHolds(window: import('@playwright/test').Page, text: string): Promise<boolean> {
  const session = await window.context().newCDPSession(window)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return chunks.join('').includes(text)
}
