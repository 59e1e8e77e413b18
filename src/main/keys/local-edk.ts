import { concat, equalBytes, kdf, orShort, parseUtf8, type Secret, utf8Bytes } from '../base/index.ts'
import { idBytes, type KeyVersionId, parseId } from '../contract/ids.ts'
import type { Edk } from '../message/index.ts'
import { boxKey, type Place, placeAad, unboxKey } from './wrapped-key.ts'

/**
 * A key wrapped by a master key of this vault (docs/format.md §2), laid out like a Raw-AES EDK:
 *
 *     provider id    strongroom-local
 *     provider info  key version id (32 hex) ‖ tag bits u32 (128) ‖ IV length u32 (12) ‖ IV 12
 *     ciphertext     AES-256-GCM(key 32) ‖ tag 16
 *
 *     key = KDF(master key, "strongroom/wrap", subject)     AAD = vault id ‖ subject
 */
export const LOCAL_PROVIDER = utf8Bytes('strongroom-local')

const NAME_BYTES = 32
const IV_BYTES = 12
const IV_HEADER = concat({ u32: 128 }, { u32: IV_BYTES })

/** Wraps `key` under one version of the vault's master key. */
export function wrapLocal(masterKey: Secret, keyVersionId: KeyVersionId, place: Place, key: Secret): Edk {
  using wrapping = wrappingKey(masterKey, place)
  const box = boxKey(wrapping, placeAad(place), key)
  return {
    providerId: LOCAL_PROVIDER,
    providerInfo: concat(utf8Bytes(keyVersionId), IV_HEADER, box.subarray(0, IV_BYTES)),
    ciphertext: box.subarray(IV_BYTES),
  }
}

/** The key in a local EDK; undefined if it was not wrapped by this master key for this place, or changed. */
export function unwrapLocal(masterKey: Secret, place: Place, edk: Edk): Secret | undefined {
  const info = parseInfo(edk.providerInfo)
  if (info === undefined) return undefined
  using wrapping = wrappingKey(masterKey, place)
  return unboxKey(wrapping, placeAad(place), concat(info.iv, edk.ciphertext), 'unwrapped key')
}

/** The key version that a local EDK is under; undefined if its info is not a local EDK's. */
export function localEdkName(edk: Edk): KeyVersionId | undefined {
  return parseInfo(edk.providerInfo)?.keyVersionId
}

function wrappingKey(masterKey: Secret, place: Place): Secret {
  return kdf(masterKey, idBytes(place.vaultId), 'strongroom/wrap', idBytes(place.subject))
}

function parseInfo(
  bytes: Uint8Array,
): { readonly keyVersionId: KeyVersionId; readonly iv: Uint8Array } | undefined {
  const info = orShort(bytes, (reader) => {
    const name = parseUtf8(reader.bytes(NAME_BYTES))
    const ivHeader = reader.bytes(IV_HEADER.length)
    const iv = reader.bytes(IV_BYTES)
    return { name, ivHeader, iv, rest: reader.rest }
  })
  if (info === 'short' || info.rest !== 0 || !equalBytes(info.ivHeader, IV_HEADER)) return undefined
  const keyVersionId = info.name === undefined ? undefined : parseId<KeyVersionId>(info.name)
  return keyVersionId === undefined ? undefined : { keyVersionId, iv: info.iv }
}
