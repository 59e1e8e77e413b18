import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { copyOffHeap } from './bytes.ts'
import { randomBytes } from './random.ts'
import type { Secret } from './secret.ts'

const ALGORITHM = 'aes-256-gcm'
const OPTIONS = { authTagLength: 16 } as const
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What a box adds to its content: nonce and tag. */
export const BOX_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES

/**
 * Seals a small thing (docs/format.md, head):
 *
 *     box(k, aad, x) = nonce 12 (random) ‖ AES-256-GCM(k, aad, x) ‖ tag 16
 */
export function sealBox(key: Secret, aad: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(content.length + BOX_OVERHEAD_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key.keyObject(), nonce, OPTIONS)
  cipher.setAAD(aad)
  out.set(nonce)
  out.set(cipher.update(content), NONCE_BYTES)
  cipher.final()
  out.set(cipher.getAuthTag(), NONCE_BYTES + content.length)
  return out
}

/**
 * Opens a box.
 *
 * @returns the content in a buffer of its own, so that it may become a Secret; undefined when key, AAD or
 *   bytes don't belong together: the caller knows what that means
 */
export function openBox(key: Secret, aad: Uint8Array, box: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  return openParts(key.keyObject(), aad, box)
}

function openParts(key: KeyObject, aad: Uint8Array, box: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (box.length < BOX_OVERHEAD_BYTES) return undefined
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), OPTIONS)
  decipher.setAAD(aad)
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES))
  const plain = decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES))
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
