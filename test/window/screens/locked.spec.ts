import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { value } from '../calls.ts'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { chooseInMenu, makeVault, row, section } from './steps.ts'

const SECRET = 'zq divorce papers 7f3a'
const FOLDER = 'zq lawyer 7f3a'
/** Of a file, a folder, and the vault itself. */
const NAMES = [SECRET, FOLDER, 'Family papers']

/** Ways in which a vault comes to be locked, and what the unlock screen says of them. */
const WAYS: readonly {
  readonly title: string
  readonly says: string
  readonly lock: (app: ElectronApplication, window: Page) => Promise<unknown>
}[] = [
  { title: 'a lock by the menu', says: 'Locked.', lock: (app) => chooseInMenu(app, 'Lock') },
  {
    title: 'the computer stood idle',
    says: 'Locked because nothing was done for a while.',
    lock: async (app, window) => {
      await value(window, 'app.set', { autoLockMinutes: 1 })
      await app.evaluate(({ powerMonitor }) => {
        powerMonitor.getSystemIdleTime = () => 60
      })
    },
  },
  {
    title: 'it went to sleep',
    says: 'Locked because the computer went to sleep.',
    lock: (app) => app.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend')),
  },
  {
    title: 'its screen was locked',
    says: 'Locked because the screen was locked.',
    lock: (app) => app.evaluate(({ powerMonitor }) => powerMonitor.emit('lock-screen')),
  },
]

for (const { title, says, lock } of WAYS) {
  test(`after ${title} no name of the vault is in the page or in its memory`, async ({
    app,
    window,
    folder,
    answer,
    drop,
  }) => {
    test.setTimeout(120_000)
    await answer({ save: join(folder, 'Papers') })
    await makeVault(window)
    await putNamesEverywhere(window, () => drop('main', writeFiles(folder, { [`${SECRET}.txt`]: 'x' })))
    expect(await heldOf(window, NAMES)).toEqual(NAMES)

    await lock(app, window)
    await expect(window.getByRole('heading', { name: /^Open / })).toBeVisible()
    await expect(window.getByText(says, { exact: true })).toBeVisible()
    for (const name of NAMES) expect(await window.content()).not.toContain(name)
    expect(await window.title()).toBe('Strongroom')
    // React lets go of what it drew last when it draws once more, a second later.
    await window.waitForTimeout(1500)
    expect(await heldOf(window, NAMES)).toEqual([])
  })
}

/** List, details, tree, preview, drag, toast with undo, jobs, bin, search, and the dialog that is left open. */
async function putNamesEverywhere(window: Page, add: () => Promise<void>): Promise<void> {
  await add()
  await row(window, SECRET).dblclick()
  const preview = window.getByRole('dialog').frameLocator('iframe').getByText('x', { exact: true })
  await expect(preview).toBeVisible()
  await window.keyboard.press('Escape')
  await window.getByRole('button', { name: 'New folder' }).click()
  await window.getByLabel('Name', { exact: true }).fill(FOLDER)
  await window.getByRole('button', { name: 'Create' }).click()
  await expect(row(window, FOLDER)).toHaveAttribute('aria-selected', 'true')
  await window.getByRole('button', { name: 'Show folder tree' }).click()
  await expect(window.getByRole('treeitem', { name: FOLDER })).toBeVisible()
  await row(window, SECRET).dragTo(row(window, FOLDER))
  await expect(row(window, SECRET)).toHaveCount(0)
  await row(window, FOLDER).dblclick()
  await row(window, SECRET).click()
  await window.keyboard.press('Delete')
  await section(window, /Bin/).click()
  await expect(row(window, SECRET)).toBeVisible()
  await section(window, /Jobs/).click()
  await expect(window.getByRole('heading', { name: /Added 1 file/ })).toBeVisible()
  await window.getByLabel('Search names').fill('zq')
  await expect(window.getByText('1 item found')).toBeVisible()
  await row(window, FOLDER).click()
  await window.keyboard.press('F2')
  await expect(window.getByLabel('Name', { exact: true })).toHaveValue(FOLDER)
}

/** Which of these texts are in a snapshot of the page's heap, after its garbage was collected. */
async function heldOf(window: Page, texts: readonly string[]): Promise<readonly string[]> {
  const session = await window.context().newCDPSession(window)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  const snapshot = chunks.join('')
  return texts.filter((text) => snapshot.includes(text))
}
