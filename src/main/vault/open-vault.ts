import type { VaultError } from '../base/index.ts'
import type { DeviceId, VaultId } from '../contract/ids.ts'
import type { LocalStore } from '../files/index.ts'
import type { Anchors, Emptied, StateFolder, VaultIndex, WriteLock } from '../index/index.ts'
import { errorOf, type Finding, type Group } from '../journal/index.ts'
import type { VaultKeys, WayKind } from '../keys/index.ts'
import type { KmsClient } from '../kms/index.ts'
import { JournalSession, type Planned } from './journal-session.ts'
import { noteKmsCalls } from './note.ts'

/** What opening a vault noticed, to be said to the person. */
export type Notice =
  /** Never seen by this device: its fingerprint is to be compared with what its maker was shown. */
  | { readonly kind: 'first-use'; readonly fingerprint: string }
  | { readonly kind: 'moved'; readonly from: string }
  | { readonly kind: 'copied'; readonly from: string }
  /** Another place wrote under this device's id: it has a new one from now on. */
  | { readonly kind: 'cloned' }
  | { readonly kind: 'index-emptied'; readonly why: Emptied | 'damaged' }
  | {
      readonly kind: 'opened-by'
      readonly way: Exclude<WayKind, 'keychain'>
      readonly keychain: 'kept' | 'off'
    }
  | { readonly kind: 'keychain-not-kept'; readonly error: VaultError }
  /** The journal names a KMS key that this device has not asked before; from now on it may. */
  | { readonly kind: 'kms-key'; readonly arn: string }
  /** A file under keys/ that nobody vouches for, and that does not hold. */
  | { readonly kind: 'passed-over'; readonly name: string; readonly error: VaultError }

export type OpenVaultParts = {
  readonly path: string
  readonly vaultId: VaultId
  readonly device: DeviceId
  readonly fingerprint: string
  readonly keys: VaultKeys
  /** Asks only keys that this device trusts. */
  readonly kms: KmsClient
  /** Lets KMS be asked for one more key: one that a person named. */
  readonly trust: (arn: string) => void
  readonly store: LocalStore
  readonly state: StateFolder
  readonly anchors: Anchors
  readonly index: VaultIndex
  readonly lock: WriteLock
  readonly single: boolean
  readonly notices: readonly Notice[]
}

/** A vault that is open: what every use of it works with. All it holds ends with it. */
export class OpenVault implements AsyncDisposable {
  readonly path: string
  readonly vaultId: VaultId
  /** This device's id at this path. */
  readonly device: DeviceId
  readonly fingerprint: string
  readonly notices: readonly Notice[]
  readonly keys: VaultKeys
  readonly kms: KmsClient
  readonly trust: (arn: string) => void
  readonly store: LocalStore
  readonly anchors: Anchors
  readonly index: VaultIndex
  readonly state: StateFolder
  readonly journal: JournalSession
  readonly #lock: WriteLock

  constructor(parts: OpenVaultParts) {
    this.path = parts.path
    this.vaultId = parts.vaultId
    this.device = parts.device
    this.fingerprint = parts.fingerprint
    this.notices = parts.notices
    this.keys = parts.keys
    this.kms = parts.kms
    this.trust = parts.trust
    this.store = parts.store
    this.anchors = parts.anchors
    this.index = parts.index
    this.state = parts.state
    this.#lock = parts.lock
    this.journal = new JournalSession(parts)
  }

  /** What the journal's last reading noticed, and what of it is an error. */
  get findings(): readonly Finding[] {
    return this.journal.findings
  }

  /** The error that the journal's state amounts to, worst first; undefined: it is sound. */
  get trouble(): 'JOURNAL_ROLLED_BACK' | 'JOURNAL_DAMAGED' | undefined {
    const codes = new Set(this.findings.map(errorOf))
    if (codes.has('JOURNAL_ROLLED_BACK')) return 'JOURNAL_ROLLED_BACK'
    const damaged = codes.has('JOURNAL_DAMAGED') || this.journal.strange.length > 0
    return damaged ? 'JOURNAL_DAMAGED' : undefined
  }

  /** Records what `plan` decides by what is true under the write lock (JournalSession.commit). */
  async commit<T>(plan: () => Planned<T> | Promise<Planned<T>>, signal?: AbortSignal): Promise<T> {
    return await this.journal.commit(plan, signal)
  }

  /** Records ops that depend on nothing. */
  async record(...groups: readonly Group[]): Promise<void> {
    await this.commit(() => ({ groups, value: undefined }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // Calls that no act noted: for the opening itself, or for what was refused (ARCHITECTURE, "Processes").
      await noteKmsCalls(this, 'open')
      await this.journal.close()
    } finally {
      await this.index[Symbol.asyncDispose]()
      for (const part of [this.#lock, this.store, this.anchors, this.keys, this.kms]) part[Symbol.dispose]()
    }
  }
}
