import type { CborValue } from '../base/index.ts'
import { type Id, idFromBytes } from '../contract/ids.ts'
import { type Hash, hashFromBytes } from './hash.ts'

/** Thrown by Fields for a value of another type than the format says; `orMalformed` turns it into a value. */
class Malformed extends Error {}

/** Reads the members of a CBOR array front to back, each as the one type it may have. */
export class Fields {
  readonly #values: readonly CborValue[]
  #at = 0

  constructor(value: CborValue | undefined) {
    if (!Array.isArray(value)) throw new Malformed()
    this.#values = value
  }

  /** Fields left. */
  get rest(): number {
    return this.#values.length - this.#at
  }

  any(): CborValue {
    const value = this.#values[this.#at++]
    if (value === undefined) throw new Malformed()
    return value
  }

  uint(greatest = Number.MAX_SAFE_INTEGER): number {
    const value = this.int()
    if (value < 0 || value > greatest) throw new Malformed()
    return value
  }

  int(): number {
    const value = this.any()
    if (typeof value !== 'number') throw new Malformed()
    return value
  }

  bool(): boolean {
    const value = this.any()
    if (typeof value !== 'boolean') throw new Malformed()
    return value
  }

  text(): string {
    const value = this.any()
    if (typeof value !== 'string') throw new Malformed()
    return value
  }

  bytes(): Uint8Array {
    const value = this.any()
    if (!(value instanceof Uint8Array)) throw new Malformed()
    return value
  }

  id<T extends Id<string>>(): T {
    return idFromBytes<T>(this.bytes()) ?? malformed()
  }

  hash(): Hash {
    return hashFromBytes(this.bytes()) ?? malformed()
  }

  ids<T extends Id<string>>(): readonly T[] {
    return this.list((member) => member.id<T>(), 'members')
  }

  /**
   * An array. Of 'arrays', each member is an array with Fields of its own, read to its end by `read`; of
   * 'members', `read` takes one member from the array itself.
   */
  list<T>(read: (fields: Fields) => T, of: 'arrays' | 'members'): readonly T[] {
    const list = new Fields(this.any())
    const out: T[] = []
    while (list.rest > 0) out.push(of === 'members' ? read(list) : Fields.whole(list.any(), read))
    return out
  }

  /** null, or what `read` takes. */
  orNull<T>(read: (fields: Fields) => T): T | null {
    if (this.#values[this.#at] !== null) return read(this)
    this.#at++
    return null
  }

  /** Nothing may follow. */
  end(): void {
    if (this.rest > 0) throw new Malformed()
  }

  /** What `read` makes of an array that it reads to its end. */
  static whole<T>(value: CborValue, read: (fields: Fields) => T): T {
    const fields = new Fields(value)
    const result = read(fields)
    fields.end()
    return result
  }
}

/** Ends a reading: the value is not what the format says. Only inside orMalformed. */
export function malformed(): never {
  throw new Malformed()
}

/** Runs a reading; 'malformed' if a value had another type or size than the format says. */
export function orMalformed<T>(read: () => T): T | 'malformed' {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) return 'malformed'
    throw error
  }
}
