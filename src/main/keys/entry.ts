import {
  type CborValue,
  concat,
  fail,
  kdf,
  openBox,
  parseBase64,
  parseCborStart,
  type Secret,
  sealBox,
  writeBase64,
  writeCbor,
} from '../base/index.ts'
import {
  type ItemId,
  idBytes,
  idFromBytes,
  type MetadataKeyId,
  type VaultId,
  type VersionId,
} from '../contract/ids.ts'

/**
 * An item's private metadata in the message of each version (docs/format.md §2), so that names survive the
 * loss of everything else:
 *
 *     strongroom-entry = base64(metadata key id 16 ‖ box)
 *     key = KDF(metadata key, "strongroom/entry", version id)     AAD = vault ‖ item ‖ version id
 *     plain = CBOR {1 name, 2 parent id, 3 size, 4 mtime ms, 5 mode, 6 kind}, zero-padded to 256 n bytes
 */
export type Entry = {
  readonly name: string
  readonly parent: ItemId
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** Low 12 bits. */
  readonly mode: number
}

/** What an entry belongs to: it opens nowhere else. */
export type EntryPlace = { readonly vaultId: VaultId; readonly itemId: ItemId; readonly versionId: VersionId }

const PAD_BYTES = 256
const ID_BYTES = 16
/** Only files have messages, and so entries. */
const KIND_FILE = 0

export function writeEntry(
  entry: Entry,
  place: EntryPlace,
  metadataKeyId: MetadataKeyId,
  metadataKey: Secret,
): string {
  const { name, parent, sizeBytes, mtimeMs, mode } = entry
  const fields = new Map<number, CborValue>([
    [1, name],
    [2, idBytes(parent)],
    [3, sizeBytes],
    [4, mtimeMs],
    [5, mode],
    [6, KIND_FILE],
  ])
  const encoded = writeCbor(fields)
  const padded = new Uint8Array(Math.ceil(encoded.length / PAD_BYTES) * PAD_BYTES)
  padded.set(encoded)
  using key = entryKey(metadataKey, place)
  return writeBase64(concat(idBytes(metadataKeyId), sealBox(key, entryAad(place), padded)))
}

/** The metadata key that an entry is under; undefined if it is no entry. */
export function entryKeyId(text: string): MetadataKeyId | undefined {
  const bytes = parseBase64(text)
  return bytes === undefined ? undefined : idFromBytes<MetadataKeyId>(bytes.subarray(0, ID_BYTES))
}

/** @throws ENTRY_DAMAGED it is of another item, version or vault, was changed, or holds no entry */
export function openEntry(text: string, place: EntryPlace, metadataKey: Secret): Entry {
  using key = entryKey(metadataKey, place)
  const box = parseBase64(text)?.subarray(ID_BYTES) ?? damaged(place)
  return parseEntry(openBox(key, entryAad(place), box) ?? damaged(place)) ?? damaged(place)
}

function parseEntry(padded: Uint8Array): Entry | undefined {
  const start = parseCborStart(padded)
  if (!(start?.value instanceof Map) || start.value.size !== 6 || start.rest.some((byte) => byte !== 0))
    return undefined
  const fields = start.value
  const [name, sizeBytes, mtimeMs, mode] = [fields.get(1), fields.get(3), fields.get(4), fields.get(5)]
  const parentBytes = fields.get(2)
  const parent = parentBytes instanceof Uint8Array ? idFromBytes<ItemId>(parentBytes) : undefined
  if (typeof name !== 'string' || parent === undefined || fields.get(6) !== KIND_FILE) return undefined
  if (typeof sizeBytes !== 'number' || typeof mtimeMs !== 'number' || typeof mode !== 'number')
    return undefined
  if (sizeBytes < 0 || mode < 0 || mode > 0o7777) return undefined
  return { name, parent, sizeBytes, mtimeMs, mode }
}

const entryKey = (metadataKey: Secret, { vaultId, versionId }: EntryPlace): Secret =>
  kdf(metadataKey, idBytes(vaultId), 'strongroom/entry', idBytes(versionId))

const entryAad = ({ vaultId, itemId, versionId }: EntryPlace): Uint8Array =>
  concat(idBytes(vaultId), idBytes(itemId), idBytes(versionId))

function damaged({ versionId }: EntryPlace): never {
  return fail('ENTRY_DAMAGED', `The name and place in the message ${versionId} were changed or damaged.`, {
    versionId,
  })
}
