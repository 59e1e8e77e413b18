import { type Command, Option } from 'commander'
import type { Secret } from '../base/index.ts'
import { VaultError } from '../base/index.ts'
import { usableKmsKey } from '../kms/index.ts'
import {
  listKnownVaults,
  openPassphrase,
  openRawAesKey,
  type SealWith,
  type UnsealWith,
  vaultThatSealed,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { usage } from './output.ts'
import { askNewPassphrase, askPassphrase, canPrompt } from './prompt.ts'
import { collect, openFor, stateDirOption, stateFolderOf } from './vault-options.ts'

/** The options that say where a key comes from. Secrets never come as arguments or environment variables. */
export type KeyOptions = {
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
  readonly rawAesKeyFile?: string
  readonly keyNamespace?: string
  readonly keyName?: string
  readonly vault?: string
  readonly kms?: readonly string[]
  readonly recoveryFile?: string
  readonly stateDir?: string
  readonly json?: boolean
}

export function addKeyOptions(command: Command): Command {
  return command
    .addOption(new Option('--passphrase-file <file>', 'the passphrase is the first line of this file'))
    .addOption(new Option('--passphrase-stdin', 'the passphrase is the first line of standard input'))
    .addOption(
      new Option('--kms <key>', 'an AWS KMS key, by its ARN or alias; may be given again').argParser(collect),
    )
    .addOption(new Option('--vault <folder>', 'the key of this vault; opened by the keychain, or asked for'))
    .addOption(new Option('--recovery-file <file>', 'open that vault by the recovery code in this file'))
    .addOption(stateDirOption())
    .addOption(new Option('--raw-aes-key-file <file>', 'a raw AES key: a file of exactly 16, 24 or 32 bytes'))
    .addOption(new Option('--key-namespace <text>', 'the namespace that messages know the raw key by'))
    .addOption(new Option('--key-name <text>', 'the name that messages know the raw key by'))
}

type Way =
  | { readonly kind: 'passphrase'; readonly passphrase: Secret }
  | Extract<SealWith, { kind: 'raw-aes' }>

/** What to seal with, owned by the caller. @throws KEY_NOT_GIVEN · USAGE · what the files or the vault refuse */
export async function openSealKey(
  options: KeyOptions,
  allowWeak: boolean,
  context: CommandContext,
): Promise<SealWith> {
  if (options.vault !== undefined) return await openVaultWay(options.vault, options, context)
  const kms = await kmsGiven(options)
  if (kms !== undefined) return kms
  const given = openGiven(options)
  if (given?.kind === 'raw-aes') return given
  if (given !== undefined) return { ...given, allowWeak }
  if (!canPrompt()) throw new VaultError('KEY_NOT_GIVEN', 'No key was given to seal with.')
  return { kind: 'passphrase', passphrase: await askNewPassphrase(), allowWeak }
}

/**
 * What to open with, owned by the caller: what was given, else the vault that the first file names if this
 * device knows it, else a passphrase that is asked for.
 *
 * @throws KEY_NOT_GIVEN · USAGE · what the files or the vault refuse
 */
export async function openUnsealKey(
  paths: readonly string[],
  options: KeyOptions,
  context: CommandContext,
): Promise<UnsealWith> {
  if (options.vault !== undefined) return await openVaultWay(options.vault, options, context)
  const given = (await kmsGiven(options)) ?? openGiven(options)
  if (given !== undefined) return given
  const known = await knownVaultPath(paths, options)
  if (known !== undefined) return await openVaultWay(known, options, context)
  if (!canPrompt()) throw new VaultError('KEY_NOT_GIVEN', 'No key was given to open with.')
  return { kind: 'passphrase', passphrase: await askPassphrase('Passphrase: ') }
}

/** Ends what a way holds. */
export async function closeKey(way: SealWith | UnsealWith): Promise<void> {
  if (way.kind === 'vault') await way.vault[Symbol.asyncDispose]()
  else if (way.kind === 'kms') return
  else if (way.kind === 'passphrase') way.passphrase[Symbol.dispose]()
  else way.key.key[Symbol.dispose]()
}

async function openVaultWay(path: string, options: KeyOptions, context: CommandContext) {
  const { rawAesKeyFile, ...flags } = options
  if (rawAesKeyFile !== undefined) usage('--vault and --raw-aes-key-file exclude each other.')
  return { kind: 'vault', vault: await openFor(path, flags, context) } as const
}

/** The KMS keys that were named; an alias is asked for its key once. @throws USAGE · what KMS refuses */
async function kmsGiven(options: KeyOptions): Promise<Extract<SealWith, { kind: 'kms' }> | undefined> {
  const { kms = [], passphraseFile, passphraseStdin, rawAesKeyFile } = options
  if (kms.length === 0) return undefined
  if (passphraseFile !== undefined || passphraseStdin || rawAesKeyFile !== undefined) {
    usage('Give one key: --kms, --passphrase-file, --passphrase-stdin or --raw-aes-key-file.')
  }
  const [first, ...others] = await Promise.all(kms.map(arnOf))
  return first === undefined ? undefined : { kind: 'kms', arns: [first, ...others] }
}

const arnOf = async (name: string): Promise<string> =>
  /^arn:[^:]+:kms:[^:]+:[0-9]+:key\//.test(name) ? name : (await usableKmsKey(name)).arn

/** Where this device knows the vault whose key locks the first sealed file. */
async function knownVaultPath(paths: readonly string[], options: KeyOptions): Promise<string | undefined> {
  const vaultId = vaultThatSealed(paths)
  if (vaultId === undefined) return undefined
  const known = await listKnownVaults(stateFolderOf(options))
  const places = known.find((vault) => vault.vaultId === vaultId)?.places ?? []
  return places.find(({ present }) => present)?.path
}

function openGiven(options: KeyOptions): Way | undefined {
  const { passphraseFile, passphraseStdin, rawAesKeyFile, keyNamespace, keyName, recoveryFile } = options
  const given = [passphraseFile, passphraseStdin, rawAesKeyFile].filter((value) => value !== undefined)
  if (given.length > 1) usage('Give one key: --passphrase-file, --passphrase-stdin or --raw-aes-key-file.')
  if (rawAesKeyFile === undefined && (keyNamespace !== undefined || keyName !== undefined)) {
    usage('--key-namespace and --key-name go with --raw-aes-key-file.')
  }
  if (recoveryFile !== undefined) usage('--recovery-file goes with --vault.')
  if (passphraseFile !== undefined) {
    return { kind: 'passphrase', passphrase: openPassphrase({ kind: 'file', path: passphraseFile }) }
  }
  if (passphraseStdin) return { kind: 'passphrase', passphrase: openPassphrase({ kind: 'stdin' }) }
  if (rawAesKeyFile === undefined) return undefined
  if (keyNamespace === undefined || keyName === undefined) {
    return usage('--raw-aes-key-file needs --key-namespace and --key-name: messages name their keys by both.')
  }
  return { kind: 'raw-aes', key: openRawAesKey(rawAesKeyFile, keyNamespace, keyName) }
}
