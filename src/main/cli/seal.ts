import { type Command, Option } from 'commander'
import { sealFiles, unsealFiles } from '../vault/index.ts'
import { type CommandContext, shownBy } from './command-context.ts'
import { exitCodeOf } from './exit-code.ts'
import { JobOutput } from './job-output.ts'
import { addKeyOptions, closeKey, type KeyOptions, openSealKey, openUnsealKey } from './key-options.ts'
import { usage } from './output.ts'

type JobFlags = KeyOptions & {
  readonly to?: string
  readonly overwrite?: boolean
  readonly keepBoth?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
}

export function addSeal(program: Command, context: CommandContext): void {
  const command = program
    .command('seal')
    .summary('encrypt files: each becomes one message, file → file.sealed')
    .description(
      'Encrypts files and whole folders. Each file becomes one AWS Encryption SDK message, <file>.sealed, with ' +
        'its time and mode; folders keep theirs, empty ones too. Sources are only read. Names stay in clear. ' +
        'Without a key option it asks for a passphrase.',
    )
    .argument('<path...>', 'files and folders; inside folders *.sealed are passed over')
  addJobOptions(addKeyOptions(command), 'seal')
    .option('--allow-weak-passphrase', 'take a passphrase that would soon be guessed')
    .action(async (paths: string[], flags: JobFlags & { readonly allowWeakPassphrase?: boolean }) => {
      const output = context.output(flags.json === true)
      const rules = rulesOf(flags)
      const way = await openSealKey(flags, flags.allowWeakPassphrase === true, context)
      try {
        using shown = new JobOutput(output, flags.verbose === true)
        const request = { paths, with: way, ...rules }
        const report = await sealFiles(context.runtime, request, shownBy(shown, context))
        shown.end(report, 'Sealed')
        if (report.files > 0)
          output.note('Names of files and folders stay readable; only a vault hides them.')
        context.exit(exitCodeOf(report))
      } finally {
        await closeKey(way)
      }
    })
}

export function addUnseal(program: Command, context: CommandContext): void {
  const command = program
    .command('unseal')
    .summary('decrypt sealed files, file.sealed → file')
    .description(
      'Decrypts sealed files and whole folders of them. Opens any AWS Encryption SDK version 2 message with key ' +
        'commitment, framed or not, signed or not. A file gets its name only when all of it was verified. Without ' +
        'a key option it asks for a passphrase.',
    )
    .argument('<path...>', 'sealed files, and folders of *.sealed')
  addJobOptions(addKeyOptions(command), 'open')
    .addOption(
      new Option(
        '--context <key=value>',
        'a pair that was required when it was sealed and is not stored; may be given again',
      )
        .argParser(addPair)
        .default(new Map(), 'none'),
    )
    .action(async (paths: string[], flags: JobFlags & { readonly context: ReadonlyMap<string, string> }) => {
      const output = context.output(flags.json === true)
      const rules = rulesOf(flags)
      const way = await openUnsealKey(paths, flags, context)
      try {
        using shown = new JobOutput(output, flags.verbose === true)
        const request = { paths, with: way, requiredContext: flags.context, ...rules }
        const report = await unsealFiles(context.runtime, request, shownBy(shown, context))
        shown.end(report, 'Opened')
        context.exit(exitCodeOf(report))
      } finally {
        await closeKey(way)
      }
    })
}

function addJobOptions(command: Command, verb: string): Command {
  return command
    .option('--to <folder>', `where to ${verb} into; made if missing. Default: beside each source`)
    .option('--overwrite', 'replace files that exist')
    .option('--keep-both', 'give the new file a number when one of its name exists')
    .option('-v, --verbose', 'name every file')
    .option('--json', 'one JSON object a line; the last has "type":"result"')
}

function rulesOf({ to, overwrite, keepBoth }: JobFlags) {
  if (overwrite && keepBoth) usage('--overwrite and --keep-both exclude each other.')
  const exists = overwrite ? 'replace' : keepBoth ? 'number' : 'refuse'
  return { exists, ...(to !== undefined && { to }) } as const
}

function addPair(text: string, pairs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = text.indexOf('=')
  if (at <= 0) usage(`--context takes KEY=VALUE, not “${text}”.`)
  const key = text.slice(0, at)
  if (pairs.has(key)) usage(`--context gives “${key}” twice.`)
  return new Map([...pairs, [key, text.slice(at + 1)]])
}
