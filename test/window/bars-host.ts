import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { answerTime, type Frames, fling, framesDuring, scrollSteadily } from './bars-frames.ts'
import { value } from './calls.ts'
import { type Answers, answerDialogs } from './dialogs.ts'
import { ended, makeVault, ROOT_ITEM } from './open-vault.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FILES = 10_000
const SCROLL_MS = 4000
const AGAIN = 5

/** A vault that stands already, made by test/bench/vault-bench.ts or by hand, with a folder `large` in it. */
export type LargeVault = { readonly path: string; readonly state: string; readonly code: string }

export type HostBars = {
  readonly where: 'Electron' | 'the test host'
  /** From the start of the program to the first paint of its window, in ms. */
  readonly firstPaint: readonly number[]
  readonly frames: ReadonlyMap<string, Frames>
  readonly answers: ReadonlyMap<string, readonly number[]>
  readonly addSeconds: number
}

/** The whole program: main, bridge, vault and page, in Electron where its program is, else in the test host. */
export async function hostBars(large: LargeVault | undefined): Promise<HostBars> {
  const frames = new Map<string, Frames>()
  const answers = new Map<string, readonly number[]>()
  const firstPaint: number[] = []
  for (let turn = 0; turn < AGAIN; turn++) {
    await using started = await start()
    firstPaint.push(await firstPaintOf(started))
  }
  let addSeconds = 0
  {
    await using started = await start()
    const { app, page, folder } = started
    const answer = (answers: Answers) => answerDialogs(app, answers)
    await makeVault(page, folder, answer)
    const tree = writeTree(folder)
    await page.getByRole('navigation', { name: 'Sections' }).waitFor()
    frames.set('a vault at rest', await framesDuring(page, () => page.waitForTimeout(SCROLL_MS)))
    const begun = performance.now()
    frames.set(
      `while ${FILES.toLocaleString('en')} files go in`,
      await framesDuring(page, () => add(page, answer, tree)),
    )
    addSeconds = (performance.now() - begun) / 1000
    answers.set('opening the folder of 10,000', await opening(page, 'Many', 'file 00000.txt'))
    frames.set(
      `${FILES.toLocaleString('en')} rows of it, 200 px a frame`,
      await framesDuring(page, () => scrollSteadily(page, 200, SCROLL_MS)),
    )
    frames.set(
      `${FILES.toLocaleString('en')} rows of it, the wheel at 12,000 px/s`,
      await framesDuring(page, () => fling(page, 12_000, SCROLL_MS)),
    )
    answers.set('sorting its 10,000 the other way round', await sorting(page, 'file 09999.txt'))
  }
  if (large !== undefined) {
    await using started = await start(large.state)
    const { app, page } = started
    await openLarge(app, page, large)
    const { items } = await value(page, 'vault.facts', {})
    const of = items.toLocaleString('en')
    answers.set(
      `of ${of} items: opening a folder of 10,000`,
      await opening(page, 'large', 'file number 0.txt'),
    )
    answers.set(
      `of ${of} items: sorting them the other way round`,
      await sorting(page, 'file number 9999.txt'),
    )
    answers.set(`of ${of} items: finding a name`, await finding(page, `number ${items - 20_000}`))
  }
  return { where: electronProgram() ? 'Electron' : 'the test host', firstPaint, frames, answers, addSeconds }
}

type Started = AsyncDisposable & {
  readonly app: ElectronApplication
  readonly page: Page
  readonly folder: string
  readonly startedMs: number
}

