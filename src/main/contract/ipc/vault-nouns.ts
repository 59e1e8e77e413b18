import type { ErrorCode } from '../codes.ts'
import type { RecoveryKeyId, VaultId } from '../ids.ts'
import type { Refusal } from './call.ts'
import type { Handle } from './inputs.ts'

/** A vault that this computer opened before. Its own name is inside it: here it goes by its folder's. */
export type KnownVault = {
  readonly vaultId: VaultId
  /** The folder's name, fit for a screen. */
  readonly folderName: string
  /** Where it is, fit for a screen, `~` for the home folder. */
  readonly place: string
  readonly openedMs: number
  /** Whether a vault is there now: a drive may be unplugged. */
  readonly present: boolean
}

/** Where the window stands with its one vault. */
export type VaultState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'locked'
      readonly vault: KnownVault
      readonly why: LockReason
    }
  | { readonly kind: 'open'; readonly facts: VaultFacts }

/** `started`: chosen, not opened yet. `trouble`: its folder went away. */
export type LockReason = 'started' | 'asked' | 'idle' | 'suspend' | 'lock-screen' | 'quit' | 'trouble'

/** What an open vault's screens say of it as a whole. */
export type VaultFacts = {
  readonly vaultId: VaultId
  /** Its own name, fit for a screen. */
  readonly name: string
  readonly folderName: string
  readonly place: string
  /** To compare with what its maker was shown. */
  readonly fingerprint: string
  readonly openedBy: WayName
  readonly items: number
  readonly binned: number
  readonly ways: WaysIn
  /** Why nothing may be written; null: it may. */
  readonly readOnly: { readonly code: ErrorCode; readonly message: string; readonly next: string } | null
  /** What the journal amounts to; null: it is sound. Reading goes on. */
  readonly trouble: 'JOURNAL_ROLLED_BACK' | 'JOURNAL_DAMAGED' | null
  /** Changes of other devices that are on their way. */
  readonly waitingFor: readonly { readonly device: string }[]
  readonly notices: readonly OpenNotice[]
  /** Copies that were opened for editing and not put back or removed. */
  readonly checkouts: number
}

export type WayName = 'keychain' | 'passphrase' | 'recovery' | 'kms'

/** What opens the vault. */
export type WaysIn = {
  readonly keychain: boolean
  readonly passphrase: boolean
  readonly recovery: readonly RecoveryWay[]
}

export type RecoveryWay = {
  readonly recoveryId: RecoveryKeyId
  /** When this code last opened the vault in a test; null: never. */
  readonly testedMs: number | null
  /** Two groups of it were typed back here when it was shown: until then, or a test, a banner asks for it. */
  readonly typedBack: boolean
}

/** What opening noticed. */
export type OpenNotice =
  | { readonly kind: 'first-use'; readonly fingerprint: string }
  | { readonly kind: 'moved'; readonly from: string }
  | { readonly kind: 'copied'; readonly from: string }
  | { readonly kind: 'cloned' }
  | { readonly kind: 'index-emptied' }
  /** A KMS key that the vault names, and that this computer has not asked before. */
  | { readonly kind: 'kms-key'; readonly arn: string }
  | { readonly kind: 'opened-by'; readonly way: WayName; readonly keychain: 'kept' | 'off' }
  | { readonly kind: 'keychain-not-kept'; readonly error: Refusal }
  | { readonly kind: 'passed-over'; readonly name: string; readonly error: Refusal }

/** A place for a new vault, chosen in main's dialog. */
export type NewVaultPlace = {
  readonly handle: Handle
  /** The folder that will be the vault, fit for a screen. */
  readonly place: string
  readonly folderName: string
  /** `not-empty`: a vault needs a name that is free, or an empty folder: choose again. */
  readonly warnings: readonly ('not-empty' | 'exists' | 'placeholder-cloud')[]
}

/** An existing vault's folder, chosen in main's dialog. */
export type VaultPlace = {
  readonly handle: Handle
  readonly place: string
  readonly folderName: string
  readonly isVault: boolean
}

export type CreatedVaultFacts = {
  readonly facts: VaultFacts
  /** The keychain did not take the key: the vault opens by its passphrase. */
  readonly keychainRefused: Refusal | null
}

/** What a refused `vault.open` tells in its facts under `offers`: the ways that the vault's files offer. */
export type WaysOffered = readonly ('passphrase' | 'recovery')[]
