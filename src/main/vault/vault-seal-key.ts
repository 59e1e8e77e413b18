import { fail, VaultError } from '../base/index.ts'
import type { KeyVersionId, VaultId } from '../contract/ids.ts'
import { walk } from '../files/index.ts'
import { isSealedName } from '../jobs/index.ts'
import { lockOf, type NamedKey, vaultSealKey } from '../keys/index.ts'
import { readHeader } from './inspect.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { recipientsOf } from './wrapping-keys.ts'

/** The key that a vault seals files with outside the vault, of its active version; the caller ends it. */
export async function sealKeyOf(vault: OpenVault): Promise<NamedKey> {
  const [recipient] = recipientsOf(vault).local
  const { keyId, keyVersionId } =
    recipient ?? fail('USAGE', 'This vault has no key of this computer to seal with: use --kms.')
  await demandAllowed(vault, { kind: 'seal', key: keyId })
  return vaultSealKey(await vault.keys.masterKey(keyVersionId), vault.vaultId, keyVersionId)
}

/** The key of a vault that a sealed file names; the caller ends it. @throws KEY_MISMATCH it is another vault's */
export async function unsealKeyOf(
  vault: OpenVault,
  lock: { readonly vaultId: VaultId; readonly keyVersionId: KeyVersionId },
): Promise<NamedKey> {
  await demandAllowed(vault, { kind: 'unseal' })
  const { vaultId, keyVersionId } = lock
  if (vaultId !== vault.vaultId) {
    fail('KEY_MISMATCH', `This file is locked by the key of another vault, ${vaultId}.`, { vaultId })
  }
  return vaultSealKey(await vault.keys.masterKey(keyVersionId), vaultId, keyVersionId)
}

/** The vault whose key locks the first sealed file at these paths, as its header says; undefined: none does. */
export function vaultThatSealed(paths: readonly string[]): VaultId | undefined {
  for (const path of paths) {
    for (const entry of walk(path)) {
      if (entry.kind !== 'file' || !isSealedName(entry.path)) continue
      return vaultOf(entry.path)
    }
  }
  return undefined
}

function vaultOf(path: string): VaultId | undefined {
  try {
    const lock = lockOf(readHeader(path).header)
    return lock.kind === 'vault' ? lock.vaultId : undefined
  } catch (error) {
    // What is wrong with it is said when its turn comes.
    if (error instanceof VaultError) return undefined
    throw error
  }
}
