import { concat, openBox, Secret, sealBox } from '../base/index.ts'
import {
  idBytes,
  type KeyVersionId,
  type MetadataKeyId,
  type VaultId,
  type VersionId,
} from '../contract/ids.ts'

/** Metadata keys, master keys, file keys: all are 32 random bytes (docs/format.md §2). */
export const KEY_BYTES = 32

/**
 * Where a wrapped key belongs (docs/format.md §2): the vault and the subject, that is the id of what the
 * key is the key of. It is the AAD of every wrapping, so a wrapped key opens nowhere else.
 */
export type Place = {
  readonly vaultId: VaultId
  /** A version (file key), a metadata key, or a key version (master key). */
  readonly subject: VersionId | MetadataKeyId | KeyVersionId
}

/** vault id 16 ‖ subject 16 */
export function placeAad(place: Place): Uint8Array<ArrayBuffer> {
  return concat(idBytes(place.vaultId), idBytes(place.subject))
}

/** Seals a key's bytes in a box. */
export function boxKey(wrapping: Secret, aad: Uint8Array, key: Secret): Uint8Array<ArrayBuffer> {
  return key.use((bytes) => sealBox(wrapping, aad, bytes))
}

/** The key in a box; undefined if it does not open, or holds anything but 32 bytes. */
export function unboxKey(
  wrapping: Secret,
  aad: Uint8Array,
  box: Uint8Array,
  label: string,
): Secret | undefined {
  const bytes = openBox(wrapping, aad, box)
  if (bytes === undefined) return undefined
  if (bytes.length === KEY_BYTES) return Secret.take(bytes, label)
  bytes.fill(0)
  return undefined
}
