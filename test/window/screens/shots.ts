import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { buildRenderer } from './build.ts'
import { installFakeBridge } from './fake-bridge.ts'
import { SHOTS } from './scenes.ts'
import { serve } from './serve.ts'

/**
 * Shoots every screen and state, light and dark, with the fake bridge, and looks at each with axe.
 *
 *     npx node test/window/screens/shots.ts FOLDER [NAME…] [--no-build] [--light] [--no-axe]
 */
const args = process.argv.slice(2)
const flag = (name: string) => args.includes(name)
const [folder = 'shots', ...wanted] = args.filter((arg) => !arg.startsWith('--'))
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const schemes = flag('--light') ? (['light'] as const) : (['light', 'dark'] as const)

const built = flag('--no-build') ? 'node_modules/.cache/screens' : await buildRenderer()
await using server = await serve(built)
mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
})
let wrong = 0
for (const shot of SHOTS.filter(
  ({ name }) => wanted.length === 0 || wanted.some((each) => name.startsWith(each)),
)) {
  for (const scheme of schemes) {
    const context = await browser.newContext({
      viewport: shot.size ?? { width: 1180, height: 720 },
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.addInitScript(installFakeBridge, { ...shot.scene, theme: scheme })
    await page.goto(server.url)
    await page.waitForTimeout(250)
    try {
      await shot.act?.(page)
    } catch (error) {
      complaints.push(String(error).split('\n').slice(0, 6).join(' '))
    }
    await page.waitForTimeout(200)
    await page.screenshot({ path: join(folder, `${shot.name}-${scheme}.png`) })
    if (!flag('--no-axe')) complaints.push(...(await axe(page)))
    if (complaints.length > 0) {
      wrong++
      console.log(`${shot.name} (${scheme}):\n  ${complaints.join('\n  ')}`)
    }
    await context.close()
  }
}
await browser.close()
console.log(wrong === 0 ? 'nothing to complain about' : `${wrong} shots with complaints`)

type Violation = {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe has to say. Its source is evaluated: a script tag is refused by the policy. */
async function axe(page: Awaited<ReturnType<typeof browser.newPage>>): Promise<string[]> {
  await page.evaluate(axeSource)
  const violations: readonly Violation[] = await page.evaluate(`
    axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }).then(({ violations }) => violations)`)
  // An open menu is over the page, not in one of its landmarks.
  const isMenu = ({ id, nodes }: Violation) =>
    id === 'region' && nodes.every(({ html }) => html.includes('data-portal'))
  return violations
    .filter((violation) => !isMenu(violation))
    .map(
      ({ id, impact, nodes }) =>
        `${impact} ${id} ×${nodes.length}: ${nodes
          .slice(0, 3)
          .map(
            ({ html, failureSummary }) =>
              `${html.slice(0, 120)} → ${failureSummary.split('\n').at(-1)?.trim()}`,
          )
          .join('\n      ')}`,
    )
}
