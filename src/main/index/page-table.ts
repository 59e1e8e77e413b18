import { bug, release } from '../base/index.ts'
import { CompactReader, CompactWriter } from './compact.ts'
import type { PrivateColumns } from './private-columns.ts'
import { FIRST_NUMBER } from './row.ts'
import type { Connection } from './sqlite.ts'

/** Rows in a page: few enough that one is read in 0.1 ms, many enough that a cipher call costs nothing a row. */
export const PAGE_ROWS = 256

export const pageOf = (number: number): number => Math.floor(number / PAGE_ROWS)
export const slotOf = (number: number): number => number % PAGE_ROWS

/** A record page as it was read. */
export class RecordPage {
  readonly #bytes: Buffer
  /** Start and end of each row. */
  readonly #bounds: number[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    const reader = new CompactReader(bytes)
    while (reader.offset < bytes.length) {
      const length = reader.varint()
      this.#bounds.push(reader.offset, reader.offset + length)
      reader.skip(length)
    }
  }

  get rows(): number {
    return this.#bounds.length / 2
  }

  /** The bytes of one row: a view. */
  rowAt(slot: number): Buffer {
    return this.#bytes.subarray(this.#bound(2 * slot), this.#bound(2 * slot + 1))
  }

  /** A reader that stands at the start of a row. */
  readerAt(slot: number): CompactReader {
    return new CompactReader(this.#bytes, this.#bound(2 * slot))
  }

  #bound(index: number): number {
    return this.#bounds[index] ?? bug(`no slot ${index >> 1} in a page of ${this.rows}`)
  }
}

/**
 * Pages of 256 items each, encrypted as a whole:
 *
 *     names      name, one after another: text
 *     records    row, one after another: varint length ‖ row (row-codec.ts)
 */
export class PageTable {
  readonly #columns: PrivateColumns
  readonly #readNames
  readonly #readRecords
  readonly #writeNames
  readonly #writeRecords
  readonly #lastPage
  readonly #lastChange

  constructor(db: Connection, columns: PrivateColumns) {
    this.#columns = columns
    this.#readNames = db.prepare<[number], Buffer>('SELECT names FROM name_page WHERE page = ?').pluck()
    this.#readRecords = db.prepare<[number], Buffer>('SELECT records FROM record_page WHERE page = ?').pluck()
    this.#writeNames = db.prepare<[number, number, Uint8Array]>(
      'INSERT OR REPLACE INTO name_page VALUES (?, ?, ?)',
    )
    this.#writeRecords = db.prepare<[number, Uint8Array]>('INSERT OR REPLACE INTO record_page VALUES (?, ?)')
    this.#lastPage = db.prepare<[], number | null>('SELECT max(page) FROM record_page').pluck()
    this.#lastChange = db.prepare<[], number | null>('SELECT max(change) FROM name_page').pluck()
  }

  /** The number of the next item. */
  nextNumber(): number {
    const page = this.lastPage
    return page === undefined ? FIRST_NUMBER : page * PAGE_ROWS + this.records(page).rows
  }

  /** The number of the next change. */
  nextChange(): number {
    return (this.#lastChange.get() ?? 0) + 1
  }

  /** The greatest number of a page; undefined: there is none. */
  get lastPage(): number | undefined {
    return this.#lastPage.get() ?? undefined
  }

  /** The names of a page; none if there is no such page. */
  names(page: number): readonly string[] {
    const box = this.#readNames.get(page)
    if (!box) return []
    const content = this.#columns.open('page.names', page, box)
    const reader = new CompactReader(content)
    const names: string[] = []
    while (reader.offset < content.length) names.push(reader.text())
    release(content)
    return names
  }

  /** The records of a page; none if there is no such page. */
  records(page: number): RecordPage {
    const box = this.#readRecords.get(page)
    return new RecordPage(box ? this.#columns.open('page.records', page, box) : Buffer.alloc(0))
  }

  /** @param change the number of this change of the index, to be found by it */
  writeNames(page: number, change: number, names: readonly string[]): void {
    scratch.finish()
    for (const name of names) scratch.text(name)
    this.#writeNames.run(page, change, this.#columns.seal('page.names', page, scratch.finish()))
  }

  /** @param rows each is taken before the next is asked for */
  writeRecords(page: number, rows: Iterable<Uint8Array>): void {
    scratch.finish()
    for (const row of rows) scratch.bytes(row)
    this.#writeRecords.run(page, this.#columns.seal('page.records', page, scratch.finish()))
  }
}

const scratch = new CompactWriter()
