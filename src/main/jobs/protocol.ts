import { asVaultError, type ErrorCode, type Facts, type SkipCode, VaultError } from '../base/index.ts'

/**
 * What pool and worker thread say to each other. Key bytes travel only as transferred buffers, which
 * empties the sender; nothing else here is secret but paths.
 */

/** What happens when a destination exists: it is left alone, replaced, or the new file gets a number. */
export type ExistsRule = 'refuse' | 'replace' | 'number'

type Pairs = readonly (readonly [string, string])[]

/** A raw AES key on its way to a worker. */
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
}

export type PlainError = { readonly code: ErrorCode; readonly message: string; readonly facts: Facts }

export type Outcome =
  | { readonly id: number; readonly status: 'done'; readonly plainBytes: number; readonly target: string }
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
  | { readonly kind: 'group'; readonly tasks: readonly Task[] }

export type FromWorker = { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }

export function plainError(error: unknown): PlainError {
  const { code, message, facts } = asVaultError(error)
  return { code, message, facts }
}

export function vaultError(error: PlainError): VaultError {
  return new VaultError(error.code, error.message, error.facts)
}
