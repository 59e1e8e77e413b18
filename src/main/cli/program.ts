import { Command, CommanderError } from 'commander'
import { asVaultError, VaultError } from '../base/index.ts'
import type { Runtime } from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { addDemo } from './demo.ts'
import { addInspect } from './inspect.ts'
import { Output, type Streams } from './output.ts'
import { addSeal, addUnseal } from './seal.ts'
import { addCareCommands } from './vault-care.ts'
import { addInit } from './vault-create.ts'
import { addFileCommands } from './vault-files.ts'
import { addItemCommands } from './vault-items.ts'

/** The whole command line as commander knows it: help, docs/cli.md and parsing come from here. */
export function makeProgram(context: CommandContext, streams: Streams, version: string): Command {
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
  addInit(program, context)
  addFileCommands(program, context)
  addItemCommands(program, context)
  addCareCommands(program, context)
  addSeal(program, context)
  addUnseal(program, context)
  addInspect(program, context)
  addDemo(program, context)
  // Subcommands take over settings only when they are made; set what they print as well.
  inherit(program)
  return program
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
    const program = makeProgram(context, streams, version)
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
