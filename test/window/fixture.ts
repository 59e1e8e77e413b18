import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, test as base, type ElectronApplication, type Page } from '@playwright/test'
import { makeBareApp, type PageScripts } from './bare-app.ts'
import { type Answers, answerDialogs } from './dialogs.ts'
import { ROOT, runtime } from './runtime.ts'

type Options = {
  /** Scripts of bare pages; undefined: the real window. */
  readonly bare: { readonly name: string; readonly scripts: PageScripts } | undefined
  readonly args: readonly string[]
  /** More of the environment that the program is started in. */
  readonly env: Readonly<Record<string, string>>
}

type Fixtures = {
  readonly folder: string
  /** The folder of the program that is started. */
  readonly root: string
  readonly app: ElectronApplication
  readonly window: Page
  /** Says what the person answers in the system's dialogs. */
  readonly answer: (answers: Answers) => Promise<void>
  readonly drop: (selector: string, paths: readonly string[]) => Promise<void>
}

/** A program of its own for each test, in Electron or in the host, with a state folder of its own. */
export const test = base.extend<Options & Fixtures>({
  bare: [undefined, { option: true }],
  args: [[], { option: true }],
  env: [{}, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs
  folder: async ({}, use) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-window-')))
    mkdirSync(join(folder, 'files'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  },
  root: async ({ bare }, use) => {
    await use(bare === undefined ? ROOT : makeBareApp(bare.name, bare.scripts))
  },
  app: async ({ folder, root, args, env }, use) => {
    const app = await launch(root, folder, args, env)
    await use(app)
    await app.close()
  },
  window: async ({ app }, use) => {
    const window = await app.firstWindow()
    // It begins as an empty page; ours is at app://strongroom (in the host an https origin of that name).
    await window.waitForURL(/:\/\/strongroom/)
    await window.waitForLoadState('load')
    await use(window)
  },
  answer: async ({ app }, use) => {
    await use((answers) => answerDialogs(app, answers))
  },
  drop: async ({ app, window }, use) => {
    await use((selector, paths) => dropOn(app, window, selector, paths))
  },
})

/** Drops files of the system on a part of a window. */
export async function dropOn(
  app: ElectronApplication,
  window: Page,
  selector: string,
  paths: readonly string[],
): Promise<void> {
  const box = await window.locator(selector).boundingBox()
  if (box === null) throw new Error(`nothing to drop on at ${selector}`)
  const session = await app.context().newCDPSession(window)
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    const data = { items: [], files: [...paths], dragOperationsMask: 1 }
    await session.send('Input.dispatchDragEvent', { type, ...at, data })
  }
  await session.detach()
}

/** Starts the program as a test does: no keychain of the person's, no vault of theirs. */
export async function launch(
  root: string,
  folder: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ElectronApplication> {
  return await _electron.launch({
    executablePath: runtime().executablePath,
    args: [
      root,
      '--test',
      `--state-dir=${join(folder, 'state')}`,
      `--user-data-dir=${join(folder, 'profile')}`,
      ...args,
    ],
    env: { ...environment(), NODE_NO_WARNINGS: '1', ...env },
  })
}

/** The test's own environment, as a program is started with it. */
export function environment(): Record<string, string> {
  const set = Object.entries(process.env).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text]],
  )
  return Object.fromEntries(set)
}

export { expect } from '@playwright/test'
