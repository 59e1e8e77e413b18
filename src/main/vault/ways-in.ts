import { fail, type Secret } from '../base/index.ts'
import type { CopyId, RecoveryKeyId } from '../contract/ids.ts'
import {
  copyForPassphrase,
  copyName,
  demandStrongPassphrase,
  newPassphraseKdf,
  passphraseStrength,
  writeKeyCopy,
  writeKeyFileName,
} from '../keys/index.ts'
import { newId } from './new-id.ts'
import { addKeyFiles, removeKeyFiles } from './new-key-files.ts'
import { NO_KEYCHAIN } from './open.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { recoveryWays } from './recovery.ts'
import { recipientsOf, wrappingKeys } from './wrapping-keys.ts'

/** How a vault opens. */
export type WaysIn = {
  /** ARNs of the KMS keys that open it. */
  readonly kms: readonly string[]
  /** This device keeps the key in its keychain, or would. */
  readonly keychain: boolean
  readonly passphrase: boolean
  readonly recoveries: ReturnType<typeof recoveryWays>
}

export function waysIn(vault: OpenVault): WaysIn {
  const keys = wrappingKeys(vault)
  return {
    kms: keys.flatMap(({ arn, recipient }) => (arn !== undefined && recipient ? [arn] : [])),
    // A vault that only KMS locks has no key that a keychain could hold.
    keychain: keys.some(({ provider }) => provider === 'local') && !vault.anchors.flags.has(NO_KEYCHAIN),
    passphrase: passphraseCopies(vault).length > 0,
    recoveries: recoveryWays(vault),
  }
}

/** Lets a passphrase open the vault; those that do already still do. @throws PASSPHRASE_WEAK */
export async function addPassphrase(vault: OpenVault, passphrase: Secret, allowWeak: boolean): Promise<void> {
  const { score } = await passphraseStrength(passphrase)
  await demandAllowed(vault, { kind: 'set-passphrase', score })
  if (!allowWeak) await demandStrongPassphrase(passphrase)
  await addKeyFiles(vault, async () => {
    const files = new Map<string, Uint8Array>()
    const { local } = recipientsOf(vault)
    if (local.length === 0) {
      fail('USAGE', 'This vault opens by AWS KMS alone; a passphrase opens only a key of this computer.')
    }
    for (const { keyVersionId } of local) {
      const at = { vaultId: vault.vaultId, keyVersionId, copyId: newId<CopyId>() }
      const copy = await copyForPassphrase(
        await vault.keys.masterKey(keyVersionId),
        at,
        passphrase,
        newPassphraseKdf(),
      )
      files.set(copyName(copy), writeKeyCopy(copy))
    }
    return { files }
  })
}

/**
 * Takes a way in away: every passphrase, or one recovery code. What somebody kept of the vault's folder with the secret
 * still opens what was there then.
 *
 * @throws KEY_NOT_FOUND · LAST_WAY_IN only the keychain would be left
 */
export async function removeWayIn(
  vault: OpenVault,
  way: { readonly kind: 'passphrase' } | { readonly kind: 'recovery'; readonly id: RecoveryKeyId },
  leaveKeychainOnly: boolean,
): Promise<void> {
  await demandAllowed(vault, { kind: 'remove-way-in' })
  const names = way.kind === 'passphrase' ? passphraseCopies(vault) : recoveryFiles(vault, way.id)
  if (names.length === 0) fail('KEY_NOT_FOUND', 'The vault has no such way in.')
  const { kms, keychain, passphrase, recoveries } = waysIn(vault)
  const left = way.kind === 'passphrase' ? recoveries.length : recoveries.length - 1 + (passphrase ? 1 : 0)
  if (left === 0 && kms.length === 0 && !(keychain && leaveKeychainOnly)) {
    fail('LAST_WAY_IN', 'It is the last way into the vault beside the keychain of this computer.')
  }
  await removeKeyFiles(vault, names)
}

function passphraseCopies(vault: OpenVault): readonly string[] {
  const pinned = vault.index.vault.pinnedFiles()
  return vault.keys.copies
    .filter(({ kind }) => kind === 'passphrase')
    .map(copyName)
    .filter((name) => pinned.get(name)?.value != null)
}

function recoveryFiles(vault: OpenVault, id: RecoveryKeyId): readonly string[] {
  const copies = vault.keys.copies.filter((copy) => copy.kind === 'recovery' && copy.recoveryKeyId === id)
  const name = writeKeyFileName({ kind: 'recovery', recoveryKeyId: id })
  return vault.keys.ways.recoveries.has(id) ? [name, ...copies.map(copyName)] : []
}
