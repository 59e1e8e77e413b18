import { type Browser, chromium, type Page } from '@playwright/test'
import { answerTime, type Frames, fling, framesDuring, scrollSteadily } from './bars-frames.ts'
import { buildRenderer } from './screens/build.ts'
import { installFakeBridge } from './screens/fake-bridge.ts'
import { serve } from './screens/serve.ts'

export type PageBars = {
  readonly frames: ReadonlyMap<string, Frames>
  /** ms, several times. */
  readonly answers: ReadonlyMap<string, readonly number[]>
}

const SCROLL_MS = 4000
const AGAIN = 7
/** Of `rows` in the fake bridge, folders stand first. */
const FIRST_FILE = 'Scan 000004'

/**
 * The real page under its real policy, with a stand-in for main that answers at once: what the list itself costs.
 * Beside it an empty page, in the same browser in the same minute.
 */
export async function pageBars(): Promise<PageBars> {
  const built = await buildRenderer()
  await using server = await serve(built)
  // As the test host starts it.
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
    ],
  })
  const frames = new Map<string, Frames>()
  const answers = new Map<string, readonly number[]>()
  try {
    const empty = await browser.newPage()
    const rest = () => empty.waitForTimeout(SCROLL_MS)
    frames.set('an empty page', await framesDuring(empty, rest))
    await empty.close()
    for (const rows of [100_000, 1_000_000]) {
      const page = await listOf(browser, server.url, rows)
      const name = rows.toLocaleString('en')
      await scrollSteadily(page, 200, 500)
      frames.set(
        `${name} rows, 200 px a frame`,
        await framesDuring(page, () => scrollSteadily(page, 200, SCROLL_MS)),
      )
      for (const speed of [3000, 12_000]) {
        await page.locator('[role=grid]').evaluate((grid) => grid.scrollTo(0, 0))
        frames.set(
          `${name} rows, the wheel at ${speed.toLocaleString('en')} px/s`,
          await framesDuring(page, () => fling(page, speed, SCROLL_MS)),
        )
      }
      if (rows === 1_000_000)
        for (const [what, times] of await answersAt(page, rows)) answers.set(what, times)
      await page.close()
    }
    const again = await browser.newPage()
    frames.set('the empty page again', await framesDuring(again, () => again.waitForTimeout(SCROLL_MS)))
  } finally {
    await browser.close()
  }
  return { frames, answers }
}

async function listOf(browser: Browser, url: string, rows: number): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1180, height: 720 } })
  await page.addInitScript(installFakeBridge, { vault: 'open', theme: 'light', rows } as const)
  await page.goto(url)
  await page.getByRole('grid').waitFor()
  await page.getByText(FIRST_FILE).first().waitFor()
  return page
}

async function answersAt(
  page: Page,
  rows: number,
): Promise<readonly (readonly [string, readonly number[]])[]> {
  const grid = page.locator('[role=grid]')
  const [click, end, home]: number[][] = [[], [], []]
  for (let turn = 0; turn < AGAIN; turn++) {
    await grid.evaluate((list) => list.scrollTo(0, 0))
    const text = `Scan ${String(4 + turn).padStart(6, '0')}`
    const shown = { selector: 'aside bdi', text }
    await page.getByText(text).first().waitFor()
    click?.push(await answerTime(page, shown, () => page.getByText(text).first().click()))
    await grid.focus()
    const last = { selector: `[role=row][aria-rowindex="${rows + 1}"]`, text: 'Scan' }
    end?.push(await answerTime(page, last, () => page.keyboard.press('End')))
    const first = { selector: '[role=row][aria-rowindex="2"]', text: 'Contracts' }
    home?.push(await answerTime(page, first, () => page.keyboard.press('Home')))
  }
  return [
    ['a click on a row, to its details', click ?? []],
    ['End, to the last row', end ?? []],
    ['Home, to the first', home ?? []],
  ]
}
