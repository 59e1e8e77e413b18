import { bug } from '../base/index.ts'
import { CompactWriter } from './compact.ts'
import { PAGE_ROWS, type PageTable, pageOf, type RecordPage, slotOf } from './page-table.ts'
import type { Row } from './row.ts'
import { type RowTables, readRow, writeRow } from './row-codec.ts'

/** Pages kept in memory while a transaction writes. */
const CACHED_PAGES = 24

/** A page in memory: as it was read, and the rows that were taken out or put in. */
type OpenPage = {
  readonly names: readonly string[]
  readonly read: RecordPage
  readonly rows: Map<number, Row>
  readonly changed: Set<number>
}

/** The rows of a write transaction: read page by page, written when a page makes room or at the end. */
export class Rows {
  readonly #table: PageTable
  readonly #tables: RowTables
  readonly #change: number
  readonly #pages = new Map<number, OpenPage>()
  readonly #writer = new CompactWriter()

  /** @param change the number of this change of the index */
  constructor(table: PageTable, tables: RowTables, change: number) {
    this.#table = table
    this.#tables = tables
    this.#change = change
  }

  at(number: number): Row {
    const open = this.#open(pageOf(number))
    const slot = slotOf(number)
    const held = open.rows.get(slot)
    if (held) return held
    const row = readRow(
      open.read.readerAt(slot),
      this.#tables,
      number,
      open.names[slot] ?? bug('a row without a name'),
    )
    open.rows.set(slot, row)
    return row
  }

  /** Puts a row in the place of the one with its number, or as the next one. */
  put(row: Row): void {
    const open = this.#open(pageOf(row.number))
    const slot = slotOf(row.number)
    open.rows.set(slot, row)
    open.changed.add(slot)
  }

  /** Writes what was changed; the rows are read anew after it. */
  flush(): void {
    for (const page of [...this.#pages.keys()]) this.#close(page)
  }

  #open(page: number): OpenPage {
    const held = this.#pages.get(page)
    // Used last, so that the least recently used is the first.
    if (held) this.#pages.delete(page)
    else if (this.#pages.size >= CACHED_PAGES) this.#close([...this.#pages.keys()][0] ?? page)
    const open = held ?? {
      names: this.#table.names(page),
      read: this.#table.records(page),
      rows: new Map<number, Row>(),
      changed: new Set<number>(),
    }
    this.#pages.set(page, open)
    return open
  }

  #close(page: number): void {
    const open = this.#pages.get(page)
    this.#pages.delete(page)
    if (!open || open.changed.size === 0) return
    const count = Math.max(open.read.rows, ...[...open.changed].map((slot) => slot + 1))
    if (count > PAGE_ROWS) bug(`a page of ${count} rows`)
    this.#table.writeRecords(page, this.#bytesOf(open, count))
    const names = Array.from({ length: count }, (_, slot) => {
      return open.rows.get(slot)?.standing.name ?? open.names[slot] ?? ''
    })
    if (names.length === open.names.length && names.every((name, slot) => name === open.names[slot])) return
    this.#table.writeNames(page, this.#change, names)
  }

  *#bytesOf({ read, rows, changed }: OpenPage, count: number): Generator<Uint8Array> {
    for (let slot = 0; slot < count; slot++) {
      const row = changed.has(slot) ? rows.get(slot) : undefined
      if (row) {
        writeRow(this.#writer, this.#tables, row)
        yield this.#writer.finish()
      } else yield read.rowAt(slot)
    }
  }
}
