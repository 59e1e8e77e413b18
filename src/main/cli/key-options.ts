import { type Command, Option } from 'commander'
import type { Secret } from '../base/index.ts'
import { VaultError } from '../base/index.ts'
import { openPassphrase, openRawAesKey, type SealWith, type UnsealWith } from '../vault/index.ts'
import { usage } from './output.ts'
import { askNewPassphrase, askPassphrase, canPrompt } from './prompt.ts'

/** The options that say where a key comes from. Secrets never come as arguments or environment variables. */
export type KeyOptions = {
  readonly passphraseFile?: string
  readonly passphraseStdin?: boolean
  readonly rawAesKeyFile?: string
  readonly keyNamespace?: string
  readonly keyName?: string
}

export function addKeyOptions(command: Command): Command {
  return command
    .addOption(new Option('--passphrase-file <file>', 'the passphrase is the first line of this file'))
    .addOption(new Option('--passphrase-stdin', 'the passphrase is the first line of standard input'))
    .addOption(new Option('--raw-aes-key-file <file>', 'a raw AES key: a file of exactly 16, 24 or 32 bytes'))
    .addOption(new Option('--key-namespace <text>', 'the namespace that messages know the raw key by'))
    .addOption(new Option('--key-name <text>', 'the name that messages know the raw key by'))
}

type Way =
  | { readonly kind: 'passphrase'; readonly passphrase: Secret }
  | Extract<SealWith, { kind: 'raw-aes' }>

/** What to seal with, owned by the caller. @throws KEY_NOT_GIVEN · USAGE · what the files refuse */
export async function openSealKey(options: KeyOptions, allowWeak: boolean): Promise<SealWith> {
  const given = openGiven(options)
  if (given?.kind === 'raw-aes') return given
  if (given !== undefined) return { ...given, allowWeak }
  if (!canPrompt()) throw new VaultError('KEY_NOT_GIVEN', 'No key was given to seal with.')
  return { kind: 'passphrase', passphrase: await askNewPassphrase(), allowWeak }
}

/** What to open with, owned by the caller. @throws KEY_NOT_GIVEN · USAGE · what the files refuse */
export async function openUnsealKey(options: KeyOptions): Promise<UnsealWith> {
  const given = openGiven(options)
  if (given !== undefined) return given
  if (!canPrompt()) throw new VaultError('KEY_NOT_GIVEN', 'No key was given to open with.')
  return { kind: 'passphrase', passphrase: await askPassphrase('Passphrase: ') }
}

/** Ends the Secret in a way. */
export function closeKey(way: SealWith | UnsealWith): void {
  if (way.kind === 'passphrase') way.passphrase[Symbol.dispose]()
  else way.key.key[Symbol.dispose]()
}

function openGiven(options: KeyOptions): Way | undefined {
  const { passphraseFile, passphraseStdin, rawAesKeyFile, keyNamespace, keyName } = options
  const given = [passphraseFile, passphraseStdin, rawAesKeyFile].filter((value) => value !== undefined)
  if (given.length > 1) usage('Give one key: --passphrase-file, --passphrase-stdin or --raw-aes-key-file.')
  if (rawAesKeyFile === undefined && (keyNamespace !== undefined || keyName !== undefined)) {
    usage('--key-namespace and --key-name go with --raw-aes-key-file.')
  }
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
