import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { ROOT } from '../runtime.ts'
import { chooseInMenu, makeVault, row, section } from './steps.ts'

const AXE = readFileSync(createRequire(join(ROOT, 'package.json')).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe holds against the page as it stands: rule, and the first thing it is about. */
async function complaints(window: Page, landmarks: boolean): Promise<readonly string[]> {
  await window.evaluate(AXE)
  const rules = JSON.stringify({ region: { enabled: landmarks } })
  return await window.evaluate(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: ${rules} })
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 200)))`)
}

for (const theme of ['Light', 'Dark'] as const) {
  test(`axe holds nothing against any screen, ${theme.toLowerCase()}`, async ({
    app,
    window,
    folder,
    answer,
    drop,
  }) => {
    test.setTimeout(120_000)
    const found: string[] = []
    const look = async (where: string, landmarks = true) => {
      found.push(...(await complaints(window, landmarks)).map((complaint) => `${where}: ${complaint}`))
    }
    // Colours on their way from one theme to the other are no one's to read.
    await window.emulateMedia({ reducedMotion: 'reduce' })
    await answer({ save: join(folder, 'Papers') })
    await look('welcome')
    await makeVault(window)
    await section(window, 'Settings').click()
    await window.getByText(theme, { exact: true }).click()
    await expect(window.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme.toLowerCase())
    await look('settings')
    await section(window, 'Files').click()
    await look('files, empty')
    await drop('main', writeFiles(folder, { 'lease.txt': 'lease', 'deed.txt': 'deed' }))
    await row(window, 'deed').click()
    await window.getByText('How this file is locked').click()
    await expect(window.getByText('Algorithms')).toBeVisible()
    await look('files')
    await row(window, 'deed').click({ button: 'right' })
    await expect(window.getByRole('menu')).toBeVisible()
    // A menu that is open lies over the page, in no part of it.
    await look('menu of a row', false)
    await window.keyboard.press('Escape')
    await chooseInMenu(app, 'Command palette…')
    await look('palette')
    await window.keyboard.press('Escape')
    await chooseInMenu(app, 'Keyboard shortcuts')
    await look('shortcuts')
    await window.keyboard.press('Escape')
    for (const name of [/Jobs/, /Keys/, /Health/, /Bin/]) {
      await section(window, name).click()
      await expect(window.getByRole('heading', { level: 1 })).toBeVisible()
      await look(String(name))
    }
    await window.getByRole('button', { name: 'Lock', exact: true }).click()
    await window.getByRole('button', { name: 'Use the passphrase' }).click()
    await look('unlock')
    expect(found).toEqual([])
  })
}
