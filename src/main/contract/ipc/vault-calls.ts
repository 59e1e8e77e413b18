import * as v from 'valibot'
import { call } from './call.ts'
import { type Handle, name, nothing, pathHandle, secret, vaultId } from './inputs.ts'
import type {
  CreatedVaultFacts,
  KnownVault,
  NewVaultPlace,
  RecoveryWay,
  VaultFacts,
  VaultPlace,
  VaultState,
} from './vault-nouns.ts'

/** A vault that this computer knows, or one whose folder was just chosen. */
const target = v.variant('kind', [
  v.strictObject({ kind: v.literal('known'), vaultId }),
  v.strictObject({ kind: v.literal('chosen'), place: pathHandle }),
])

/** What opens it. A passphrase or code is tried alone; `keychain` may refuse, telling `offers` in its facts. */
const way = v.variant('kind', [
  v.strictObject({ kind: v.literal('keychain') }),
  v.strictObject({ kind: v.literal('passphrase'), passphrase: secret }),
  v.strictObject({ kind: v.literal('recovery'), code: secret }),
  /** A recovery code in the file that was saved for it (`pick.recovery-file`). */
  v.strictObject({ kind: v.literal('recovery-file'), file: pathHandle }),
])

/** The group's number, 1 to 14, and what was typed for it. */
const typedGroup = v.strictObject({
  group: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(14)),
  typed: secret,
})

/** Making, opening and locking the window's one vault. */
export const VAULT_CALLS = {
  /** Last opened first. */
  'vaults.known': call<readonly KnownVault[]>()(nothing),
  /** Forgets what this computer knows of a vault; its folder stays. Confirmed natively. False: kept. */
  'vaults.forget': call<boolean>()(v.strictObject({ vaultId })),
  /** Shows a known vault's unlock screen; one that is open is locked first. */
  'vault.choose': call<VaultState>()(v.strictObject({ target })),
  /** Back to the welcome screen; an open vault is locked first. */
  'vault.leave': call<VaultState>()(nothing),

  'pick.vault': call<VaultPlace | null>()(nothing),
  /** Where a new vault's folder is to be made. Null: the person thought better of it. */
  'pick.new-vault': call<NewVaultPlace | null>()(v.strictObject({ name })),
  'pick.recovery-file': call<{ readonly handle: Handle; readonly name: string } | null>()(nothing),

  /**
   * Makes a vault and opens it. With `recovery` main first shows the code in a window of its own, tells event
   * `recovery-shown`, and goes on after `recovery.type-back` was right or `recovery.later` was called; after
   * `recovery.cancel` it refuses with INTERRUPTED, and nothing was made.
   */
  'vault.create': call<CreatedVaultFacts>()(
    v.strictObject({
      place: pathHandle,
      name,
      keychain: v.boolean(),
      passphrase: v.nullable(secret),
      allowWeakPassphrase: v.boolean(),
      recovery: v.boolean(),
    }),
  ),
  'vault.open': call<VaultFacts>()(
    v.strictObject({
      target,
      way,
      /** Leaves the keychain out on this computer from now on (false), or takes it in again (true). */
      useKeychain: v.optional(v.boolean()),
      /** Goes on from what is there though this computer has seen more. Confirmed natively. */
      acceptRollback: v.optional(v.boolean()),
    }),
  ),
  'vault.lock': call<VaultState>()(nothing),
  'vault.facts': call<VaultFacts>()(nothing),

  /** A new recovery code for the open vault; those it has stay. Shown and typed back as at `vault.create`. */
  'recovery.create': call<RecoveryWay>()(nothing),
  /** Whether the groups that were asked for are those of the code that is shown. */
  'recovery.type-back': call<{ readonly right: boolean }>()(
    v.strictObject({ groups: v.pipe(v.array(typedGroup), v.minLength(1), v.maxLength(14)) }),
  ),
  'recovery.later': call<null>()(nothing),
  'recovery.cancel': call<null>()(nothing),
  /** Brings the code's window to the front. */
  'recovery.show': call<null>()(nothing),
  'recovery.print': call<null>()(nothing),
  /** Writes the code to a file that the person chooses; its place, or null if they thought better of it. */
  'recovery.save': call<{ readonly place: string } | null>()(nothing),
}
