/** Bytes that arrived before their structure was whole. Grows with what is really there, never by a claim. */
export class Carry {
  #buffer = new Uint8Array(1024)
  #from = 0
  #to = 0

  get length(): number {
    return this.#to - this.#from
  }

  /** A view of what is carried; valid until the next `add`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#from, this.#to)
  }

  add(bytes: Uint8Array): void {
    if (bytes.length > this.#buffer.length - this.#to) this.#makeRoom(bytes.length)
    this.#buffer.set(bytes, this.#to)
    this.#to += bytes.length
  }

  drop(length: number): void {
    this.#from += length
    if (this.#from === this.#to) this.#from = this.#to = 0
  }

  #makeRoom(extra: number): void {
    const needed = this.length + extra
    const target =
      needed > this.#buffer.length ? new Uint8Array(Math.max(needed, 2 * this.#buffer.length)) : this.#buffer
    target.set(this.bytes)
    this.#to = this.length
    this.#from = 0
    this.#buffer = target
  }
}
