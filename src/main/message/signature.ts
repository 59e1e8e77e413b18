import { createPublicKey, createVerify, ECDH, type KeyObject, type Verify } from 'node:crypto'
import { fail, orShort, parseBase64 } from '../base/index.ts'
import type { UnverifiedHeader } from './header.ts'

/**
 * The signature of a 0x0578 message (docs/format.md §1.7): ECDSA P-384 with SHA-384 over header and body.
 *
 *     footer   length u16 ‖ DER signature
 *
 * Its public key is in the context, as base64 of the compressed point, so it proves that one writer made
 * header and body, not who that writer is.
 */
export const PUBLIC_KEY = 'aws-crypto-public-key'
/** SPKI head of an uncompressed P-384 point (RFC 5480). */
const SPKI_P384 = Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex')

export class SignatureCheck {
  readonly #key: KeyObject
  readonly #verify: Verify = createVerify('sha384')

  private constructor(key: KeyObject) {
    this.#key = key
  }

  /** The check that this header asks for; undefined for an unsigned suite. @throws MESSAGE_MALFORMED */
  static for(header: UnverifiedHeader): SignatureCheck | undefined {
    const text = header.context.get(PUBLIC_KEY)
    if (!header.suite.signed) {
      if (text !== undefined)
        fail('MESSAGE_MALFORMED', 'This message names a signing key, but its suite does not sign.')
      return undefined
    }
    const key = text === undefined ? undefined : parsePublicKey(text)
    if (key === undefined)
      return fail('MESSAGE_MALFORMED', 'This signed message holds no valid P-384 public key.')
    return new SignatureCheck(key)
  }

  /** Takes the next bytes of header and body. */
  update(bytes: Uint8Array): void {
    this.#verify.update(bytes)
  }

  /** @throws MESSAGE_TAMPERED the signature is not of these bytes */
  finish(signature: Uint8Array): void {
    if (!verifies(this.#verify, this.#key, signature)) {
      fail('MESSAGE_TAMPERED', 'The signature of this message does not hold: it was changed or damaged.')
    }
  }
}

/** The signature that starts `input` and the bytes it takes; 'short' if `input` ends within. */
export function parseFooter(input: Uint8Array): { signature: Uint8Array; sizeBytes: number } | 'short' {
  return orShort(input, (reader) => {
    const signature = reader.bytes(reader.u16())
    return { signature, sizeBytes: reader.offset }
  })
}

/** Whether a DER signature is of `bytes`, by the public key in uncompressed or compressed form. */
export function verifyP384(point: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKeyOf(point)
  return key !== undefined && verifies(createVerify('sha384').update(bytes), key, signature)
}

function verifies(verify: Verify, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify.verify(key, signature)
  } catch {
    return false
  }
}

function parsePublicKey(text: string): KeyObject | undefined {
  const point = parseBase64(text)
  return point === undefined ? undefined : publicKeyOf(point)
}

function publicKeyOf(point: Uint8Array): KeyObject | undefined {
  try {
    const uncompressed = ECDH.convertKey(point, 'secp384r1', undefined, undefined, 'uncompressed')
    return createPublicKey({
      key: Buffer.concat([SPKI_P384, Buffer.from(uncompressed)]),
      format: 'der',
      type: 'spki',
    })
  } catch {
    return undefined
  }
}
