import { bug } from '../base/index.ts'
import { type Id, parseId } from '../contract/ids.ts'
import { type Hash, parseHash } from '../journal/index.ts'

/**
 * The numbers, ids and texts of this room's own pages, as short as they get:
 *
 *     varint    7 bits a byte, the low ones first, 80 set while more follow
 *     signed    as varint, but the lowest bit of all is the sign
 *     text, bytes    varint length ‖ UTF-8, or as they are
 *
 * Read only what a tag has verified: a structure that isn't one is a fault of ours.
 */
export class CompactWriter {
  #buffer = Buffer.alloc(4096)
  #at = 0

  u8(value: number): void {
    this.#room(1)
    this.#buffer[this.#at++] = value
  }

  /** @param value 0 to 2⁵³ − 1 */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) bug(`${value} as a varint`)
    this.#room(8)
    let rest = value
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#at++] = rest
  }

  /** @param value −(2⁵³ − 1) to 2⁵³ − 1 */
  signed(value: number): void {
    if (!Number.isSafeInteger(value)) bug(`${value} as a signed varint`)
    const size = Math.abs(value)
    const rest = Math.floor(size / 0x40)
    this.u8((size % 0x40) * 2 + (value < 0 ? 1 : 0) + (rest > 0 ? 0x80 : 0))
    if (rest > 0) this.varint(rest)
  }

  /** A number of 48 bits. */
  u48(value: number): void {
    this.#room(6)
    this.#at = this.#buffer.writeUIntBE(value, this.#at, 6)
  }

  id(id: Id<string>): void {
    this.#room(16)
    this.#at += this.#buffer.write(id, this.#at, 16, 'hex')
  }

  hash(hash: Hash): void {
    this.#room(32)
    this.#at += this.#buffer.write(hash, this.#at, 32, 'hex')
  }

  text(text: string): void {
    const length = Buffer.byteLength(text)
    this.varint(length)
    this.#room(length)
    this.#at += this.#buffer.write(text, this.#at, length, 'utf8')
  }

  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.raw(bytes)
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  get length(): number {
    return this.#at
  }

  /** What was written, to be used before anything else is; the next starts anew. */
  finish(): Buffer {
    const written = this.#buffer.subarray(0, this.#at)
    this.#at = 0
    return written
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return
    const larger = Buffer.alloc(2 * (this.#at + bytes))
    larger.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = larger
  }
}

/** Reads front to back what a CompactWriter wrote. */
export class CompactReader {
  readonly #buffer: Buffer
  #at: number

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer
    this.#at = at
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#at
  }

  u8(): number {
    return this.#buffer[this.#at++] ?? short()
  }

  varint(): number {
    let byte = this.u8()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let unit = 0x80; byte >= 0x80; unit *= 0x80) {
      byte = this.u8()
      value += (byte & 0x7f) * unit
    }
    return value
  }

  signed(): number {
    const first = this.u8()
    const size = ((first & 0x7f) >>> 1) + (first >= 0x80 ? this.varint() * 0x40 : 0)
    return (first & 1) === 1 ? -size : size
  }

  u48(): number {
    return this.#buffer.readUIntBE(this.#advance(6), 6)
  }

  // As text at once: a view of 16 bytes costs more than their digits.
  id<T extends Id<string>>(): T {
    const from = this.#advance(16)
    return parseId<T>(this.#buffer.toString('hex', from, from + 16)) ?? short()
  }

  hash(): Hash {
    const from = this.#advance(32)
    return parseHash(this.#buffer.toString('hex', from, from + 32)) ?? short()
  }

  text(): string {
    const length = this.varint()
    const from = this.#advance(length)
    return this.#buffer.toString('utf8', from, from + length)
  }

  /** A view (not a copy). */
  bytes(): Buffer {
    return this.raw(this.varint())
  }

  /** A view (not a copy) of the next `length` bytes. */
  raw(length: number): Buffer {
    const from = this.#advance(length)
    return this.#buffer.subarray(from, from + length)
  }

  skip(length: number): void {
    this.#advance(length)
  }

  #advance(length: number): number {
    const from = this.#at
    this.#at += length
    return this.#at <= this.#buffer.length ? from : short()
  }
}

function short(): never {
  return bug('a page of the index ends too early')
}
