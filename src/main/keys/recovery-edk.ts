import { bug, concat, kdf, parseUtf8, type Secret, utf8Bytes } from '../base/index.ts'
import { idBytes, type KeyId, parseId, type RecoveryKeyId } from '../contract/ids.ts'
import type { Edk } from '../message/index.ts'
import { agreeOnce, POINT_BYTES, type Point, parsePoint } from './p256.ts'
import type { RecoveryKey } from './recovery-key.ts'
import { boxKey, type Place, placeAad, unboxKey } from './wrapped-key.ts'

/**
 * A key wrapped for a recovery code (docs/format.md §2):
 *
 *     provider id    strongroom-recovery
 *     provider info  recovery key id (32 hex)
 *     ciphertext     ephemeral P-256 point 65 ‖ box(key, vault id ‖ subject, key 32)
 *
 *     key = KDF(ECDH x, "strongroom/recovery", ephemeral point ‖ recovery point ‖ subject)
 */
export const RECOVERY_PROVIDER = utf8Bytes('strongroom-recovery')

/** Whom to wrap for: a recovery code, known by its public point alone. */
export type RecoveryRecipient = { readonly id: RecoveryKeyId; readonly point: Point }

/** Wraps `key` for a recovery code; the code itself is not needed. */
export function wrapRecovery(recipient: RecoveryRecipient, place: Place, key: Secret): Edk {
  const { ephemeral, shared } = agreeOnce(recipient.point)
  using ended = shared
  using wrapping = wrappingKey(ended, ephemeral, recipient.point, place)
  return {
    providerId: RECOVERY_PROVIDER,
    providerInfo: utf8Bytes(recipient.id),
    ciphertext: concat(ephemeral, boxKey(wrapping, placeAad(place), key)),
  }
}

/**
 * The key in a recovery EDK; undefined if it was not wrapped for this code and place, or was changed. A point
 * off the curve is refused before the private scalar meets it.
 */
export function unwrapRecovery(recoveryKey: RecoveryKey, place: Place, edk: Edk): Secret | undefined {
  const ephemeral = parsePoint(edk.ciphertext.subarray(0, POINT_BYTES))
  if (ephemeral === undefined) return undefined
  using shared = recoveryKey.agree(ephemeral)
  using wrapping = wrappingKey(shared, ephemeral, recoveryKey.point, place)
  return unboxKey(wrapping, placeAad(place), edk.ciphertext.subarray(POINT_BYTES), 'unwrapped key')
}

/** The recovery key that a recovery EDK is for; undefined if its info is not a recovery EDK's. */
export function recoveryEdkName(edk: Edk): RecoveryKeyId | undefined {
  const name = parseUtf8(edk.providerInfo)
  return name === undefined ? undefined : parseId<RecoveryKeyId>(name)
}

function wrappingKey(shared: Secret, ephemeral: Point, recoveryPoint: Point, place: Place): Secret {
  const info = concat(ephemeral, recoveryPoint, idBytes(place.subject))
  return kdf(shared, idBytes(place.vaultId), 'strongroom/recovery', info)
}

/** The name that the journal knows a recovery code's EDKs by: its own id (docs/format.md §3). */
export function recoveryKeyAsKey(id: RecoveryKeyId): KeyId {
  return parseId<KeyId>(id) ?? bug('an id that is none')
}
