/**
 * Ids: 16 random bytes. In memory, file names and JSON 32 lower-case hex digits; raw in CBOR, KDF, AAD and
 * headers (docs/format.md, head). Branded, made only by their check: an ItemId never passes as a KeyId.
 */
declare const kind: unique symbol
export type Id<K extends string> = string & { readonly [kind]: K }

export type VaultId = Id<'vault'>
export type ItemId = Id<'item'>
export type VersionId = Id<'version'>
/** A wrapping key: all its versions together. */
export type KeyId = Id<'key'>
export type KeyVersionId = Id<'key-version'>
export type MetadataKeyId = Id<'metadata-key'>
export type RecoveryKeyId = Id<'recovery-key'>
export type CopyId = Id<'copy'>
export type DeviceId = Id<'device'>
export type SegmentId = Id<'segment'>

const ID = /^[0-9a-f]{32}$/

/** The id in `text`; undefined if it isn't exactly 32 lower-case hex digits. */
export function parseId<T extends Id<string>>(text: string): T | undefined {
  return ID.test(text) ? (text as T) : undefined
}

/** The id in 16 raw bytes; undefined for any other length. */
export function idFromBytes<T extends Id<string>>(bytes: Uint8Array): T | undefined {
  if (bytes.length !== 16) return undefined
  return Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex') as T
}

/** The 16 raw bytes of an id. */
export function idBytes(id: Id<string>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(id, 'hex'))
}

/** The vault's root folder: 16 zero bytes. */
export const ROOT_ID = '00000000000000000000000000000000' as ItemId
/** The root's folder "Recovered": 15 zero bytes and 01. */
export const RECOVERED_ID = '00000000000000000000000000000001' as ItemId
