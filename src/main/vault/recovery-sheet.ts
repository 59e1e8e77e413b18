import { Secret, VaultError } from '../base/index.ts'
import { parseId, type VaultId } from '../contract/ids.ts'
import { createPrivateFile, readSmallFile, removeFile } from '../files/index.ts'
import { parseRecoveryCode, writeRecoveryCode } from '../keys/index.ts'

const MAX_BYTES = 64 * 1024
const LF = 0x0a
const CR = 0x0d
const VAULT_LINE = /^Vault id: ([0-9a-f]{32})$/m

/**
 * The file that a recovery code is kept in: the code in the first line, then what it is for. Written 0600,
 * never onto another file, durable before the vault that it opens exists.
 *
 * @throws DESTINATION_EXISTS · what the place refuses
 */
export async function writeRecoverySheet(
  path: string,
  code: Secret,
  vault: { readonly id: VaultId; readonly name: string; readonly fingerprint?: string },
): Promise<void> {
  const lines = [
    writeRecoveryCode(code),
    '',
    `This is the Strongroom recovery code of the vault “${vault.name}”.`,
    `Vault id: ${vault.id}`,
    '',
    'Whoever has it and the vault’s files can read everything in the vault. Keep it on paper or on a device of its',
    'own, not beside the vault. It opens the vault when the keychain and the passphrase are gone:',
    '    strongroom recovery open <vault> --recovery-file <this file>',
    'or without Strongroom: resources/recovery/, docs/recovery.md.',
    '',
  ]
  await createPrivateFile(path, new TextEncoder().encode(lines.join('\n')))
}

/** A code in letters, to be shown to the person whose it is. */
export const recoveryCodeText = (code: Secret): string => writeRecoveryCode(code)

/** The code in a file's first line; the caller ends it. @throws RECOVERY_CODE_MISTYPED · NOT_FOUND … */
export function readRecoverySheet(path: string): Secret {
  return codeFromLine(readSmallFile(path, MAX_BYTES))
}

/** The code in typed bytes, or in a file's first line; zeroes them. @throws RECOVERY_CODE_MISTYPED */
export function codeFromLine(bytes: Uint8Array<ArrayBuffer>): Secret {
  const lf = bytes.indexOf(LF)
  const end = lf === -1 ? bytes.length : lf
  using typed = Secret.take(
    bytes.slice(0, end > 0 && bytes[end - 1] === CR ? end - 1 : end),
    'typed recovery code',
  )
  bytes.fill(0)
  return parseRecoveryCode(typed)
}

/** Removes the sheet of a vault that was never finished, if `path` is its. @returns whether it was */
export function removeAbandonedSheet(path: string, abandoned: ReadonlySet<VaultId>): boolean {
  const owner = sheetOwner(path)
  if (owner === undefined || !abandoned.has(owner)) return false
  removeFile(path)
  return true
}

function sheetOwner(path: string): VaultId | undefined {
  try {
    const bytes = readSmallFile(path, MAX_BYTES)
    const owner = VAULT_LINE.exec(new TextDecoder().decode(bytes))?.[1]
    bytes.fill(0)
    return owner === undefined ? undefined : parseId<VaultId>(owner)
  } catch (error) {
    if (error instanceof VaultError) return undefined
    throw error
  }
}
