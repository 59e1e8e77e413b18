import { Command, CommanderError } from 'commander'
import { asVaultError, VaultError } from '../base/index.ts'
import type { Runtime } from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { Output, type Streams } from './output.ts'

type AddCommand = (program: Command, context: CommandContext) => void

/** Called by name, these are all that is loaded: what a vault needs takes longer to load than Node itself. */
const LIGHT: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['seal', async () => (await import('./seal.ts')).addSeal],
  ['unseal', async () => (await import('./seal.ts')).addUnseal],
  ['inspect', async () => (await import('./inspect.ts')).addInspect],
  ['audit', async () => (await import('./audit.ts')).addAuditCommands],
  ['kms', async () => (await import('./kms.ts')).addKmsCommands],
  ['demo', async () => (await import('./demo.ts')).addDemo],
])

/**
 * The command line as commander knows it: help, docs/cli.md and parsing come from here.
 *
 * @param word the first of the command line: a light command is made alone, for any other word there are all
 */
export async function makeProgram(
  context: CommandContext,
  streams: Streams,
  version: string,
  word?: string,
): Promise<Command> {
  const program = new Command('strongroom')
    .description('Encrypts files under keys that you control. Each file is one message of a public standard.')
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'explain the command')
    .helpCommand(false)
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.out.write(text),
      writeErr: () => {},
    })
  for (const add of await commandsFor(word)) add(program, context)
  // Subcommands take over settings only when they are made; set what they print as well.
  inherit(program)
  return program
}

async function commandsFor(word = ''): Promise<readonly AddCommand[]> {
  const light = LIGHT.get(word)
  if (light !== undefined) return [await light()]
  const [create, files, items, care, keys, member, policy] = await Promise.all([
    import('./vault-create.ts'),
    import('./vault-files.ts'),
    import('./vault-items.ts'),
    import('./vault-care.ts'),
    import('./vault-keys.ts'),
    import('./member.ts'),
    import('./policy.ts'),
  ])
  const rest = await Promise.all([...LIGHT.values()].map((load) => load()))
  const vault = [
    create.addInit,
    files.addFileCommands,
    items.addItemCommands,
    keys.addKeyCommands,
    member.addMemberCommands,
    policy.addPolicyCommands,
  ]
  return [...vault, care.addCareCommands, ...rest]
}

function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.helpOption('-h, --help', 'explain the command').helpCommand(false).copyInheritedSettings(parent)
    inherit(command)
  }
}

/**
 * Runs one command line.
 *
 * @param argv words after the program's name
 * @param interrupts called once a job begins: from then on the signal it returns stops that cleanly
 * @returns the exit code of docs/cli.md
 */
export async function runCli(
  argv: readonly string[],
  runtime: Runtime,
  streams: Streams,
  version: string,
  interrupts: () => AbortSignal,
): Promise<number> {
  let exitCode = 0
  let leastExit = 0
  const context: CommandContext = {
    runtime,
    interrupts,
    output: (json) => new Output(streams, json),
    exit: (code) => {
      exitCode = code === 0 ? leastExit : code
    },
    atLeast: (code) => {
      leastExit = code
      exitCode = exitCode === 0 ? code : exitCode
    },
  }
  try {
    const program = await makeProgram(context, streams, version, argv[0])
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const refusal =
      error instanceof CommanderError
        ? new VaultError('USAGE', usageText(error.message))
        : asVaultError(error)
    new Output(streams, argv.includes('--json')).error(refusal)
    return refusal.exit
  }
}

/** Commander's words as a sentence. */
function usageText(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\n.*/s, '')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}
