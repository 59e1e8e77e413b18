import { createHmac } from 'node:crypto'
import { equalBytes, type JsonObject, kdf, type Secret, writeCanonicalJson } from '../base/index.ts'
import { idBytes, type VaultId } from '../contract/ids.ts'

/**
 * The mac of a file of canonical JSON (docs/format.md §3):
 *
 *     HMAC-SHA256(KDF(metadata key, label, ""), canonical JSON of the object without its mac)
 */
export const MAC_BYTES = 32

export function macOf(
  metadataKey: Secret,
  vaultId: VaultId,
  label: string,
  unsigned: JsonObject,
): Uint8Array {
  using key = kdf(metadataKey, idBytes(vaultId), label)
  return createHmac('sha256', key.keyObject()).update(writeCanonicalJson(unsigned)).digest()
}

/** Whether `mac` is the one; compared in constant time. */
export function macHolds(
  metadataKey: Secret,
  vaultId: VaultId,
  label: string,
  unsigned: JsonObject,
  mac: Uint8Array,
): boolean {
  return equalBytes(macOf(metadataKey, vaultId, label, unsigned), mac)
}
