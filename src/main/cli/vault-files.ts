import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseId, type VersionId } from '../contract/ids.ts'
import {
  addFiles,
  catFile,
  estimateAdd,
  estimateGet,
  getItems,
  type IfExists,
  type KmsEstimate,
} from '../vault/index.ts'
import { type CommandContext, shownBy } from './command-context.ts'
import { exitCodeOf } from './exit-code.ts'
import { JobOutput } from './job-output.ts'
import { countText, type Output, usage } from './output.ts'
import { confirmedBy } from './policy-confirm.ts'
import { addVaultOptions, openFor, type VaultFlags } from './vault-options.ts'

type AddFlags = VaultFlags & {
  readonly into?: string
  readonly ifExists: IfExists
  readonly jobs?: number
  readonly removeSource?: boolean
  readonly verbose?: boolean
}

type GetFlags = VaultFlags & {
  readonly to: string
  readonly version?: VersionId
  readonly jobs?: number
  readonly overwrite?: boolean
  readonly keepBoth?: boolean
  readonly verbose?: boolean
  readonly yes?: boolean
}

type CatFlags = VaultFlags & { readonly version?: VersionId; readonly yes?: boolean }

/** add, get, cat: what brings contents into a vault and out of it. */
export function addFileCommands(program: Command, context: CommandContext): void {
  addVaultOptions(program.command('add'))
    .summary('add files and folders to a vault')
    .description(
      'Encrypts files and whole folders into a vault; names are encrypted, too. A file that the vault has, unchanged, is ' +
        'skipped; a changed one becomes a new version. Sources are only read, unless --remove-source is given. Running it ' +
        'again goes on with what is missing.',
    )
    .argument('<vault>', 'the vault’s folder')
    .argument('<path...>', 'files and folders')
    .option('--into <folder>', 'the folder of the vault that they go into; made if missing', '/')
    .addOption(
      new Option('--if-exists <rule>', 'what to do with a changed file whose name the vault has')
        .choices(['version', 'skip', 'keep-both'])
        .default('version'),
    )
    .addOption(jobsOption())
    .option('--remove-source', 'remove each source once it is recorded, read back and verified')
    .option('-v, --verbose', 'name every file')
    .action(async (path: string, paths: string[], flags: AddFlags) => {
      using shown = new JobOutput(context.output(flags.json === true), flags.verbose === true)
      await using vault = await openFor(path, flags, context)
      const { into, ifExists, jobs: workers, removeSource = false } = flags
      const request = { paths, ifExists, removeSource, ...(into && { into }), ...(workers && { workers }) }
      sayEstimate(estimateAdd(vault, paths), context.output(flags.json === true))
      const report = await addFiles(vault, context.runtime, request, shownBy(shown, context))
      shown.end(report, 'Added')
      context.exit(exitCodeOf(report))
    })
  addVaultOptions(program.command('get'))
    .summary('bring files and folders out of a vault')
    .description(
      'Decrypts files and whole folders of a vault, with their times and modes. A file gets its name only when all of it ' +
        'was verified. Running it again goes on with what is missing.',
    )
    .argument('<vault>', 'the vault’s folder')
    .argument('<item...>', 'paths in the vault, as /Photos, or ids of items')
    .requiredOption('--to <folder>', 'the folder that they go into; made if missing')
    .addOption(versionOption())
    .addOption(jobsOption())
    .option('--overwrite', 'replace files that exist')
    .option('--keep-both', 'give the new file a number when one of its name exists')
    .addOption(yesOption())
    .option('-v, --verbose', 'name every file')
    .action(async (path: string, names: string[], flags: GetFlags) => {
      if (flags.overwrite && flags.keepBoth) usage('--overwrite and --keep-both exclude each other.')
      if (flags.version && names.length > 1) usage('--version goes with one file.')
      const exists = flags.overwrite ? 'replace' : flags.keepBoth ? 'number' : 'refuse'
      using shown = new JobOutput(context.output(flags.json === true), flags.verbose === true)
      await using vault = await openFor(path, flags, context, { single: true })
      const request = {
        names,
        to: flags.to,
        exists,
        ...(flags.version && { version: flags.version }),
      } as const
      const options = shownBy(shown, context)
      sayEstimate(estimateGet(vault, names), context.output(flags.json === true))
      const report = await confirmedBy(flags.yes, (confirmed) =>
        getItems(vault, context.runtime, { ...request, confirmed }, options),
      )
      shown.end(report, 'Got')
      context.exit(exitCodeOf(report))
    })
  addVaultOptions(program.command('cat'))
    .summary('show a file of a vault on standard output')
    .description('Decrypts one file to standard output. Each part is verified before it is written.')
    .argument('<vault>', 'the vault’s folder')
    .argument('<item>', 'a path in the vault, or an item’s id')
    .addOption(versionOption())
    .addOption(yesOption())
    .action(async (path: string, name: string, flags: CatFlags) => {
      await using vault = await openFor(path, flags, context, { single: true })
      await confirmedBy(flags.yes, async (confirmed) => {
        for await (const bytes of catFile(vault, name, flags.version, { confirmed })) await writeOut(bytes)
      })
    })
}

/** Waits for a reader that is slower than the disk. */
async function writeOut(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}

const yesOption = () => new Option('--yes', 'confirm it where a rule of the vault asks for that')

export function versionOption(): Option {
  return new Option('--version <id>', 'an older version; `ls --versions` shows their ids').argParser(
    (text) => {
      const id = parseId<VersionId>(text)
      if (id === undefined) throw new InvalidArgumentError('A version’s id has 32 digits and letters a to f.')
      return id
    },
  )
}

function jobsOption(): Option {
  return new Option('--jobs <n>', 'worker threads; default: 2 where there are two cores').argParser(
    (text) => {
      const count = Number(text)
      if (!Number.isInteger(count) || count < 1 || count > 64)
        throw new InvalidArgumentError('1 to 64 threads.')
      return count
    },
  )
}

/** What the job asks of KMS at most, before it does. */
function sayEstimate(estimate: KmsEstimate | undefined, output: Output): void {
  if (estimate === undefined || estimate.calls === 0) return
  const { calls, usd } = estimate
  const cost = usd < 0.01 ? 'less than $0.01' : `about $${usd.toFixed(2)}`
  output.note(`This asks AWS KMS up to ${countText(calls, 'time')} (${cost}, by AWS’s usual price).`)
}
