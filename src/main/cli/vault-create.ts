import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { type Secret, VaultError } from '../base/index.ts'
import { displayText } from '../files/index.ts'
import { usableKmsKey } from '../kms/index.ts'
import {
  type CreatedVault,
  createVault,
  openPassphrase,
  type RecoveryOut,
  recoveryCodeText,
  writeRecoverySheet,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { type Output, usage } from './output.ts'
import { askLine, askNewPassphrase, canPrompt } from './prompt.ts'
import { addStateOption, collect, stateFolderOf } from './vault-options.ts'

type InitFlags = {
  readonly name?: string
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
  readonly allowWeakPassphrase?: boolean
  readonly keychain: boolean
  readonly kms?: string
  readonly recipient?: readonly string[]
  readonly recoveryOut?: string
  readonly recovery: boolean
  readonly stateDir?: string
  readonly json?: boolean
}

export function addInit(program: Command, context: CommandContext): void {
  const command = program
    .command('init')
    .summary('make a new vault')
    .description(
      'Makes a vault in a folder of its own: on a disk, a share, in a synced folder. Its key goes into this device’s ' +
        'keychain; a recovery code opens it when that is lost, and a passphrase does if you give one. The code is shown ' +
        'once, or written to a file (--recovery-out): keep it away from the vault.',
    )
    .argument('<vault>', 'the vault’s folder: a name that is free, or an empty folder')
    .option('--name <text>', 'what the vault is called; default: the folder’s name')
    .option(
      '--passphrase-file <file>',
      'the vault opens by the passphrase in the first line of this file, too',
    )
    .option(
      '--passphrase-stdin',
      'the vault opens by the passphrase in the first line of standard input, too',
    )
    .option('--allow-weak-passphrase', 'take a passphrase that would soon be guessed')
    .option(
      '--kms <key>',
      'lock it with this AWS KMS key, by its ARN or alias, and with no key of this computer',
    )
    .option('--recipient <key>', 'with --kms: a further KMS key that opens all; may be given again', collect)
    .option('--no-keychain', 'keep the vault’s key out of the keychain; needs a passphrase')
    .option('--recovery-out <file>', 'write the recovery code to this new file, readable by you alone')
    .option('--no-recovery', 'make no recovery code: who loses the other ways in loses the vault')
  addStateOption(command).action((path: string, flags: InitFlags) => init(path, flags, context))
}

async function init(path: string, flags: InitFlags, context: CommandContext): Promise<void> {
  const output = context.output(flags.json === true)
  const name = flags.name ?? basename(resolve(path))
  // Before the code is shown: what AWS refuses makes no vault.
  const kms = await kmsKeysOf(flags)
  const recovery = await recoveryOut(flags, name, output)
  const passphrase = passphraseOf(flags)
  try {
    const created = await createVault({
      path,
      stateFolder: stateFolderOf(flags),
      name,
      keychain: flags.keychain,
      allowWeakPassphrase: flags.allowWeakPassphrase === true,
      ...(passphrase && { passphrase }),
      ...(kms.length > 0 && { kms }),
      ...(canPrompt() && { askPassphrase: askInstead }),
      ...(recovery && { recovery }),
    })
    say(created, name, flags.recoveryOut, output)
  } finally {
    passphrase?.[Symbol.dispose]()
  }
}

async function kmsKeysOf({ kms, recipient = [] }: InitFlags) {
  if (kms === undefined && recipient.length > 0) usage('--recipient goes with --kms.')
  const names = kms === undefined ? [] : [kms, ...recipient]
  const keys = await Promise.all(names.map((name) => usableKmsKey(name)))
  if (new Set(keys.map(({ arn }) => arn)).size < keys.length) usage('Two of these name one KMS key.')
  return keys
}

function passphraseOf({ passphraseFile, passphraseStdin }: InitFlags): Secret | undefined {
  if (passphraseFile !== undefined && passphraseStdin) {
    usage('Give one of --passphrase-file and --passphrase-stdin.')
  }
  if (passphraseFile !== undefined) return openPassphrase({ kind: 'file', path: passphraseFile })
  return passphraseStdin ? openPassphrase({ kind: 'stdin' }) : undefined
}

async function askInstead(why: VaultError): Promise<Secret> {
  process.stderr.write(`${displayText(why.message)} The vault will open by a passphrase instead.\n`)
  return await askNewPassphrase()
}

/** @throws USAGE nobody is there to see the code, and no file is named */
async function recoveryOut(flags: InitFlags, name: string, output: Output): Promise<RecoveryOut | undefined> {
  const { recoveryOut: path } = flags
  if (!flags.recovery) {
    if (path !== undefined) usage('--recovery-out and --no-recovery exclude each other.')
    if (canPrompt()) await confirmWithout(name)
    return undefined
  }
  if (path !== undefined) return { path, give: (code, vault) => writeRecoverySheet(path, code, vault) }
  if (!canPrompt()) {
    usage('There is no terminal to show the recovery code on: give --recovery-out FILE, or --no-recovery.')
  }
  return { give: (code) => showCode(code, output) }
}

async function confirmWithout(name: string): Promise<void> {
  const typed = await askLine(
    `Without a recovery code, whoever loses the keychain (and the passphrase) loses the vault.\nType its name, ${displayText(name)}, to go on: `,
  )
  if (typed !== name) usage('That was not the name. Nothing was made.')
}

/** Shows the code and has two of its groups typed back: what was not written down now is lost. */
export async function showCode(code: Secret, output: Output): Promise<void> {
  const text = recoveryCodeText(code)
  const groups = text.split('-')
  output.note(
    '\nThe recovery code opens this vault when everything else is lost. Write it down now; it is not shown again.\n',
  )
  output.note(`    ${groups.slice(0, 7).join('-')}-\n    ${groups.slice(7).join('-')}\n`)
  for (const at of [3, 11]) {
    const typed = await askLine(`Group ${at} of the code, to be sure that it was written down: `)
    if (typed.trim().toUpperCase() === groups[at - 1]) continue
    throw new VaultError(
      'USAGE',
      `That is not group ${at} of the code. Nothing was made; run it again for a new code.`,
    )
  }
}

function say(created: CreatedVault, name: string, sheet: string | undefined, output: Output): void {
  const { path, vaultId, fingerprint, ways, keychainRefused, removed } = created
  output.emit({ type: 'result', path, vaultId, name, fingerprint, ways, removed })
  for (const leftover of removed) output.note(`Removed what a killed attempt left: ${displayText(leftover)}`)
  if (keychainRefused) {
    output.note(
      `${displayText(keychainRefused.message)} The vault opens by its passphrase. [${keychainRefused.code}]`,
    )
  }
  output.say(`The vault ${displayText(name)} is ready: ${displayText(path)}`)
  const opens = [
    ...(ways.keychain ? ['this computer’s keychain'] : []),
    ...(ways.passphrase ? ['its passphrase'] : []),
    ...ways.kms.map((arn) => `the KMS key ${displayText(arn)}`),
    ...(ways.recovery ? [`its recovery code${sheet === undefined ? '' : ` (${displayText(sheet)})`}`] : []),
  ]
  output.say(`It opens by ${opens.join(', ')}.`)
  output.say(`Fingerprint ${fingerprint}: another computer shows the same when it first opens this vault.`)
}
