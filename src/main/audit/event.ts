import type {
  DeviceId,
  Id,
  ItemId,
  KeyId,
  KeyVersionId,
  MetadataKeyId,
  SegmentId,
  VersionId,
} from '../contract/ids.ts'
import type { KmsCall, SetValue } from '../journal/index.ts'

/** Where an event stands in the journal: the frame's number in its segment, the op's in its batch. */
export type RecordPlace = {
  /** Microseconds since 1970, by the clock of the device that wrote it, but above all it had seen. */
  readonly time: number
  readonly segment: SegmentId
  readonly record: number
  readonly index: number
}

/** One act that the journal tells of. */
export type AuditEvent = {
  readonly place: RecordPlace
  readonly device: DeviceId
  /** As the device called itself when it wrote this. */
  readonly deviceName: string
  readonly did: Deed
  /** "ok" or an error code, perhaps one of a later version. Only notes tell of what was refused or failed. */
  readonly outcome: string
  readonly items: readonly ItemId[]
  readonly versions: readonly VersionId[]
  readonly keys: readonly KeyUse[]
  /** Of a note: of items or versions, as the act has it. */
  readonly ids: readonly Id<string>[]
  readonly kmsCalls: readonly KmsCall[]
  /** Of an older epoch and not accepted: it is shown, and has no effect. */
  readonly held: boolean
}

/** A file key wrapped for a key, or taken from it. */
export type KeyUse = {
  readonly key: KeyId
  /** Of a local key. */
  readonly keyVersion: KeyVersionId | null
  /** Of a KMS key: the version that KMS names. */
  readonly keyMaterialId: string | null
  readonly removed: boolean
}

/** What was done. An act's word is what `--act` asks for; a note has the word of its own act. */
export type Deed =
  | { readonly act: 'open'; readonly app: string }
  | { readonly act: 'add'; readonly name: string | null; readonly sizeBytes: number }
  | { readonly act: 'new-version'; readonly sizeBytes: number }
  | { readonly act: 'make-folder'; readonly name: string | null }
  | { readonly act: 'move'; readonly name: string | null }
  | { readonly act: 'rename'; readonly name: string }
  | { readonly act: 'set-mode' }
  | { readonly act: 'bin' }
  | { readonly act: 'restore' }
  | { readonly act: 'purge' }
  | { readonly act: 'rewrap' }
  | { readonly act: 'unwrap' }
  | { readonly act: 'set'; readonly name: string; readonly value: SetValue }
  | { readonly act: 'key-file-added'; readonly file: string }
  | { readonly act: 'key-file-removed'; readonly file: string }
  | { readonly act: 'require'; readonly feature: string }
  | { readonly act: 'epoch'; readonly metadataKey: MetadataKeyId }
  | { readonly act: 'note'; readonly word: string }
  | { readonly act: 'unknown'; readonly codes: readonly number[] }

/** The word that an act is called by. */
export function actWord(deed: Deed): string {
  return deed.act === 'note' ? deed.word : deed.act
}
