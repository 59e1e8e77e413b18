import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { _electron } from '@playwright/test'
import { heard, listen, secret, value } from './calls.ts'
import { environment, expect, test } from './fixture.ts'
import { runtime } from './runtime.ts'

test.use({ bare: { name: 'host', scripts: {} } })

test('a key of the menu bar is the menu’s, unless the page took it', async ({ window }) => {
  test.skip(runtime().kind === 'electron', 'Electron gets such keys from the system, not from a test')
  await listen(window)
  await window.keyboard.press('Control+k')
  await window.keyboard.press('Control+Shift+s')
  // Rename is the page's own, and export needs an open vault.
  await window.keyboard.press('F2')
  await window.keyboard.press('Control+e')
  await window.keyboard.press('Control+j')
  await window.evaluate(() => addEventListener('keydown', (event) => event.preventDefault(), true))
  await window.keyboard.press('Control+,')
  await window.waitForTimeout(200)
  expect((await heard(window, 'command')).map(({ command }) => command)).toEqual(['palette', 'seal-window'])
})

test('a preview works with throw-away vaults in a folder that is gone at its end', async ({
  folder,
  root,
}) => {
  test.skip(runtime().kind === 'electron', 'Electron’s dialogs are the system’s')
  const app = await _electron.launch({
    executablePath: runtime().executablePath,
    args: [root, '--preview', `--user-data-dir=${join(folder, 'profile')}`],
    env: { ...environment(), ELECTRON_HOST_DIALOGS: '1' },
  })
  const window = await app.firstWindow()
  await window.waitForURL(/:\/\/strongroom/)
  await window.waitForLoadState('load')
  expect(await value(window, 'app.state', {})).toMatchObject({ stage: 'preview', runsIn: 'test-host' })

  /** Answers the next dialog as a person does, on its own page. @returns the path that it proposed */
  const choose = async (path?: string) => {
    const dialog = await app.waitForEvent('window')
    const proposed = await dialog.locator('input').inputValue()
    await dialog.locator('input').fill(path ?? proposed)
    const closed = dialog.waitForEvent('close')
    await dialog.locator('button').last().click()
    await closed
    return proposed
  }
  const make = async (path?: string) => {
    const [proposed, place] = await Promise.all([
      choose(path),
      value(window, 'pick.new-vault', { name: 'Look' }),
    ])
    if (place === null) throw new Error('no place')
    const passphrase = secret('a look at it')
    const facts = { name: 'Look', keychain: false, passphrase, allowWeakPassphrase: true, recovery: false }
    return { proposed, created: await value(window, 'vault.create', { place: place.handle, ...facts }) }
  }
  await expect(make(join(folder, 'Elsewhere'))).rejects.toThrow('VAULT_NOT_FOUND')
  expect(existsSync(join(folder, 'Elsewhere'))).toBe(false)
  const { proposed, created } = await make()
  expect(created.facts.name).toBe('Look')
  expect(existsSync(join(proposed, 'vault.json'))).toBe(true)
  await app.close()
  expect(existsSync(join(proposed, '..'))).toBe(false)
})
