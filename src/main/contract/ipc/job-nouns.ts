import type { ErrorCode } from '../codes.ts'
import type { Refusal } from './call.ts'
import type { Handle, JobId } from './inputs.ts'

/** Something that the person dropped or chose to read from. */
export type Source = {
  readonly handle: Handle
  readonly kind: 'file' | 'folder'
  /** Its name, fit for a screen. */
  readonly name: string
  /** Of a file. */
  readonly sizeBytes: number
  /** It is named `*.sealed`. */
  readonly sealed: boolean
}

/** A folder that the person chose to write into. */
export type Destination = { readonly handle: Handle; readonly place: string }

/** `rewrap` counts versions of files, the others files. */
export type JobKind =
  | 'add'
  | 'export'
  | 'seal'
  | 'unseal'
  | 'check'
  | 'repair'
  | 'recovery-test'
  | 'rewrap'
  | 'reencrypt'

/**
 * `paused` and `stopping` follow a press at once; `done`: it came to its end, failures or not; `stopped`: it
 * was cancelled; what was done stays done; `refused`: it could not begin or go on: `refusal` says why.
 */
export type JobState = 'running' | 'paused' | 'stopping' | 'done' | 'stopped' | 'refused'

/** A job as the tray shows it; told at most ten times a second, and once at its end. */
export type JobView = {
  readonly job: JobId
  readonly kind: JobKind
  readonly state: JobState
  /** What it works on or into, fit for a screen: `/Contracts`, `~/Documents`; empty: the whole vault. */
  readonly place: string
  /** Files and bytes found so far; more may be found until `foundAll`. */
  readonly found: { readonly files: number; readonly bytes: number }
  readonly foundAll: boolean
  readonly done: { readonly files: number; readonly bytes: number }
  readonly skipped: number
  readonly failed: number
  readonly startedMs: number
  /** Of work so far, pauses left out. */
  readonly seconds: number
  readonly refusal: Refusal | null
  readonly can: {
    readonly pause: boolean
    readonly cancel: boolean
    /** Run again as it was: what is done is skipped. Not for what took a passphrase: main kept none. */
    readonly retry: boolean
    /** Show the folder that it wrote into. */
    readonly show: boolean
  }
}

export type FailedFile = {
  /** The person's own path, or the path in the vault; fit for a screen. */
  readonly path: string
  readonly code: ErrorCode
  readonly message: string
  readonly next: string
}

/** A copy that was opened for editing. */
export type CheckoutState =
  /** As it was brought out. */
  | 'same'
  /** Saved since: it is being put back as a new version. */
  | 'saving'
  /** The last save is a version of the vault. */
  | 'saved'
  /** The copy can't be found where it was. */
  | 'gone'
  | 'refused'
