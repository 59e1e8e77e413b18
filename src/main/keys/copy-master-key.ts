import { bug, commit, equalBytes, fail, kdf, type Secret } from '../base/index.ts'
import { type CopyId, idBytes, type KeyVersionId, type VaultId } from '../contract/ids.ts'
import { copyName, type KeyCopy } from './key-copies.ts'
import { demandCommitment } from './key-record.ts'
import { unwrapLocal, wrapLocal } from './local-edk.ts'
import { derivePassphrase, type PassphraseKdf } from './passphrase.ts'
import { type RecoveryRecipient, unwrapRecovery, wrapRecovery } from './recovery-edk.ts'
import type { CandidateKey } from './way.ts'
import { boxKey, type Place, placeAad, unboxKey } from './wrapped-key.ts'

/** Makes and opens copies of a master key (docs/format.md §3). */

/** Which copy of what: the master key of `keyVersionId` in this vault. */
export type CopyPlace = {
  readonly vaultId: VaultId
  readonly keyVersionId: KeyVersionId
  readonly copyId: CopyId
}

/**
 * Copies a master key for a passphrase. One Argon2 run: about half a second at our own cost.
 *
 *     box(KDF(k, "strongroom/copy", key version id), vault id ‖ key version id, master key)     commit(k)
 */
export async function copyForPassphrase(
  masterKey: Secret,
  at: CopyPlace,
  passphrase: Secret,
  cost: PassphraseKdf,
): Promise<KeyCopy> {
  using derived = await derivePassphrase(passphrase, cost)
  using wrapping = copyKey(derived, at)
  return {
    kind: 'passphrase',
    keyVersionId: at.keyVersionId,
    copyId: at.copyId,
    kdf: cost,
    commitment: commit(derived, idBytes(at.vaultId)),
    box: boxKey(wrapping, placeAad(placeOf(at)), masterKey),
  }
}

/** Copies a master key for a recovery code, of which only the public point is needed. */
export function copyForRecovery(masterKey: Secret, at: CopyPlace, recipient: RecoveryRecipient): KeyCopy {
  const { keyVersionId, copyId } = at
  const edk = wrapRecovery(recipient, placeOf(at), masterKey)
  return { kind: 'recovery', keyVersionId, copyId, recoveryKeyId: recipient.id, edk }
}

/** Copies a master key under the next key version, so that the newest opens all before it. */
export function copyUnderNext(
  masterKey: Secret,
  at: CopyPlace,
  next: { readonly keyVersionId: KeyVersionId; readonly masterKey: Secret },
): KeyCopy {
  const { keyVersionId, copyId } = at
  if (next.keyVersionId === keyVersionId) bug('a master key copied under itself')
  const edk = wrapLocal(next.masterKey, next.keyVersionId, placeOf(at), masterKey)
  return { kind: 'local', keyVersionId, copyId, under: next.keyVersionId, edk }
}

type CopyOf<K extends KeyCopy['kind']> = KeyCopy & { readonly kind: K }

/** What a copy must hold: the key that its version's file commits to. */
export type CopyTarget = { readonly vaultId: VaultId; readonly commitment: Uint8Array }

/**
 * Opens a passphrase copy: one Argon2 run.
 *
 * @returns 'wrong' for another passphrase
 * @throws KEY_COPY_DAMAGED the passphrase is the copy's own, and yet the copy does not open
 * @throws KEY_COMMITMENT it holds another key than its version's
 */
export async function openPassphraseCopy(
  copy: CopyOf<'passphrase'>,
  { vaultId, commitment }: CopyTarget,
  passphrase: Secret,
): Promise<Secret | 'wrong'> {
  using derived = await derivePassphrase(passphrase, copy.kdf)
  // First the commitment: a box can be made to open under two keys, a commitment can't.
  if (!equalBytes(commit(derived, idBytes(vaultId)), copy.commitment)) return 'wrong'
  const at = { vaultId, keyVersionId: copy.keyVersionId }
  using wrapping = copyKey(derived, at)
  const key = unboxKey(wrapping, placeAad(placeOf(at)), copy.box, 'master key')
  return demandKey(key, copy, { vaultId, commitment })
}

/**
 * Opens a recovery copy.
 *
 * @returns undefined if it is another code's, as far as can be known
 * @throws KEY_COPY_DAMAGED the code is known to be the copy's own, and yet it does not open · KEY_COMMITMENT
 */
export function openRecoveryCopy(
  copy: CopyOf<'recovery'>,
  target: CopyTarget,
  recovery: CandidateKey,
): Secret | undefined {
  const key = unwrapRecovery(recovery.key, placeOf({ ...copy, vaultId: target.vaultId }), copy.edk)
  return key === undefined && !recovery.known ? undefined : demandKey(key, copy, target)
}

/** @throws KEY_COPY_DAMAGED the next master key is the right one, and yet it does not open · KEY_COMMITMENT */
export function openLocalCopy(copy: CopyOf<'local'>, target: CopyTarget, nextMasterKey: Secret): Secret {
  const place = placeOf({ ...copy, vaultId: target.vaultId })
  return demandKey(unwrapLocal(nextMasterKey, place, copy.edk), copy, target)
}

type CopyOwner = Pick<CopyPlace, 'vaultId' | 'keyVersionId'>

const placeOf = ({ vaultId, keyVersionId }: CopyOwner): Place => ({ vaultId, subject: keyVersionId })

function copyKey(derived: Secret, { vaultId, keyVersionId }: CopyOwner): Secret {
  return kdf(derived, idBytes(vaultId), 'strongroom/copy', idBytes(keyVersionId))
}

function demandKey(key: Secret | undefined, copy: KeyCopy, target: CopyTarget): Secret {
  const name = copyName(copy)
  if (key === undefined) {
    fail('KEY_COPY_DAMAGED', `${name}, a copy of a master key, was changed or damaged.`, { name })
  }
  return demandCommitment(key, target.vaultId, target.commitment, name)
}
