import { setImmediate } from 'node:timers/promises'
import { foldName } from '../journal/index.ts'
import { type Entry, entryAt, isInBin } from './entry.ts'
import type { IndexReader } from './index-reader.ts'
import { PAGE_ROWS } from './page-table.ts'
import type { Connection } from './sqlite.ts'

/** Between names; none holds it (safeName). */
const BETWEEN = '\0'
/** Pages unpacked before others have a turn: some 3 ms. */
const PAGES_A_TURN = 32

export type SearchOptions = {
  /** At most so many. */
  readonly limit?: number
  /** Also what is in the bin. */
  readonly withBin?: boolean
}

export type Found = {
  readonly entries: readonly Entry[]
  /** There are more than `limit`. */
  readonly more: boolean
}

/**
 * Searches the names of all items: unpacked once, folded, page by page as they are stored, so that what
 * changes is unpacked again by pages.
 */
export class NameSearch {
  readonly #reader: IndexReader
  /** Of each page the folded names, each after a BETWEEN. */
  #pages = new Map<number, string>()
  #generation = ''
  #upTo: readonly [change: number, page: number] = [-1, -1]
  #unpacking: Promise<void> | undefined

  constructor(reader: IndexReader) {
    this.#reader = reader
  }

  /** Unpacks what is new: once after unlock, so that the first search finds it done. */
  async unpack(): Promise<void> {
    this.#unpacking ??= this.#unpackAll().finally(() => {
      this.#unpacking = undefined
    })
    await this.#unpacking
  }

  /** The items whose names contain a text, where case and form don't count, in the order in which they came. */
  async find(text: string, { limit = 1000, withBin = false }: SearchOptions = {}): Promise<Found> {
    await this.unpack()
    const wanted = foldName(text)
    if (wanted === '' || wanted.includes(BETWEEN)) return { entries: [], more: false }
    return this.#reader.at(() => {
      const entries: Entry[] = []
      for (const number of this.#numbersWith(wanted)) {
        const { head } = this.#reader.head(number)
        if (head.place === null || (!withBin && isInBin(this.#reader, number))) continue
        if (entries.length >= limit) return { entries, more: true }
        entries.push(entryAt(this.#reader, number))
      }
      return { entries, more: false }
    })
  }

  /** Forgets all names: at lock. */
  forget(): void {
    this.#pages = new Map()
    this.#generation = ''
    this.#upTo = [-1, -1]
  }

  *#numbersWith(wanted: string): Generator<number> {
    for (const [page, names] of this.#pages) {
      let [slot, counted] = [-1, 0]
      for (let at = names.indexOf(wanted); at >= 0; at = names.indexOf(wanted, counted)) {
        for (let next = names.indexOf(BETWEEN, counted); next >= 0 && next < at; ) {
          slot++
          counted = next + 1
          next = names.indexOf(BETWEEN, counted)
        }
        yield page * PAGE_ROWS + slot
        // On with the next name.
        counted = names.indexOf(BETWEEN, counted)
        if (counted < 0) break
      }
    }
  }

  async #unpackAll(): Promise<void> {
    while (this.#reader.at(({ db }) => this.#unpackSome(db)) === PAGES_A_TURN) await setImmediate()
  }

  #unpackSome(db: Connection): number {
    if (this.#reader.generation !== this.#generation) {
      this.forget()
      this.#generation = this.#reader.generation
    }
    const changed = db
      .prepare<[number, number], [number, number]>(
        `SELECT change, page FROM name_page WHERE (change, page) > (?, ?)
         ORDER BY change, page LIMIT ${PAGES_A_TURN}`,
      )
      .raw()
      .all(...this.#upTo)
    for (const [change, page] of changed) {
      const names = this.#reader.namesOf(page)
      this.#pages.set(page, BETWEEN + foldName(names.join(BETWEEN)))
      this.#upTo = [change, page]
    }
    return changed.length
  }
}
