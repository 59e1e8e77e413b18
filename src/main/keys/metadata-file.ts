import { concat, type JsonObject, kdf, type Secret, writeBase64, writeCanonicalJson } from '../base/index.ts'
import { type DeviceId, idBytes, type MetadataKeyId, type VaultId } from '../contract/ids.ts'
import { writeKeyFileName } from './key-file-names.ts'
import { type KeyRecord, parseKeyRecord, writeKeyRecord } from './key-record.ts'
import { MAC_BYTES, macHolds, macOf } from './mac.ts'
import { FORMAT, parseMembers } from './members.ts'
import { boxKey, unboxKey } from './wrapped-key.ts'

/**
 * keys/metadata/<n>-<device id>.json, a metadata key (docs/format.md §3):
 *
 *     { "epoch", "format", "mac", "metadataKeyId", "previous"?: { "box", "id" }, "record" }
 *
 *     previous (epoch > 1) = the metadata key before this one:
 *         box(KDF(this key, "strongroom/previous", previous id), vault ‖ this id ‖ previous id, previous key)
 *     mac = HMAC-SHA256(KDF(previous key, or in epoch 1 this key, "strongroom/next", ""), object without mac)
 */
export type MetadataFacts = {
  readonly epoch: number
  readonly metadataKeyId: MetadataKeyId
  readonly record: KeyRecord
  readonly previous: PreviousKey | undefined
}

export type PreviousKey = { readonly id: MetadataKeyId; readonly box: Uint8Array }

/** A file as it stands, with its name. Only its mac, checked under the key before, makes it true. */
export type UnverifiedMetadataFile = MetadataFacts & {
  readonly n: number
  readonly deviceId: DeviceId
  readonly name: string
  readonly mac: Uint8Array
}

const MAC_LABEL = 'strongroom/next'

/**
 * Writes the file of a metadata key: of a new epoch, or the same key wrapped anew.
 *
 * @param previous the key of the epoch before, and its id; none in epoch 1
 */
export function writeMetadataFile(
  vaultId: VaultId,
  facts: Pick<MetadataFacts, 'epoch' | 'metadataKeyId' | 'record'>,
  key: Secret,
  previous: { readonly id: MetadataKeyId; readonly key: Secret } | undefined,
): Uint8Array<ArrayBuffer> {
  const box = previous && boxPrevious(vaultId, facts.metadataKeyId, key, previous)
  const unsigned = withoutMac({ ...facts, previous: previous && box && { id: previous.id, box } })
  const mac = macOf(previous?.key ?? key, vaultId, MAC_LABEL, unsigned)
  return writeCanonicalJson({ ...unsigned, mac: writeBase64(mac) })
}

/** @throws KEYS_FILE_DAMAGED · KEY_RECORD_DAMAGED · VAULT_UNSUPPORTED */
export function parseMetadataFile(n: number, deviceId: DeviceId, bytes: Uint8Array): UnverifiedMetadataFile {
  const name = writeKeyFileName({ kind: 'metadata', n, deviceId })
  return parseMembers(name, bytes, (members) => {
    const epoch = members.uint('epoch')
    if (epoch === 0) members.refuse('has epoch 0; the first is 1')
    const previous =
      epoch === 1
        ? undefined
        : members.inner('previous', (inner) => ({
            id: inner.id<MetadataKeyId>('id'),
            box: inner.bytes('box'),
          }))
    return {
      n,
      deviceId,
      name,
      epoch,
      metadataKeyId: members.id<MetadataKeyId>('metadataKeyId'),
      record: parseKeyRecord(name, members.bytes('record')),
      previous,
      mac: members.bytes('mac', MAC_BYTES),
    }
  })
}

/** The key of the epoch before, as this file's key opens it; undefined if it does not open. */
export function openPrevious(
  vaultId: VaultId,
  metadataKeyId: MetadataKeyId,
  key: Secret,
  previous: PreviousKey,
): Secret | undefined {
  using wrapping = previousKey(key, vaultId, previous.id)
  const aad = previousAad(vaultId, metadataKeyId, previous.id)
  return unboxKey(wrapping, aad, previous.box, 'metadata key')
}

/**
 * Whether the file is what a holder of the key before wrote. So an epoch can only be begun by someone who
 * was in the one before.
 *
 * @param signer the key of the epoch before; in epoch 1 the file's own
 */
export function metadataFileHolds(vaultId: VaultId, file: UnverifiedMetadataFile, signer: Secret): boolean {
  return macHolds(signer, vaultId, MAC_LABEL, withoutMac(file), file.mac)
}

function withoutMac(facts: MetadataFacts): JsonObject {
  const { epoch, metadataKeyId, record, previous } = facts
  const object = { format: FORMAT, epoch, metadataKeyId, record: writeBase64(writeKeyRecord(record)) }
  return previous ? { ...object, previous: { id: previous.id, box: writeBase64(previous.box) } } : object
}

function boxPrevious(
  vaultId: VaultId,
  metadataKeyId: MetadataKeyId,
  key: Secret,
  previous: { readonly id: MetadataKeyId; readonly key: Secret },
): Uint8Array {
  using wrapping = previousKey(key, vaultId, previous.id)
  return boxKey(wrapping, previousAad(vaultId, metadataKeyId, previous.id), previous.key)
}

function previousKey(key: Secret, vaultId: VaultId, previousId: MetadataKeyId): Secret {
  return kdf(key, idBytes(vaultId), 'strongroom/previous', idBytes(previousId))
}

function previousAad(vaultId: VaultId, metadataKeyId: MetadataKeyId, previousId: MetadataKeyId): Uint8Array {
  return concat(idBytes(vaultId), idBytes(metadataKeyId), idBytes(previousId))
}