async function start(state?: string): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-bars-'))
  mkdirSync(join(folder, 'files'))
  const startedMs = Date.now()
  const app = await _electron.launch({
    executablePath: electronProgram() ?? join(ROOT, 'test/host/electron-host.cjs'),
    args: [
      ROOT,
      '--test',
      `--state-dir=${state ?? join(folder, 'state')}`,
      `--user-data-dir=${folder}/profile`,
    ],
  })
  const page = await app.firstWindow()
  await page.waitForURL(/:\/\/strongroom/)
  await page.waitForLoadState('load')
  return {
    app,
    page,
    folder,
    startedMs,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

function electronProgram(): string | undefined {
  const folder = join(createRequire(import.meta.url).resolve('electron/package.json'), '..')
  const named = join(folder, 'path.txt')
  if (!existsSync(named)) return undefined
  const program = join(folder, 'dist', readFileSync(named, 'utf8'))
  return existsSync(program) ? program : undefined
}

async function firstPaintOf({ page, startedMs }: Started): Promise<number> {
  await page.getByRole('button', { name: /New vault/ }).waitFor()
  // On a quick machine the button is there before its frame was drawn.
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
  const paintedMs = await page.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint')
    if (paint === undefined) throw new Error('nothing was painted')
    return performance.timeOrigin + paint.startTime
  })
  return paintedMs - startedMs
}

function writeTree(folder: string): string {
  const many = join(folder, 'files/Many')
  mkdirSync(many)
  const contents = Buffer.alloc(4096, 'strongroom ')
  for (let n = 0; n < FILES; n++) {
    // Sizes differ, or there were nothing to sort by.
    writeFileSync(
      join(many, `file ${String(n).padStart(5, '0')}.txt`),
      contents.subarray(0, 4096 - (n % 100)),
    )
  }
  return many
}

async function add(page: Page, answer: (answers: Answers) => Promise<void>, tree: string): Promise<void> {
  await answer({ open: [tree] })
  const sources = await value(page, 'pick.sources', { what: 'folders' })
  const job = await value(page, 'jobs.add', {
    sources: sources.map(({ handle }) => handle),
    into: ROOT_ITEM,
    ifExists: 'version',
    removeSource: false,
  })
  if (job === null) throw new Error('not begun')
  // Its end is seen in the page, whose frames are counted: nothing is asked of it meanwhile.
  await page
    .getByText(`Added ${FILES.toLocaleString('en')} files`)
    .first()
    .waitFor({ timeout: 300_000 })
  await ended(page, job)
}

async function openLarge(app: ElectronApplication, page: Page, { path, code }: LargeVault): Promise<void> {
  await answerDialogs(app, { open: [path] })
  const place = await value(page, 'pick.vault', {})
  await answerDialogs(app, { open: [code] })
  const file = await value(page, 'pick.recovery-file', {})
  if (place === null || file === null) throw new Error('nothing chosen')
  await value(page, 'vault.open', {
    target: { kind: 'chosen', place: place.handle },
    way: { kind: 'recovery-file', file: file.handle },
    useKeychain: false,
  })
}

async function opening(page: Page, folder: string, firstName: string): Promise<readonly number[]> {
  const times: number[] = []
  for (let turn = 0; turn < AGAIN; turn++) {
    const row = page.getByRole('row').filter({ has: page.getByText(folder, { exact: true }) })
    await row.waitFor()
    const shown = { selector: '[role=gridcell]', text: firstName }
    times.push(await answerTime(page, shown, () => row.dblclick()))
    if (turn === AGAIN - 1) break
    await page.keyboard.press('Control+ArrowUp')
    await row.waitFor()
  }
  return times
}

/** The other way round, which main has not sorted before. */
async function sorting(page: Page, last: string): Promise<readonly number[]> {
  const shown = { selector: '[aria-rowindex="2"]', text: last }
  const press = () => page.getByRole('button', { name: /^Name/ }).click()
  return [await answerTime(page, shown, press)]
}

async function finding(page: Page, text: string): Promise<readonly number[]> {
  const field = page.getByLabel('Search names')
  await field.fill(text.slice(0, -1))
  await page.waitForTimeout(3000)
  const shown = { selector: '[role=gridcell]', text: `file ${text}.txt` }
  const times = [await answerTime(page, shown, () => field.press(text.slice(-1)))]
  await field.fill('')
  return times
}
