import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heard, listen, value } from './calls.ts'
import { expect, launch, test } from './fixture.ts'
import { writeFiles } from './open-vault.ts'
import { ROOT, runtime } from './runtime.ts'

test.use({ bare: { name: 'instance', scripts: {} } })

test('a second start hands its encrypted file to the first, whose small window takes it, and ends', async ({
  app,
  window,
  folder,
}) => {
  await listen(window)
  const second = async (name: string) => {
    const [sealed = ''] = writeFiles(folder, { [name]: 'not looked at yet' })
    const args = [
      ROOT,
      '--test',
      `--state-dir=${join(folder, 'state')}`,
      `--user-data-dir=${join(folder, 'profile')}`,
      sealed,
    ]
    const started = spawn(runtime().executablePath, args, { stdio: 'ignore' })
    return await new Promise((resolve) => started.on('exit', resolve))
  }
  const opened = app.waitForEvent('window')
  expect(await second('Deed.pdf.sealed')).toBe(0)
  const seal = await opened
  await seal.waitForURL(/:\/\/strongroom/)
  await seal.waitForLoadState('load')
  expect((await value(seal, 'app.state', {})).window).toBe('seal')
  await listen(seal)
  expect(await second('Lease.pdf.sealed')).toBe(0)
  await expect.poll(async () => (await heard(seal, 'handed')).length).toBe(1)
  const [event] = await heard(seal, 'handed')
  expect(event?.sources).toEqual([
    expect.objectContaining({ name: 'Lease.pdf.sealed', kind: 'file', sealed: true }),
  ])
  expect(app.windows().length).toBe(2)
  expect(await heard(window, 'handed')).toEqual([])
})

test('started with an encrypted file it shows the small window only, which has the file', async ({
  folder,
  root,
}) => {
  const [sealed = ''] = writeFiles(folder, { 'Deed.pdf.sealed': 'x' })
  const app = await launch(root, folder, [sealed])
  const window = await app.firstWindow()
  await window.waitForURL(/:\/\/strongroom/)
  await window.waitForLoadState('load')
  const state = await value(window, 'app.state', {})
  expect([state.window, state.handed.map(({ name }) => name)]).toEqual(['seal', ['Deed.pdf.sealed']])
  expect((await value(window, 'app.state', {})).handed).toEqual([])
  await app.close()
})

test('settings and the last vault are there at the next start', async ({ app, window, folder, root }) => {
  await value(window, 'app.set', { theme: 'dark', autoLockMinutes: 5 })
  await app.close()
  const again = await launch(root, folder)
  const next = await again.firstWindow()
  await next.waitForURL(/:\/\/strongroom/)
  await next.waitForLoadState('load')
  expect((await value(next, 'app.state', {})).settings).toMatchObject({
    theme: 'dark',
    autoLockMinutes: 5,
    density: 'comfortable',
  })
  await again.close()
})

test('the host opens no real vault', () => {
  test.skip(runtime().kind === 'electron', 'only of the host')
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-real-'))
  const args = [ROOT, `--state-dir=${join(folder, 'state')}`, `--user-data-dir=${join(folder, 'profile')}`]
  const { status, stderr } = spawnSync(runtime().executablePath, args, { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('it opens no real vault')
})
