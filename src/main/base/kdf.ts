import { createHash, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { concat, utf8Bytes } from './bytes.ts'
import { Secret } from './secret.ts'

/**
 * Derives a key (docs/format.md §2):
 *
 *     KDF(k, label, info) = HKDF-SHA256(IKM k, salt vault id, info label ‖ 00 ‖ info, L 32)
 *
 * @param salt the vault id, 16 bytes; for a passphrase outside a vault its Argon2 salt
 */
export function kdf(
  key: Secret,
  salt: Uint8Array,
  label: string,
  info: Uint8Array = new Uint8Array(),
): Secret {
  return Secret.take(kdfBytes(key.keyObject(), salt, label, info), label)
}

/** The commitment to a key (docs/format.md §2): 32 bytes that are no secret. */
export function commit(key: Secret, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(kdfBytes(key.keyObject(), salt, 'strongroom/commit', new Uint8Array()))
}

function kdfBytes(key: KeyObject, salt: Uint8Array, label: string, info: Uint8Array): ArrayBuffer {
  return hkdfSync('sha256', key, salt, concat(utf8Bytes(label), { u8: 0 }, info), 32)
}

/** Compares in constant time for equal lengths; lengths are no secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
