import { type Command, Option } from 'commander'
import { type Secret, VaultError } from '../base/index.ts'
import { displayText } from '../files/index.ts'
import {
  defaultStateFolder,
  type Notice,
  type OpenRequest,
  type OpenVault,
  openPassphrase,
  openVault,
  readRecoverySheet,
  type WayGiven,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { type Output, usage } from './output.ts'
import { askLine, askPassphrase, askRecoveryCode, canPrompt } from './prompt.ts'

/** How a vault is opened, and where this device keeps what it knows of it. */
export type VaultFlags = {
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
  readonly recoveryFile?: string
  readonly keychain?: boolean
  readonly kms?: readonly string[]
  readonly stateDir?: string
  readonly json?: boolean
}

export function addVaultOptions(command: Command): Command {
  return addStateOption(command)
    .addOption(
      new Option('--passphrase-file <file>', 'open by the passphrase in the first line of this file'),
    )
    .addOption(new Option('--passphrase-stdin', 'open by the passphrase in the first line of standard input'))
    .addOption(
      new Option('--recovery-file <file>', 'open by the recovery code in the first line of this file'),
    )
    .addOption(
      new Option(
        '--kms <arn>',
        'confirm the ARN of the vault’s KMS key, when it is first opened here; may be given again',
      ).argParser(collect),
    )
    .addOption(new Option('--keychain', 'keep the vault’s key in this device’s keychain again'))
    .addOption(new Option('--no-keychain', 'leave the keychain out, on this device from now on'))
}

/** For an option that may be given more than once. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

export function addStateOption(command: Command): Command {
  return command
    .addOption(stateDirOption())
    .option('--json', 'one JSON document, or one object a line; errors too')
}

export function stateDirOption(): Option {
  return new Option('--state-dir <folder>', 'where this device keeps what it knows of vaults').env(
    'STRONGROOM_STATE_DIR',
  )
}

export const stateFolderOf = ({ stateDir }: Pick<VaultFlags, 'stateDir'>): string =>
  stateDir ?? defaultStateFolder()

/** Opens the vault that a command works on, and says what there is to say about that. */
export async function openFor(
  path: string,
  flags: VaultFlags,
  context: CommandContext,
  request: Partial<OpenRequest> = {},
): Promise<OpenVault> {
  const output = context.output(flags.json === true)
  const way = wayGiven(flags)
  try {
    const vault = await openVault({
      path,
      stateFolder: stateFolderOf(flags),
      ...(way && { way }),
      ...(flags.keychain !== undefined && { keychain: flags.keychain }),
      ...(flags.kms && { kms: flags.kms }),
      ...(canPrompt() && { ask, confirmKms }),
      ...request,
    })
    for (const notice of vault.notices) {
      // What was given by option opened it, as it should.
      if (notice.kind !== 'opened-by' || notice.keychain === 'kept') output.note(noticeText(notice))
    }
    sayTrouble(vault, output, context)
    return vault
  } finally {
    if (way) secretOf(way)[Symbol.dispose]()
  }
}

/** The journal's state, if it is not sound: the command does its work, and ends with 4. */
function sayTrouble({ trouble, path }: OpenVault, output: Output, { atLeast }: CommandContext): void {
  if (trouble === undefined) return
  const message =
    trouble === 'JOURNAL_ROLLED_BACK'
      ? `The vault at ${path} holds less than this computer has seen of it: it was put back to an earlier state.`
      : `A part of the journal of the vault at ${path} is damaged.`
  const error = new VaultError(trouble, message, { path })
  output.warning(error)
  atLeast(error.exit)
}

/** The secret that was given for opening; the caller ends it. @throws USAGE two of them */
export function wayGiven(flags: VaultFlags): WayGiven | undefined {
  const { passphraseFile, passphraseStdin, recoveryFile } = flags
  const given = [passphraseFile, passphraseStdin, recoveryFile].filter((each) => each !== undefined)
  if (given.length > 1) usage('Give one of --passphrase-file, --passphrase-stdin and --recovery-file.')
  if (recoveryFile !== undefined) return { kind: 'recovery', code: readRecoverySheet(recoveryFile) }
  if (passphraseFile !== undefined) {
    return { kind: 'passphrase', passphrase: openPassphrase({ kind: 'file', path: passphraseFile }) }
  }
  return passphraseStdin ? { kind: 'passphrase', passphrase: openPassphrase({ kind: 'stdin' }) } : undefined
}

export const secretOf = (way: WayGiven): Secret => (way.kind === 'passphrase' ? way.passphrase : way.code)

const ask: NonNullable<OpenRequest['ask']> = async ({ passphrase, recovery }, why) => {
  process.stderr.write(`${displayText(why.message)}\n`)
  if (passphrase) return { kind: 'passphrase', passphrase: await askPassphrase('Passphrase of the vault: ') }
  if (recovery) return { kind: 'recovery', code: await askRecoveryCode('Recovery code: ') }
  return undefined
}

async function confirmKms(arns: readonly string[]): Promise<boolean> {
  process.stderr.write(
    `This computer opens the vault for the first time. It says that it is locked with\n${arns.map((arn) => `    ${displayText(arn)}\n`).join('')}Compare that with what the vault’s owner told you: nothing was asked of AWS yet.\n`,
  )
  return (await askLine('Ask this key to open it? Type yes: ')).trim().toLowerCase() === 'yes'
}

function noticeText(notice: Notice): string {
  switch (notice.kind) {
    case 'first-use':
      return `First use of this vault on this computer. Its fingerprint is ${notice.fingerprint}: compare it with what was shown where the vault was made.`
    case 'moved':
      return `The vault was moved here from ${displayText(notice.from)}.`
    case 'copied':
      return `This is a copy: the vault that this computer knows is still at ${displayText(notice.from)}. Each goes on by itself.`
    case 'cloned':
      return 'Another place wrote to this vault under this computer’s id, as after restoring a backup of the computer. It goes on under a new id; nothing is lost.'
    case 'index-emptied':
      return 'The index was read anew from the journal.'
    case 'opened-by':
      return notice.keychain === 'kept'
        ? `Opened by the ${wayText(notice.way)}; its key is in this computer’s keychain now.`
        : `Opened by the ${wayText(notice.way)}.`
    case 'keychain-not-kept':
      return `The key was not put into the keychain: ${displayText(notice.error.message)} [${notice.error.code}]`
    case 'kms-key':
      return `The vault’s files may be locked with the KMS key ${displayText(notice.arn)}, which this computer has not asked before.`
    case 'passed-over':
      return `Passed over ${displayText(notice.name)}, which nobody vouches for: ${displayText(notice.error.message)}`
  }
}

const WAY_TEXTS = { passphrase: 'passphrase', recovery: 'recovery code', kms: 'KMS key' } as const
const wayText = (way: keyof typeof WAY_TEXTS): string => WAY_TEXTS[way]
