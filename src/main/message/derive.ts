import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { concat, copyOffHeap, equalBytes, type Secret, utf8Bytes } from '../base/index.ts'

export const TAG_BYTES = 16
export const IV_BYTES = 12
export const GCM = { authTagLength: TAG_BYTES } as const

const HEADER_IV = new Uint8Array(IV_BYTES)
const DERIVE_INFO = utf8Bytes('DERIVEKEY')
const COMMIT_INFO = utf8Bytes('COMMITKEY')

/** What the data key gives (docs/format.md §1.4): the key of all frames, and the commitment to it. */
export type DerivedKeys = { readonly encryptionKey: KeyObject; readonly commitKey: Uint8Array }

/**
 * HKDF-SHA512, salt = message id, L = 32:
 *
 *     encryption key  info = suite u16 ‖ "DERIVEKEY"
 *     commit key      info = "COMMITKEY"
 */
export function deriveKeys(dataKey: Secret, suiteId: number, messageId: Uint8Array): DerivedKeys {
  const key = dataKey.keyObject()
  const info = concat({ u16: suiteId }, DERIVE_INFO)
  const encryptionBytes = new Uint8Array(hkdfSync('sha512', key, messageId, info, 32))
  const encryptionKey = createSecretKey(encryptionBytes)
  encryptionBytes.fill(0)
  return { encryptionKey, commitKey: new Uint8Array(hkdfSync('sha512', key, messageId, COMMIT_INFO, 32)) }
}

/** The header's tag: GCM of nothing, IV of zeros, over the header and the required pairs not stored. */
export function headerTag(key: KeyObject, header: Uint8Array, requiredPairs: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, HEADER_IV, GCM)
  cipher.setAAD(requiredPairs.length === 0 ? header : concat(header, requiredPairs))
  cipher.final()
  return cipher.getAuthTag()
}

/** Whether `tag` is the header's; compared in constant time. */
export function headerTagHolds(
  key: KeyObject,
  header: Uint8Array,
  requiredPairs: Uint8Array,
  tag: Uint8Array,
): boolean {
  return equalBytes(headerTag(key, header, requiredPairs), tag)
}

/** Opens a GCM ciphertext; undefined if its tag doesn't hold. The result owns its whole buffer. */
export function openGcm(
  key: KeyObject,
  iv: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const bits = (key.symmetricKeySize ?? 0) * 8
  const decipher = createDecipheriv(`aes-${bits}-gcm` as 'aes-256-gcm', key, iv, GCM)
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  const plain = decipher.update(ciphertext)
  try {
    decipher.final()
  } catch {
    plain.fill(0)
    return undefined
  }
  const own = copyOffHeap(plain)
  plain.fill(0)
  return own
}
