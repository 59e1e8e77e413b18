import { join } from 'node:path'
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

/** The `.sealed` files that a command line names. */
export function sealedIn(argv: readonly string[]): readonly string[] {
  return argv.slice(1).filter((each) => !each.startsWith('-') && each.toLowerCase().endsWith('.sealed'))
}
