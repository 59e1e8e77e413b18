import { hex, sha256 } from '../base/index.ts'

/** A SHA-256 as 64 lower-case hex digits in memory, 32 raw bytes in CBOR and frames. */
declare const kind: unique symbol
export type Hash = string & { readonly [kind]: 'sha256' }

const HASH = /^[0-9a-f]{64}$/

/** The hash in 32 raw bytes; undefined for any other length. */
export function hashFromBytes(bytes: Uint8Array): Hash | undefined {
  return bytes.length === 32 ? (hex(bytes) as Hash) : undefined
}

/** The hash in `text`; undefined if it isn't exactly 64 lower-case hex digits. */
export function parseHash(text: string): Hash | undefined {
  return HASH.test(text) ? (text as Hash) : undefined
}

/** The 32 raw bytes of a hash. */
export function hashBytes(hash: Hash): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hash, 'hex'))
}

export function hashOf(...parts: readonly Uint8Array[]): Hash {
  return hex(sha256(...parts)) as Hash
}
