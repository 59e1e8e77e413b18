import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ScratchFolder } from '../files/index.ts'
import type { SessionFacts } from '../ipc/index.ts'
import { defaultStateFolder } from '../vault/index.ts'

/** What the program was started as. */
export type Stage = Pick<SessionFacts, 'stage' | 'runsIn' | 'stateFolder' | 'onlyBelow'> & {
  /** Files to open, in the order given. */
  readonly files: readonly string[]
  /** Of a preview: its vaults and state, removed at its end. */
  readonly scratch?: ScratchFolder
}

/** How the test host names itself where Electron has its version (test/host). */
const HOST_VERSION = /-host$/

/**
 * Reads the command line: `--preview` for a look with throw-away vaults, `--test` for tests, `--state-dir=D` as
 * the CLI's, and `.sealed` files.
 */
export function readStage(argv: readonly string[], electronVersion: string | undefined): Stage {
  const runsIn = HOST_VERSION.test(electronVersion ?? '') ? 'test-host' : 'electron'
  const files = sealedIn(argv)
  if (argv.includes('--preview')) {
    const scratch = new ScratchFolder('strongroom-preview-')
    const stateFolder = join(scratch.path, '.state')
    return { stage: 'preview', runsIn, stateFolder, onlyBelow: scratch.path, files, scratch }
  }
  const given = argv.find((each) => each.startsWith('--state-dir='))?.slice('--state-dir='.length)
  const stateFolder = given ?? process.env.STRONGROOM_STATE_DIR ?? defaultStateFolder()
  return { stage: argv.includes('--test') ? 'test' : 'real', runsIn, stateFolder, files }
}

/**
 * Why a start can't be; undefined: it can. Only throw-away vaults are opened without Electron around the pages, or
 * without the sandbox around them: a page that is taken over would have all that the person has.
 *
 * @param sandboxed whether Chromium was started with its sandbox (no `--no-sandbox`)
 */
export function refusedStart({ stage, runsIn }: Stage, sandboxed: boolean): string | undefined {
  if (stage !== 'real') return undefined
  if (runsIn === 'test-host')
    return 'this is the test host, where Chromium’s pages stand for windows; it opens no real vault. For a look with throw-away vaults: npm start -- --preview'
  if (sandboxed) return undefined
  return 'the window does not open vaults without Chromium’s sandbox (--no-sandbox). Start it as a person who may use one, not as root; where the system forbids user namespaces, install the deb package, or allow them. The command line works without. For a look with throw-away vaults: --preview'
}

/**
 * The `.sealed` files that a command line names: paths, or the `file:` URLs that a file manager gives for `%U`.
 *
 * @param folder what relative paths are relative to: the working folder of whoever started the program
 */
export function sealedIn(argv: readonly string[], folder = process.cwd()): readonly string[] {
  return argv
    .slice(1)
    .flatMap((each) => (each.startsWith('-') ? [] : (pathOf(each) ?? [])))
    .filter((path) => path.toLowerCase().endsWith('.sealed'))
    .map((path) => resolve(folder, path))
}

/** The path that an argument names; undefined: a URL that is of no file here. */
function pathOf(argument: string): string | undefined {
  if (!/^file:/i.test(argument)) return argument
  try {
    return fileURLToPath(argument)
  } catch {
    return undefined
  }
}
