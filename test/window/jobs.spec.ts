import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { heard, listen, refusal, secret, value } from './calls.ts'
import { expect, test } from './fixture.ts'
import { addFiles, ended, makeVault, names, ROOT_ITEM, writeFiles } from './open-vault.ts'

test.use({ bare: { name: 'jobs', scripts: {} } })

const PASSPHRASE = 'five quiet otters read maps'

test('files are encrypted and decrypted without a vault', async ({ window, folder, answer }) => {
  const [path = ''] = writeFiles(folder, { 'Deed.txt': 'the deed' })
  await answer({ open: [path] })
  const sources = (await value(window, 'pick.sources', { what: 'files' })).map(({ handle }) => handle)
  const way = { passphrase: secret(PASSPHRASE), exists: 'fail' } as const
  const sealed = await value(window, 'jobs.seal', { sources, to: null, allowWeakPassphrase: false, ...way })
  expect(await ended(window, sealed)).toMatchObject({
    kind: 'seal',
    state: 'done',
    failed: 0,
    can: { retry: false },
  })
  expect(existsSync(`${path}.sealed`)).toBe(true)

  await answer({ open: [`${path}.sealed`] })
  const [back] = await value(window, 'pick.sources', { what: 'sealed-files' })
  expect(back).toMatchObject({ name: 'Deed.txt.sealed', sealed: true })
  await answer({ open: [join(folder, 'out')] })
  const to = await value(window, 'pick.destination', { for: 'unseal' })
  const unsealed = await value(window, 'jobs.unseal', {
    sources: [back?.handle ?? ''] as never,
    to: to?.handle as never,
    ...way,
  })
  expect(await ended(window, unsealed)).toMatchObject({ kind: 'unseal', state: 'done', failed: 0 })
  expect(readFileSync(join(folder, 'out/Deed.txt'), 'utf8')).toBe('the deed')
})

test('a wrong passphrase fails the file, which the job tells with what to do', async ({
  window,
  folder,
  answer,
}) => {
  const [path = ''] = writeFiles(folder, { 'Deed.txt': 'the deed' })
  await answer({ open: [path] })
  const sources = (await value(window, 'pick.sources', { what: 'files' })).map(({ handle }) => handle)
  const sealing = {
    sources,
    to: null,
    allowWeakPassphrase: true,
    passphrase: secret(PASSPHRASE),
    exists: 'fail',
  } as const
  await ended(window, await value(window, 'jobs.seal', sealing))
  await answer({ open: [`${path}.sealed`] })
  const [back] = await value(window, 'pick.sources', { what: 'sealed-files' })
  await answer({ open: [join(folder, 'out')] })
  const to = await value(window, 'pick.destination', { for: 'unseal' })
  const opening = {
    sources: [back?.handle] as never,
    to: to?.handle as never,
    passphrase: secret('wrong'),
    exists: 'fail',
  } as const
  const job = await ended(window, await value(window, 'jobs.unseal', opening))
  expect(job).toMatchObject({ state: 'done', failed: 1 })
  const { files } = await value(window, 'jobs.failed', { job: job.job, from: 0, count: 10 })
  expect(files).toEqual([
    expect.objectContaining({ code: 'PASSPHRASE_WRONG', next: expect.stringContaining('Caps Lock') }),
  ])
})

test('a job is paused, goes on, is cancelled, and run again does what is missing', async ({
  app,
  window,
  folder,
  answer,
}) => {
  test.setTimeout(120_000)
  await makeVault(window, folder, answer)
  await listen(window)
  const many = Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`many/${at}.txt`, `file ${at}`]))
  writeFiles(folder, many)
  await answer({ open: [join(folder, 'files/many')] })
  const sources = (await value(window, 'pick.sources', { what: 'folders' })).map(({ handle }) => handle)
  const started = await value(window, 'jobs.add', {
    sources,
    into: ROOT_ITEM,
    ifExists: 'skip',
    removeSource: false,
  })
  if (started === null) throw new Error('not begun')
  const { job } = started
  await expect.poll(async () => (await value(window, 'jobs.list', {}))[0]?.can.pause).toBe(true)
  expect(await value(window, 'jobs.pause', { job })).toMatchObject({ state: 'paused' })
  await expect
    .poll(() =>
      app.evaluate(
        ({ BrowserWindow }) => Reflect.get(BrowserWindow.getAllWindows()[0] ?? {}, 'progress')?.mode,
      ),
    )
    .toBe('paused')
  const paused = (await value(window, 'jobs.list', {}))[0]?.seconds
  await window.waitForTimeout(500)
  expect((await value(window, 'jobs.list', {}))[0]?.seconds).toBe(paused)
  expect(await value(window, 'jobs.resume', { job })).toMatchObject({ state: 'running' })
  await value(window, 'jobs.cancel', { job })
  const stopped = await ended(window, started)
  expect(stopped).toMatchObject({ state: 'stopped', refusal: null })
  expect(await refusal(window, 'jobs.pause', { job: 'x' })).toBe('CALL_REFUSED')

  const again = await ended(window, await value(window, 'jobs.retry', { job }))
  expect(again).toMatchObject({ state: 'done', failed: 0 })
  expect(again.done.files + again.skipped).toBe(1500)
  const { itemId } = (await value(window, 'items.folders', { folder: ROOT_ITEM }))[0] ?? {}
  expect((await names(window, itemId as never)).length).toBe(500)
  const events = await heard(window, 'job')
  // At most ten a second, and never fewer than its end.
  expect(events.at(-1)?.job.state).toBe('done')
  await expect
    .poll(() =>
      app.evaluate(
        ({ BrowserWindow }) => Reflect.get(BrowserWindow.getAllWindows()[0] ?? {}, 'progress')?.share,
      ),
    )
    .toBe(-1)
})

test('a lock stops the vault’s jobs, and their file names go with it', async ({ window, folder, answer }) => {
  await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'a' }))
  await listen(window)
  expect((await value(window, 'jobs.list', {})).length).toBe(1)
  await value(window, 'vault.lock', {})
  expect(await value(window, 'jobs.list', {})).toEqual([])
  expect((await heard(window, 'job-gone')).length).toBe(1)
})

test('a check finds a damaged file, and a sound vault sound', async ({ window, folder, answer }) => {
  const vault = await makeVault(window, folder, answer)
  await addFiles(window, answer, writeFiles(folder, { 'a.txt': 'a', 'b.txt': 'b' }))
  const check = async () => {
    const job = await ended(window, await value(window, 'health.check', { readData: true, download: false }))
    expect(job).toMatchObject({ kind: 'check', state: 'done' })
    return await value(window, 'health.findings', { from: 0, count: 10 })
  }
  expect(await check()).toEqual({ total: 0, findings: [] })
  const { readdirSync, truncateSync } = await import('node:fs')
  const [name = ''] = readdirSync(join(vault, 'items'), { recursive: true, encoding: 'utf8' }).filter(
    (each) => each.endsWith('.sealed'),
  )
  truncateSync(join(vault, 'items', name), 100)
  const { total, findings } = await check()
  expect(total).toBe(1)
  expect(findings[0]).toMatchObject({
    weight: 'finding',
    kind: 'MESSAGE_TRUNCATED',
    path: expect.stringMatching(/^\/[ab]\.txt$/),
  })
  expect(await value(window, 'health.summary', {})).toMatchObject({ findings: 1, readData: true })
})
