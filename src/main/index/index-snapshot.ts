import {
  coverableHeads,
  type Head,
  itemOps,
  type Known,
  keyOps,
  type StampedOp,
  State,
  standingOps,
} from '../journal/index.ts'
import { IndexTables } from './index-tables.ts'
import { demandOurs } from './index-writer.ts'
import { PAGE_ROWS, pageOf } from './page-table.ts'
import type { PrivateColumns } from './private-columns.ts'
import { FIRST_NUMBER } from './row.ts'
import { readRow } from './row-codec.ts'
import { type Connection, connect, type DatabaseFacts, withSqlite } from './sqlite.ts'

/**
 * The index as it is at one moment, on a connection of its own, for as long as a checkpoint takes to be
 * written: its ops are of exactly the frames up to its heads, whatever is applied meanwhile.
 */
export class IndexSnapshot implements Disposable {
  readonly known: Known
  /** What a checkpoint of it covers; undefined: a segment is forked, so there can't be one. */
  readonly covered: readonly Head[] | undefined
  readonly #facts: DatabaseFacts
  readonly #db: Connection
  readonly #tables: IndexTables

  private constructor(facts: DatabaseFacts, db: Connection, tables: IndexTables, known: Known) {
    this.#facts = facts
    this.#db = db
    this.#tables = tables
    this.known = known
    this.covered = coverableHeads(known)
  }

  /** @returns undefined if nothing was ever read from the journal */
  static take(facts: DatabaseFacts, columns: PrivateColumns): IndexSnapshot | undefined {
    return withSqlite(facts, () => {
      const db = connect(facts.path, 1000)
      try {
        db.exec('BEGIN')
        demandOurs(db, columns)
        const tables = new IndexTables(db, columns)
        const known = tables.known.read()
        if (known) return new IndexSnapshot(facts, db, tables, known)
        db.close()
        return undefined
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  /** The ops that still count, a page of items at a time in memory. */
  *standingOps(): Generator<StampedOp> {
    const covered = this.covered ?? []
    const rest = new State()
    const { strays, registers, witnesses } = this.#tables
    withSqlite(this.#facts, () => {
      for (const [version, keys] of strays.all()) rest.keys.set(version, keys)
      for (const [name, register] of registers.settings()) rest.settings.set(name, register)
      for (const [name, register] of registers.files()) rest.files.set(name, register)
      for (const [feature, since] of registers.features()) rest.features.set(feature, since)
      for (const [segment, all] of witnesses.all()) rest.witnesses.set(segment, all)
    })
    const last = this.#tables.pages.lastPage ?? 0
    for (let page = pageOf(FIRST_NUMBER); page <= last; page++) {
      yield* withSqlite(this.#facts, () => this.#opsIn(page))
    }
    yield* standingOps(rest, covered)
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #opsIn(page: number): readonly StampedOp[] {
    const names = this.#tables.pages.names(page)
    const records = this.#tables.pages.records(page)
    return Array.from({ length: records.rows }, (_, slot) => {
      const row = readRow(records.readerAt(slot), this.#tables, page * PAGE_ROWS + slot, names[slot] ?? '')
      const keys = row.keys.flatMap(({ version, records }) => [...keyOps(version, records)])
      return [...itemOps(row.id, row.record), ...keys]
    }).flat()
  }
}
