import { fail } from '../base/index.ts'
import type { MetadataKeyId } from '../contract/ids.ts'
import {
  advance,
  type Batch,
  type JournalQuery,
  type JournalReading,
  type Known,
  readJournal,
  withCheckpoint,
} from '../journal/index.ts'
import { empty, readGeneration } from './generation.ts'
import { IndexTables } from './index-tables.ts'
import { IndexTarget } from './index-target.ts'
import type { PrivateColumns } from './private-columns.ts'
import { type Connection, type DatabaseFacts, failSqlite, whenFree } from './sqlite.ts'

const EVERY_MS = 20

/** What an own append came to. `behind`: the index lacks what was written before it; it reads it (catchUp). */
export type Applied = { readonly kind: 'applied'; readonly known: Known } | { readonly kind: 'behind' }

/** The connection that writes index.db: one act at a time, each in one transaction. */
export class IndexWriter {
  readonly #facts: DatabaseFacts
  readonly #db: Connection
  readonly #columns: PrivateColumns
  readonly #tables: IndexTables
  readonly #timeoutMs: number
  #last: Promise<unknown> = Promise.resolve()

  /** @param timeoutMs how long to wait for other processes */
  constructor(facts: DatabaseFacts, db: Connection, columns: PrivateColumns, timeoutMs: number) {
    this.#facts = facts
    this.#db = db
    this.#columns = columns
    this.#tables = new IndexTables(db, columns)
    this.#timeoutMs = timeoutMs
  }

  /**
   * Reads what is new in the journal: where it stood and what was applied are of one transaction, so two
   * processes that read at once agree.
   */
  async catchUp(
    query: Omit<JournalQuery, 'known'>,
  ): Promise<JournalReading & { readonly kind: 'read'; readonly changed: boolean }> {
    return await this.write(async (tables) => {
      const without = new Set(query.without)
      let known = tables.known.read()
      for (;;) {
        const target = new IndexTarget(tables)
        const reading = await readJournal({ ...query, without, ...(known && { known }) }, target)
        if (reading.kind === 'read') {
          target.finish()
          const moved = tables.known.write(known, reading.known)
          return { ...reading, changed: moved || target.changed }
        }
        if (reading.why === 'checkpoint') without.add(reading.without)
        empty(this.#db, this.#columns)
        tables.forget()
        known = undefined
      }
    })
  }

  /**
   * Applies batches that this process just appended to its segment.
   *
   * @param metadataKey the key of that segment, and its epoch
   */
  async applyOwn(
    batches: readonly Batch[],
    metadataKey: { readonly id: MetadataKeyId; readonly epoch: number },
  ): Promise<Applied> {
    return await this.write((tables): Applied => {
      const known = tables.known.read()
      const [first, last] = [batches[0], batches.at(-1)]
      if (!known || !first || !last) return { kind: 'behind' }
      const cursors = known.cursors.filter(({ place }) => place.head.segment === first.at.segment)
      const seq = cursors[0]?.place.head.seq ?? 0
      if (cursors.length > 1 || first.at.seq > seq + 1) return { kind: 'behind' }
      // Another process of this device has read them from the segment.
      if (last.at.seq <= seq) return { kind: 'applied', known }
      const target = new IndexTarget(tables)
      for (const batch of batches) target.applyBatch(batch)
      target.finish()
      const next = advance(known, batches, metadataKey)
      tables.known.write(known, next)
      return { kind: 'applied', known: next }
    })
  }

  /** Notes a checkpoint that this process wrote of what the index holds. */
  async noteCheckpoint(checkpoint: Parameters<typeof withCheckpoint>[1]): Promise<void> {
    await this.write((tables) => {
      const known = tables.known.read()
      if (known) tables.known.write(known, withCheckpoint(known, checkpoint))
    })
  }

  /** Empties what was read from the journal, to be read anew. */
  async empty(): Promise<void> {
    await this.write(() => empty(this.#db, this.#columns))
  }

  /**
   * Runs `run` in a write transaction, after those that were asked for before.
   *
   * @throws VAULT_BUSY · INDEX_REPLACED · INDEX_DAMAGED · NO_SPACE · IO_ERROR …; what `run` throws: nothing of
   *   it was written
   */
  async write<T>(run: (tables: IndexTables) => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(() => this.#transact(run))
    this.#last = mine.catch(() => undefined)
    return await mine
  }

  /** Until nothing is being written. */
  async idle(): Promise<void> {
    await this.#last
  }

  async #transact<T>(run: (tables: IndexTables) => T | Promise<T>): Promise<T> {
    const waiting = { timeoutMs: this.#timeoutMs, everyMs: EVERY_MS }
    try {
      const begun = await whenFree(() => this.#db.exec('BEGIN IMMEDIATE'), waiting)
      if (begun === 'busy') failBusy(this.#facts.path)
      this.#tables.forget()
      demandOurs(this.#db, this.#columns)
      const value = await run(this.#tables)
      this.#db.exec('COMMIT')
      return value
    } catch (error) {
      return failSqlite(error, this.#facts)
    } finally {
      if (this.#db.open && this.#db.inTransaction) this.#db.exec('ROLLBACK')
    }
  }
}

/** @returns the generation of the index @throws INDEX_REPLACED it is under another key now */
export function demandOurs(db: Connection, columns: PrivateColumns): string {
  const generation = readGeneration(db, columns)
  return generation ?? fail('INDEX_REPLACED', 'The index of this vault was begun anew under another key.')
}

export function failBusy(path: string): never {
  return fail('VAULT_BUSY', 'Another process is filling the index of this vault.', { path })
}
