import type { Stamp } from '../journal/index.ts'
import type { BatchTable } from './batch-table.ts'
import type { CompactReader, CompactWriter } from './compact.ts'

/**
 * The stamps of one row, each by what it differs in from the one before:
 *
 *     0 the same · 1 the next op of its batch · 2 index varint, in its batch · 3 batch varint ‖ index varint
 */
const FORM = { same: 0, next: 1, index: 2, whole: 3 } as const

export class StampWriter {
  readonly #writer: CompactWriter
  readonly #batches: BatchTable
  #batch = -1
  #index = 0

  constructor(writer: CompactWriter, batches: BatchTable) {
    this.#writer = writer
    this.#batches = batches
  }

  write({ batch: stamp, index }: Stamp): void {
    const batch = this.#batches.numberOf(stamp)
    if (batch !== this.#batch) {
      this.#writer.u8(FORM.whole)
      this.#writer.varint(batch)
      this.#writer.varint(index)
    } else if (index === this.#index) this.#writer.u8(FORM.same)
    else if (index === this.#index + 1) this.#writer.u8(FORM.next)
    else {
      this.#writer.u8(FORM.index)
      this.#writer.varint(index)
    }
    this.#batch = batch
    this.#index = index
  }
}

export class StampReader {
  readonly #reader: CompactReader
  readonly #batches: BatchTable
  #last: Stamp | undefined

  constructor(reader: CompactReader, batches: BatchTable) {
    this.#reader = reader
    this.#batches = batches
  }

  read(): Stamp {
    this.#last = this.#next()
    return this.#last
  }

  #next(): Stamp {
    const form = this.#reader.u8()
    const last = this.#last
    if (form === FORM.whole || !last) {
      return { batch: this.#batches.stampOf(this.#reader.varint()), index: this.#reader.varint() }
    }
    if (form === FORM.same) return last
    return { batch: last.batch, index: form === FORM.next ? last.index + 1 : this.#reader.varint() }
  }
}
