import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { byPassphrase, runNode, strongroom } from '../command-line.ts'
import { askedOf } from '../dialogs.ts'
import { expect, test } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { ROOT } from '../runtime.ts'
import { button, lock, makeVault, PASSPHRASE, previewed, row, section, unlock } from './steps.ts'

test('a vault that was rolled back is shown, not written to, until the person goes on from it', async ({
  app,
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  const vault = join(folder, 'Papers')
  await answer({ save: vault })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'old.txt': 'old' }))
  await expect(row(window, 'old')).toBeVisible()
  await lock(window)
  cpSync(vault, join(folder, 'backup'), { recursive: true })
  await unlock(window)
  await expect(row(window, 'old')).toBeVisible({ timeout: 30_000 })
  await drop('main', writeFiles(folder, { 'new.txt': 'new' }))
  await expect(row(window, 'new')).toBeVisible()
  await lock(window)
  rmSync(vault, { recursive: true })
  cpSync(join(folder, 'backup'), vault, { recursive: true })

  await unlock(window)
  const banner = window.getByText('This vault is older than what this computer has seen')
  await expect(banner).toBeVisible({ timeout: 30_000 })
  await expect(window.getByText('Read-only', { exact: true })).toBeVisible()
  await expect(button(window, 'Add files…')).toBeDisabled()
  await row(window, 'old').dblclick()
  await expect(previewed(window, 'old')).toBeVisible()
  await window.keyboard.press('Escape')

  const goOn = async () => {
    await section(window, /Health/).click()
    await button(window, 'Go on from what is there…').click()
    await window.getByRole('dialog').getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
    await button(window, 'Go on').click()
  }
  await answer({ confirm: false })
  await goOn()
  await expect(window.getByText('The vault was left as it is.')).toBeVisible()
  expect((await askedOf(app)).map(({ message }) => message)).toEqual([
    'Go on from the older state of “Papers”?',
  ])
  await answer({ confirm: true })
  await goOn()
  await expect(button(window, 'Add files…')).toBeEnabled({ timeout: 30_000 })
  await expect(banner).toHaveCount(0)
  await drop('main', writeFiles(folder, { 'newer.txt': 'newer' }))
  await expect(row(window, 'newer')).toBeVisible()
})

test('a vault on a read-only disk is read, says why nothing can be written, and sees when it can be again', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  const vault = join(folder, 'Papers')
  await answer({ save: vault })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'deed.txt': 'the deed' }))
  await expect(row(window, 'deed')).toBeVisible()
  await lock(window)
  const writable = makeReadOnly(vault)
  try {
    await unlock(window)
    const banner = window.getByText('Nothing can be written to this vault now')
    await expect(banner).toBeVisible({ timeout: 30_000 })
    await expect(window.getByText('Read-only', { exact: true })).toBeVisible()
    for (const name of ['Add files…', 'New folder']) await expect(button(window, name)).toBeDisabled()
    await drop('main', writeFiles(folder, { 'late.txt': 'late' }))
    await row(window, 'deed').click()
    await window.keyboard.press('F2')
    await window.keyboard.press('Delete')
    await expect(window.getByRole('dialog')).toHaveCount(0)
    await row(window, 'deed').dblclick()
    await expect(previewed(window, 'the deed')).toBeVisible()
    await window.keyboard.press('Escape')
    await answer({ open: [join(folder, 'out')], confirm: true })
    await button(window, 'Export…').click()
    await expect.poll(() => existsSync(join(folder, 'out/deed.txt'))).toBe(true)
    expect(readFileSync(join(folder, 'out/deed.txt'), 'utf8')).toBe('the deed')

    writable()
    await expect(banner).toHaveCount(0)
    await drop('main', writeFiles(folder, { 'late.txt': 'late' }))
    await expect(row(window, 'late')).toBeVisible()
  } finally {
    writable()
  }
})

/** Makes a folder read-only as a disk is: root may write whatever a mode says. @returns what undoes it, once */
function makeReadOnly(path: string): () => void {
  const all = [
    path,
    ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name)),
  ]
  let done = false
  if (process.getuid?.() === 0) {
    execFileSync('mount', ['--bind', path, path])
    execFileSync('mount', ['-o', 'remount,ro,bind', path])
    return () => {
      if (!done) execFileSync('umount', ['--lazy', path])
      done = true
    }
  }
  const set = (mode: number) => {
    for (const each of all) if (!/\.\w+$/.test(each)) chmodSync(each, mode)
  }
  set(0o500)
  return () => {
    if (!done) set(0o700)
    done = true
  }
}

test('a vault of a newer version isn’t opened; one that begins to use what is unknown is read only', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  const vault = join(folder, 'Papers')
  await answer({ save: vault })
  await makeVault(window)
  await drop('main', writeFiles(folder, { 'deed.txt': 'the deed' }))
  await expect(row(window, 'deed')).toBeVisible()
  byPassphrase(folder, 'another')
  runNode(
    join(ROOT, 'test/window/newer-vault.child.ts'),
    vault,
    join(folder, 'another'),
    join(folder, 'passphrase'),
  )
  await expect(window.getByText('Nothing can be written to this vault now')).toBeVisible()
  await expect(window.getByText(/The vault uses “signatures”/)).toBeVisible()
  await expect(button(window, 'Add files…')).toBeDisabled()
  await row(window, 'deed').dblclick()
  await expect(previewed(window, 'the deed')).toBeVisible()
  await window.keyboard.press('Escape')
  await lock(window)
  await button(window, 'Back').click()

  const newer = join(folder, 'Newer')
  strongroom('init', newer, '--no-recovery', ...byPassphrase(folder, 'newer'))
  const keys = readdirSync(join(newer, 'keys'), { recursive: true, encoding: 'utf8' })
  expect(keys.length).toBeGreaterThan(0)
  execFileSync('sed', ['-i', 's/"format":"1\\.0"/"format":"2.0"/', join(newer, 'vault.json')])
  await answer({ open: [newer] })
  await window.getByRole('button', { name: /Open a vault/ }).click()
  await unlock(window)
  await expect(window.getByText('A newer Strongroom made this vault')).toBeVisible({ timeout: 30_000 })
  await expect(window.getByText(/this Strongroom reads/)).toBeVisible()
})
