import type { CDPSession, Page } from '@playwright/test'

/** What frames were drawn in, and what the page's main thread did meanwhile. */
export type Frames = {
  readonly frames: number
  readonly perSecond: number
  /** Of the time from a frame to the next, in ms. */
  readonly median: number
  readonly p95: number
  readonly longest: number
  /** How many took longer than a display's turn of 60 a second, with a hair of slack, and than 50 ms. */
  readonly late: number
  readonly over50: number
  /** All tasks of the main thread, in ms of processor time a frame; of these scripts. */
  readonly work: number
  readonly script: number
}

const TURN_MS = 1000 / 60
const SLACK_MS = 1

/** Draws frames while `act` goes on, and tells of them. */
export async function framesDuring(page: Page, act: () => Promise<void>): Promise<Frames> {
  const session = await page.context().newCDPSession(page)
  // Of the processor's time: what else is at work on the machine does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const before = await spent(session)
  await page.evaluate(startFrames)
  await act()
  const times = await page.evaluate<readonly number[]>(() => Reflect.get(globalThis, 'frameTimes')())
  const after = await spent(session)
  await session.detach()
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time))
  const sorted = gaps.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const total = gaps.reduce((sum, gap) => sum + gap, 0)
  return {
    frames: gaps.length,
    perSecond: (gaps.length * 1000) / total,
    median: at(0.5),
    p95: at(0.95),
    longest: at(1),
    late: gaps.filter((gap) => gap > TURN_MS + SLACK_MS).length,
    over50: gaps.filter((gap) => gap > 50).length,
    work: ((after.tasks - before.tasks) * 1000) / gaps.length,
    script: ((after.script - before.script) * 1000) / gaps.length,
  }
}

async function spent(session: CDPSession) {
  const { metrics } = await session.send('Performance.getMetrics')
  const of = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? 0
  return { tasks: of('TaskDuration'), script: of('ScriptDuration') }
}

// Runs in the page.
function startFrames(): void {
  const times: number[] = []
  let going = true
  const tick = (time: number) => {
    times.push(time)
    if (going) requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
  Reflect.set(globalThis, 'frameTimes', () => {
    going = false
    return times
  })
}

/** Scrolls the list by so many pixels each frame, to and fro, for a while. */
export async function scrollSteadily(page: Page, pixels: number, ms: number): Promise<void> {
  await page.evaluate(
    ([step, time]) =>
      new Promise<void>((resolve) => {
        const grid = document.querySelector('[role=grid]')
        if (grid === null) throw new Error('no list')
        const end = performance.now() + time
        let way = step
        const next = () => {
          const before = grid.scrollTop
          grid.scrollTop += way
          if (grid.scrollTop === before) way = -way
          if (performance.now() < end) requestAnimationFrame(next)
          else resolve()
        }
        requestAnimationFrame(next)
      }),
    [pixels, ms] as const,
  )
}

/** Turns the wheel over the list as a hand does, in pixels a second. */
export async function fling(page: Page, speed: number, ms: number): Promise<void> {
  const box = await page.locator('[role=grid]').boundingBox()
  if (box === null) throw new Error('no list')
  const session = await page.context().newCDPSession(page)
  await session.send('Input.synthesizeScrollGesture', {
    x: box.x + box.width / 2,
    y: box.y + box.height / 2,
    yDistance: -(speed * ms) / 1000,
    speed,
    gestureSourceType: 'mouse',
  })
  await session.detach()
}

/**
 * The time from an event of the person's to the frame that shows its answer, in ms.
 *
 * @param shown a selector, and what the text of one that it finds begins with
 */
export async function answerTime(
  page: Page,
  shown: { readonly selector: string; readonly text: string },
  act: () => Promise<void>,
): Promise<number> {
  await page.evaluate(watchForAnswer, shown)
  await act()
  return await page.evaluate<number>(() => Reflect.get(globalThis, 'answerTime'))
}

// Runs in the page.
function watchForAnswer({ selector, text }: { readonly selector: string; readonly text: string }): void {
  let begunMs: number | undefined
  const begin = ({ timeStamp }: Event) => {
    begunMs = timeStamp
  }
  // Of a double click the second press counts, of a text its last letter.
  for (const kind of ['mousedown', 'keydown']) addEventListener(kind, begin, { capture: true })
  const isShown = () =>
    [...document.querySelectorAll(selector)].some((each) => each.textContent?.startsWith(text))
  const answer = new Promise<number>((resolve) => {
    const look = () => {
      if (begunMs !== undefined && isShown()) {
        for (const kind of ['mousedown', 'keydown']) removeEventListener(kind, begin, { capture: true })
        const from = begunMs
        // The frame after is drawn when this one's turn has come.
        requestAnimationFrame(() => resolve(performance.now() - from))
      } else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  Reflect.set(globalThis, 'answerTime', answer)
}
