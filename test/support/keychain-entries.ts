import { commit, hex, type Secret } from '../../src/main/base/index.ts'
import { idBytes, type KeyVersionId, type VaultId } from '../../src/main/contract/ids.ts'
import type { Keychain, KeychainEntry } from '../../src/main/keys/keychain.ts'
import type { KeychainAdapter } from '../../src/main/keys/keychain-adapters.ts'
import { newId } from './key-fixture.ts'

/** The entry of a master key in a new vault. */
export function newEntry(masterKey: Secret): KeychainEntry {
  const vaultId = newId<VaultId>()
  return { vaultId, keyVersionId: newId<KeyVersionId>(), commitment: commit(masterKey, idBytes(vaultId)) }
}

export const accountOf = ({ vaultId, keyVersionId }: KeychainEntry): string => `${vaultId}/${keyVersionId}`

/** An adapter that a test can't do without. */
export async function loaded(adapter: Promise<KeychainAdapter | undefined>): Promise<KeychainAdapter> {
  const found = await adapter
  if (found === undefined) throw new Error('the keychain library does not load')
  return found
}

/** What a read came to: the key in hex, or why there is none. */
export async function outcome(keychain: Keychain, entry: KeychainEntry): Promise<string> {
  const read = await keychain.read(entry)
  return read.kind === 'found'
    ? read.masterKey.use(hex)
    : read.kind === 'failed'
      ? read.reason.code
      : read.kind
}
