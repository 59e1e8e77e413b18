import { asVaultError, type ErrorCode, type Facts, type SkipCode, VaultError } from '../base/index.ts'
import type { ItemId, KeyId, KeyVersionId, MetadataKeyId, VaultId, VersionId } from '../contract/ids.ts'
import type { SourceIdentity } from '../files/index.ts'
import type { RecoveryRecipient } from '../keys/index.ts'
import type { Edk } from '../message/index.ts'

/**
 * What pool and worker thread say to each other. Key bytes travel only as transferred buffers, which
 * empties the sender; nothing else here is secret but paths.
 */

/** What happens when a destination exists: it is left alone, replaced, or the new file gets a number. */
export type ExistsRule = 'refuse' | 'replace' | 'number'

type Pairs = readonly (readonly [string, string])[]

/** A key on its way to a worker: a raw AES key by its name, a vault's keys by their ids. */
export type KeyParcel = {
  readonly namespace: string
  readonly name: string
  readonly bytes: ArrayBuffer
  readonly proven: boolean
  /** Only for messages whose context holds these pairs. */
  readonly context: Pairs
}

/** What a job does to each of its files. */
export type Work =
  | { readonly kind: 'seal'; readonly context: Pairs }
  | { readonly kind: 'unseal'; readonly requiredContext: Pairs }
  | {
      readonly kind: 'add'
      readonly vaultId: VaultId
      readonly metadataKeyId: MetadataKeyId
      readonly recipients: readonly LocalRecipient[]
      /** Recovery codes that file keys are wrapped for; none where a master key does it. */
      readonly recoveries: readonly RecoveryRecipient[]
    }
  | { readonly kind: 'get'; readonly vaultId: VaultId }

/** Whom a vault's new files are wrapped for: the active version of a master key. */
export type LocalRecipient = { readonly keyId: KeyId; readonly keyVersionId: KeyVersionId }

/** Namespaces that a vault's keys travel under; their names are ids. */
export const MASTER_KEYS = 'strongroom-master'
export const METADATA_KEYS = 'strongroom-metadata'

/** What a new version of a vault's file shall be. */
export type AddFile = {
  readonly kind: 'add'
  readonly versionId: VersionId
  readonly itemId: ItemId
  readonly parent: ItemId
  /** As the person gave it: goes into the message, encrypted. */
  readonly name: string
  /** Its temporary name. */
  readonly temp: string
  /** Wrapped by KMS already: the file key came along, under the version's id. */
  readonly wrapped?: readonly WrappedByKms[]
}

/** A file key as a KMS key wrapped it. */
export type WrappedByKms = {
  readonly keyId: KeyId
  readonly edk: Edk
  readonly keyMaterialId: string | null
}

/** A version of a vault's file that is to be opened. */
export type GetFile = {
  readonly kind: 'get'
  readonly versionId: VersionId
  readonly itemId: ItemId
  /** The key record: commitment and the EDKs that stand now (docs/format.md §2). */
  readonly record: Uint8Array
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly mode: number
}

/** What was written for a new version: the journal's record of it. */
export type AddedFile = {
  readonly sizeBytes: number
  readonly lengthBytes: number
  /** Of the message, hex. */
  readonly sha256: string
  /** To the file key, hex. */
  readonly commit: string
  readonly mtimeMs: number
  readonly mode: number
  readonly edks: readonly {
    readonly keyId: KeyId
    readonly edk: Uint8Array
    readonly keyMaterialId: string | null
  }[]
  /** Of the source, as it was read. */
  readonly source: SourceIdentity
}

export type Task = {
  readonly id: number
  readonly source: string
  readonly sizeBytes: number
  /** The target folder: an existing folder's real path, and steps below it that follow no link. */
  readonly root: string
  readonly steps: readonly string[]
  /** The name of the source, from which the work makes the target's. */
  readonly name: string
  readonly exists: ExistsRule
  /** Whether an equal target means that an earlier run did it. */
  readonly resumable: boolean
  /** Of a file to be sealed with a data key that KMS made for it, which came along under the task's id. */
  readonly sealed?: { readonly context: Pairs; readonly edks: readonly Edk[] }
  /** Of a vault's file. */
  readonly vault?: AddFile | GetFile
}

export type PlainError = { readonly code: ErrorCode; readonly message: string; readonly facts: Facts }

export type Outcome =
  | {
      readonly id: number
      readonly status: 'done'
      readonly plainBytes: number
      readonly target: string
      readonly added?: AddedFile
    }
  | { readonly id: number; readonly status: 'skipped'; readonly code: SkipCode; readonly target?: string }
  | { readonly id: number; readonly status: 'failed'; readonly error: PlainError }
  | { readonly id: number; readonly status: 'stopped' }

export type ToWorker =
  | {
      readonly kind: 'begin'
      readonly work: Work
      readonly shared: SharedArrayBuffer
      readonly worker: number
    }
  | { readonly kind: 'key'; readonly key: KeyParcel }
  /** @property keys of these files alone: they end with the group. */
  | { readonly kind: 'group'; readonly tasks: readonly Task[]; readonly keys: readonly KeyParcel[] }

export type FromWorker = { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }

export function plainError(error: unknown): PlainError {
  const { code, message, facts } = asVaultError(error)
  return { code, message, facts }
}

export function vaultError(error: PlainError): VaultError {
  return new VaultError(error.code, error.message, error.facts)
}
