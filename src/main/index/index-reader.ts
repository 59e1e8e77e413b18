import { IndexTables } from './index-tables.ts'
import { demandOurs } from './index-writer.ts'
import { pageOf, type RecordPage, slotOf } from './page-table.ts'
import type { PrivateColumns } from './private-columns.ts'
import { FIRST_NUMBER, type Row } from './row.ts'
import { type RowHead, readRow, readRowHead } from './row-codec.ts'
import { atOneMoment, type Connection, type DatabaseFacts, withSqlite } from './sqlite.ts'

const CACHED_PAGES = 128

type CachedPage = { readonly names: readonly string[]; readonly records: RecordPage }

/** The connection that reads index.db: what is committed, whatever this process is writing just now. */
export class IndexReader {
  readonly #facts: DatabaseFacts
  readonly #db: Connection
  readonly #columns: PrivateColumns
  readonly #tables: IndexTables
  readonly #dataVersion
  readonly #pages = new Map<number, CachedPage>()
  #seenVersion: number | undefined
  #generation = ''

  constructor(facts: DatabaseFacts, db: Connection, columns: PrivateColumns) {
    this.#facts = facts
    this.#db = db
    this.#columns = columns
    this.#tables = new IndexTables(db, columns)
    this.#dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck()
  }

  /**
   * Runs a query: all that it reads is of one moment.
   *
   * @throws INDEX_REPLACED · INDEX_DAMAGED · IO_ERROR …
   */
  at<T>(query: (tables: IndexTables) => T): T {
    return withSqlite(this.#facts, () =>
      atOneMoment(this.#db, () => {
        this.#refresh()
        return query(this.#tables)
      }),
    )
  }

  /** Renewed each time the index is emptied; inside `at`. */
  get generation(): string {
    return this.#generation
  }

  /** What a list shows of an item, and its name; inside `at`. */
  head(number: number): { readonly head: RowHead; readonly name: string } {
    const { names, records } = this.#page(pageOf(number))
    const head = readRowHead(records.readerAt(slotOf(number)))
    return { head, name: names[slotOf(number)] ?? '' }
  }

  /** All of an item; inside `at`. */
  row(number: number): Row {
    const { names, records } = this.#page(pageOf(number))
    return readRow(records.readerAt(slotOf(number)), this.#tables, number, names[slotOf(number)] ?? '')
  }

  /** How many items a page holds; inside `at`. */
  rowsOf(page: number): number {
    return this.#page(page).records.rows
  }

  /** The names of a page, not to be kept with others; inside `at`. */
  namesOf(page: number): readonly string[] {
    return this.#tables.pages.names(page)
  }

  /** The pages, also those that come up meanwhile. */
  *eachPage(): Generator<number> {
    const last = () => this.at(({ pages }) => pages.lastPage) ?? 0
    for (let page = pageOf(FIRST_NUMBER); page <= last(); page++) yield page
  }

  #page(page: number): CachedPage {
    const held = this.#pages.get(page)
    if (held) this.#pages.delete(page)
    else if (this.#pages.size >= CACHED_PAGES) this.#pages.delete([...this.#pages.keys()][0] ?? page)
    const { pages } = this.#tables
    const cached = held ?? { names: pages.names(page), records: pages.records(page) }
    this.#pages.set(page, cached)
    return cached
  }

  #refresh(): void {
    const version = this.#dataVersion.get()
    if (version === this.#seenVersion) return
    this.#generation = demandOurs(this.#db, this.#columns)
    this.#tables.forget()
    this.#pages.clear()
    this.#seenVersion = version
  }
}
