/** Big-endian reading and writing of binary structures, strict text and base64. */
import { bug } from './vault-error.ts'

const encoder = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Thrown by a ByteReader when its input holds less than asked for; `orShort` turns it into a value. */
class ShortInput extends Error {}

/** Reads a structure front to back. Every read is checked against what is really there. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#at
  }

  /** Bytes left. */
  get rest(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8))
  }

  /** A view (not a copy) of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const from = this.#advance(length)
    return this.#bytes.subarray(from, from + length)
  }

  #advance(length: number): number {
    if (length > this.rest) throw new ShortInput()
    const from = this.#at
    this.#at += length
    return from
  }
}

/** Runs a parser over `input`; 'short' if the input ended before the structure did. */
export function orShort<T>(input: Uint8Array, parse: (reader: ByteReader) => T): T | 'short' {
  try {
    return parse(new ByteReader(input))
  } catch (error) {
    if (error instanceof ShortInput) return 'short'
    throw error
  }
}

/** A part of a structure to write: bytes as they are, or a big-endian number of 1, 2, 4 or 8 bytes. */
export type Part =
  | Uint8Array
  | { readonly u8: number }
  | { readonly u16: number }
  | { readonly u32: number }
  | { readonly u64: bigint }

const sizeOf = (part: Part): number =>
  part instanceof Uint8Array ? part.length : 'u8' in part ? 1 : 'u16' in part ? 2 : 'u32' in part ? 4 : 8

/**
 * Writes parts one after another into a buffer of its own. Not for key bytes.
 *
 * @throws BUG a number that its field can't hold: cut to fit, it would make a file that nobody can read
 */
export function concat(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + sizeOf(part), 0))
  const view = new DataView(out.buffer)
  let at = 0
  for (const part of parts) {
    if (part instanceof Uint8Array) out.set(part, at)
    else if ('u8' in part) view.setUint8(at, fitting(part.u8, 0xff))
    else if ('u16' in part) view.setUint16(at, fitting(part.u16, 0xffff))
    else if ('u32' in part) view.setUint32(at, fitting(part.u32, 0xffffffff))
    else if (part.u64 === BigInt.asUintN(64, part.u64)) view.setBigUint64(at, part.u64)
    else bug(`${part.u64} in a field of 64 bits`)
    at += sizeOf(part)
  }
  return out
}

function fitting(value: number, max: number): number {
  return Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : bug(`${value} in a field up to ${max}`)
}

/**
 * A copy of key bytes in a buffer of its own, outside V8's heap.
 *
 * `new Uint8Array(bytes)` and `Buffer.alloc` are not enough for keys: V8 keeps arrays of up to 64 bytes in
 * its heap, and each time its collector moves one, or someone asks for its `buffer`, a copy stays behind
 * that nobody can zero.
 */
export function copyOffHeap(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(new ArrayBuffer(bytes.length))
  own.set(bytes)
  return own
}

/** UTF-8 bytes of `text`. Not for secrets: strings can't be zeroed. */
export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** The text in `bytes`, or undefined when they are not well-formed UTF-8. */
export function parseUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Base64 of RFC 4648 §4, padded. */
export function writeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Strict reverse of writeBase64: undefined for anything that it would not have written. */
export function parseBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const decoded = Buffer.from(text, 'base64')
  if (decoded.toString('base64') !== text) return undefined
  return new Uint8Array(decoded)
}

/**
 * Gives the memory of a buffer back at once, rather than at some later garbage collection: what ciphers give
 * out a gigabyte of would pile up. The buffer is empty from then on; one that shares its memory stays.
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength) buffer.transfer(0)
}
