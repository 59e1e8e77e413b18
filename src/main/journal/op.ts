import type { DeviceId, Id, ItemId, KeyId, MetadataKeyId, SegmentId, VersionId } from '../contract/ids.ts'
import type { CheckpointId } from './file-name.ts'
import type { Hash } from './hash.ts'
import type { BatchStamp, Stamp } from './stamp.ts'

/**
 * Everything that can happen in a vault (docs/format.md §4, the table of ops). A journal is nothing but
 * these, in batches. `null` = the op doesn't speak of it.
 */
export type Op =
  | OpenOp
  | CloseOp
  | PutOp
  | VersionOp
  | KeyOp
  | BinOp
  | PurgeOp
  | SetOp
  | FileOp
  | NoteOp
  | RequireOp
  | EpochOp

/** How far a segment was known: the first `bytes` of it, `seq` frames, the last of which has this hash. */
export type Head = {
  readonly segment: SegmentId
  readonly bytes: number
  readonly seq: number
  readonly hash: Hash
}

/** A checkpoint and the SHA-256 of its whole file. */
export type CheckpointRef = { readonly id: CheckpointId; readonly sha256: Hash }

/** What the writer of a segment had seen when it wrote: others can tell what is missing. */
type Witness = {
  readonly deviceName: string
  readonly app: string
  readonly heads: readonly Head[]
  readonly checkpoint: CheckpointRef | null
}

/** First op of a segment; again, with the changed heads only, when others moved. */
export type OpenOp = { readonly kind: 'open' } & Witness

/** Last op of a segment. */
export type CloseOp = { readonly kind: 'close' }

export type ItemKind = 'file' | 'folder'

/** Sets fields of an item; of each field the last stamp wins. */
export type PutOp = {
  readonly kind: 'put'
  readonly item: ItemId
  readonly itemKind: ItemKind | null
  readonly parent: ItemId | null
  /** As the person gave it; what is shown and written to disk is another thing (shown-name.ts). */
  readonly name: string | null
  /** Of folders: a file's is its version's. */
  readonly mtimeMs: number | null
  /** Low 12 bits. */
  readonly mode: number | null
}

/** A new content of a file. */
export type VersionOp = {
  readonly kind: 'version'
  readonly item: ItemId
  readonly version: VersionId
  /** The versions that it takes the place of. */
  readonly bases: readonly VersionId[]
  /** Of the content. */
  readonly sizeBytes: number
  /** Of the message. */
  readonly lengthBytes: number
  /** Of the message. */
  readonly sha256: Hash
  /** Commitment to the file key. */
  readonly commit: Hash
  readonly mtimeMs: number
}

/** The EDK of a version under a wrapping key; null: there is none any more. */
export type KeyOp = {
  readonly kind: 'key'
  readonly version: VersionId
  readonly key: KeyId
  readonly edk: Uint8Array | null
  readonly keyMaterialId: string | null
}

/** Into the bin or out of it. `seen`: the versions that the person knew of; a newer one stays live. */
export type BinOp = {
  readonly kind: 'bin'
  readonly item: ItemId
  readonly on: boolean
  readonly seen: readonly VersionId[]
}

/** Versions gone for ever; of a folder, named by no versions, the folder itself. */
export type PurgeOp = {
  readonly kind: 'purge'
  readonly item: ItemId
  readonly versions: readonly VersionId[]
}

export type SetValue = number | boolean | string | null | Uint8Array | readonly SetValue[]

/** A named value of the vault (setting.ts has the names). */
export type SetOp = { readonly kind: 'set'; readonly name: string; readonly value: SetValue }

/** Pins a file under keys/ to its SHA-256; null: it was removed. */
export type FileOp = { readonly kind: 'file'; readonly name: string; readonly sha256: Hash | null }

export type KmsCall = { readonly operation: string; readonly key: KeyId; readonly requestId: string }

/** What was done and came of it: for the audit, without effect on the state. */
export type NoteOp = {
  readonly kind: 'note'
  readonly act: string
  /** "ok" or an error code, perhaps one of a later version. */
  readonly outcome: string
  readonly ids: readonly Id<string>[]
  readonly kmsCalls: readonly KmsCall[]
}

/** Whoever doesn't know this feature must not write. */
export type RequireOp = { readonly kind: 'require'; readonly feature: string }

/** A new metadata key: what older epochs wrote beyond these heads counts only once a person accepts it. */
export type EpochOp = { readonly kind: 'epoch'; readonly metadataKey: MetadataKeyId } & Witness

export type StampedOp<T extends Op = Op> = { readonly op: T; readonly stamp: Stamp }

/** A batch as read from a verified frame, or as just written. Applied whole or not at all. */
export type Batch = {
  readonly device: DeviceId
  readonly at: BatchStamp
  readonly ops: readonly Op[]
  /** Codes of ops that this version doesn't know. If there are any, `ops` is empty: none of it applies. */
  readonly unknownOps: readonly number[]
  /** Where the segment stands after it. */
  readonly head: Head
}
