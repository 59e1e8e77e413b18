import type { ItemId, VersionId } from '../contract/ids.ts'
import {
  compareStamps,
  contentsOf,
  type ItemRecord,
  isPurged,
  type KeyRecord,
  type VersionRecord,
} from '../journal/index.ts'
import { idAt } from './entry.ts'
import type { IndexReader } from './index-reader.ts'
import type { IndexTables } from './index-tables.ts'
import { fixedId } from './numbers.ts'
import { PAGE_ROWS } from './page-table.ts'
import { keysIn, type Row } from './row.ts'

/** A version of an item. */
export type ItemVersion = VersionRecord & {
  readonly purged: boolean
  /** The one that is shown. */
  readonly current: boolean
}

/** A version of any item, with its EDKs. */
export type StoredVersion = ItemVersion & {
  readonly item: ItemId
  readonly keys: readonly KeyRecord[]
}

/** Questions about versions, their messages and keys. */
export class VersionQueries {
  readonly #reader: IndexReader

  constructor(reader: IndexReader) {
    this.#reader = reader
  }

  /** All versions of an item that ever arrived, newest first. */
  of(item: ItemId): readonly ItemVersion[] {
    return this.#reader.at(({ numbers }) => {
      const number = numbers.of(item)
      if (number === undefined || fixedId(number) !== undefined) return []
      const versions = versionsIn(this.#reader.row(number).record)
      return versions.toSorted((a, b) => compareStamps(b.stamp, a.stamp))
    })
  }

  /** The item of a version; undefined: the version never arrived. */
  itemOf(version: VersionId): ItemId | undefined {
    return this.#reader.at(({ numbers }) => {
      const number = numbers.ofVersion(version)
      return number === undefined ? undefined : idAt(this.#reader, number)
    })
  }

  /** The EDKs of a version, by key id; also of one that has not arrived. */
  keysOf(version: VersionId): readonly KeyRecord[] {
    return this.#reader.at((tables) => this.#keysOf(tables, version))
  }

  /**
   * All versions that ever arrived, in the order in which their items did; a page at a time in memory. What is
   * written meanwhile may be among them or not.
   */
  *all(): Generator<StoredVersion> {
    for (const page of this.#reader.eachPage()) {
      yield* this.#reader.at((tables) => this.#inPage(tables, page))
    }
  }

  #inPage(tables: IndexTables, page: number): readonly StoredVersion[] {
    const found: StoredVersion[] = []
    for (let slot = 0; slot < this.#reader.rowsOf(page); slot++) {
      const row = this.#reader.row(page * PAGE_ROWS + slot)
      for (const version of versionsIn(row.record)) {
        const keys = this.#keysIn(tables, row, version.version)
        found.push({ ...version, item: row.id, keys })
      }
    }
    return found
  }

  #keysIn(tables: IndexTables, row: Row, version: VersionId): readonly KeyRecord[] {
    const own = keysIn(row, version)
    // Of a version that two items claim they lie with the other.
    return own.length > 0 ? own : this.#keysOf(tables, version)
  }

  #keysOf({ numbers, strays }: IndexTables, version: VersionId): readonly KeyRecord[] {
    const number = numbers.ofVersion(version)
    return number === undefined ? strays.get(version) : keysIn(this.#reader.row(number), version)
  }
}

function versionsIn(record: ItemRecord): readonly ItemVersion[] {
  const { current } = contentsOf(record)
  return record.versions.map((version) => {
    return { ...version, purged: isPurged(record, version.version), current: version === current }
  })
}
