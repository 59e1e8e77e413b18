import type { ItemId } from '../contract/ids.ts'
import { foldName, type ItemRecord, type ItemView, RECOVERED_NAME } from '../journal/index.ts'
import {
  type Entry,
  entryAt,
  hasRecovered,
  isInBin,
  RECOVERED_ENTRY,
  ROOT_ENTRY,
  upwards,
  viewAt,
} from './entry.ts'
import type { IndexReader } from './index-reader.ts'
import type { IndexTables } from './index-tables.ts'
import { fixedId } from './numbers.ts'
import { RECOVERED_NUMBER, ROOT_NUMBER } from './row.ts'

/** How many there are. */
export type Counts = {
  /** Files and folders that aren't gone, in the bin or not. */
  readonly items: number
  /** Versions that ever arrived. */
  readonly versions: number
  /** Items that were put into the bin themselves. */
  readonly binned: number
}

/** Questions about files and folders. */
export class ItemQueries {
  readonly #reader: IndexReader

  constructor(reader: IndexReader) {
    this.#reader = reader
  }

  /** What lies in a folder outside the bin, by name; of what is no folder, nothing. */
  list(folder: ItemId): readonly Entry[] {
    return this.#reader.at((tables) => {
      const place = tables.numbers.of(folder)
      if (place === undefined) return []
      const entries = tables.members.outsideBin(place).map((number) => entryAt(this.#reader, number, folder))
      if (place === ROOT_NUMBER && hasRecovered(tables)) entries.push(RECOVERED_ENTRY)
      return entries.sort(byName)
    })
  }

  /** What was put into the bin itself, by name: what is in a folder among it is listed as that folder's. */
  bin(): readonly Entry[] {
    return this.#reader.at((tables) => {
      return tables.binned
        .all()
        .map((number) => entryAt(this.#reader, number))
        .sort(byName)
    })
  }

  /**
   * The item of a folder, outside the bin, whose name can't be told from this one where case and form don't
   * count.
   */
  inFolder(folder: ItemId, name: string): Entry | undefined {
    return this.#reader.at((tables) => {
      const place = tables.numbers.of(folder)
      return place === undefined ? undefined : this.#named(tables, place, folder, name)
    })
  }

  /**
   * The item at a path of names as they are shown, outside the bin; of no names, the root. Names are compared
   * as NFC; case counts.
   */
  resolve(path: readonly string[]): Entry | undefined {
    return this.#reader.at((tables) => {
      let at: Entry | undefined = ROOT_ENTRY
      for (const name of path) {
        const place: number | undefined = tables.numbers.of(at.id)
        if (place === undefined) return undefined
        at = this.#named(tables, place, at.id, name)
        if (at?.name !== name.normalize('NFC')) return undefined
      }
      return at
    })
  }

  /** All of an item as it is shown; undefined: it never arrived, or is gone. */
  item(id: ItemId): ItemView | undefined {
    return this.#reader.at((tables) => {
      const number = tables.numbers.of(id)
      return number === undefined || fixedId(number) !== undefined ? undefined : viewAt(this.#reader, number)
    })
  }

  /** All that the journal says of an item, be it gone or not. */
  record(id: ItemId): ItemRecord | undefined {
    return this.#reader.at((tables) => {
      const number = tables.numbers.of(id)
      return number === undefined || fixedId(number) !== undefined
        ? undefined
        : this.#reader.row(number).record
    })
  }

  /** The names from the root to an item; undefined: it never arrived, or is gone. */
  pathOf(id: ItemId): readonly string[] | undefined {
    return this.#reader.at((tables) => {
      const number = tables.numbers.of(id)
      if (number === undefined) return undefined
      if (number === ROOT_NUMBER) return []
      if (number === RECOVERED_NUMBER) return [RECOVERED_NAME]
      if (this.#reader.head(number).head.place === null) return undefined
      const steps = [...upwards(this.#reader, number)].reverse()
      const names = steps.map((step) => this.#reader.head(step).name)
      const [top] = steps
      const isRecovered = top !== undefined && this.#reader.head(top).head.place === RECOVERED_NUMBER
      return isRecovered ? [RECOVERED_NAME, ...names] : names
    })
  }

  /** Whether an item, or a folder it is in, is in the bin. */
  isInBin(id: ItemId): boolean {
    return this.#reader.at((tables) => {
      const number = tables.numbers.of(id)
      return number !== undefined && isInBin(this.#reader, number)
    })
  }

  /**
   * All that lies below a folder outside the bin: each folder before what it holds, by name. Each folder is
   * read when its turn comes; what moves meanwhile may be met twice or not at all.
   */
  *walk(folder: ItemId): Generator<{ readonly path: readonly string[]; readonly entry: Entry }> {
    const open: { readonly path: readonly string[]; readonly entries: readonly Entry[]; at: number }[] = []
    const enter = (path: readonly string[], id: ItemId) => open.push({ path, entries: this.list(id), at: 0 })
    enter([], folder)
    for (let level = open.at(-1); level; level = open.at(-1)) {
      const entry = level.entries[level.at++]
      if (!entry) {
        open.pop()
        continue
      }
      const path = [...level.path, entry.name]
      yield { path, entry }
      if (entry.kind === 'folder') enter(path, entry.id)
    }
  }

  counts(): Counts {
    return this.#reader.at(({ db }) => {
      const count = (table: string) =>
        db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
      return { items: count('member'), versions: count('version'), binned: count('binned') }
    })
  }

  #named(tables: IndexTables, place: number, folder: ItemId, name: string): Entry | undefined {
    const { members, numbered, columns } = tables
    const fold = foldName(name)
    if (place === ROOT_NUMBER && fold === foldName(RECOVERED_NAME) && hasRecovered(tables)) {
      return RECOVERED_ENTRY
    }
    const tag = columns.nameTag(place, fold)
    for (const number of [...members.withTag(place, tag), ...numbered.withTag(place, tag)]) {
      if (foldName(this.#reader.head(number).name) === fold) return entryAt(this.#reader, number, folder)
    }
    return undefined
  }
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1
}
