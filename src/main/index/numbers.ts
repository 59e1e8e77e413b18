import { bug } from '../base/index.ts'
import { type ItemId, idBytes, RECOVERED_ID, ROOT_ID, type VersionId } from '../contract/ids.ts'
import { FIRST_NUMBER, RECOVERED_NUMBER, ROOT_NUMBER } from './row.ts'
import type { Connection } from './sqlite.ts'

const CACHED = 10_000

/** Which number an item has, and of which item a version is. */
export class Numbers {
  readonly #find
  readonly #insert
  readonly #findVersion
  readonly #insertVersion
  readonly #recent = new Map<ItemId, number>()
  readonly #recentVersions = new Map<VersionId, number>()

  constructor(db: Connection) {
    this.#find = db.prepare<[Uint8Array], number>('SELECT number FROM item WHERE id = ?').pluck()
    this.#insert = db.prepare<[Uint8Array, number]>('INSERT OR IGNORE INTO item VALUES (?, ?)')
    this.#findVersion = db.prepare<[Uint8Array], number>('SELECT number FROM version WHERE id = ?').pluck()
    this.#insertVersion = db.prepare<[Uint8Array, number]>('INSERT OR IGNORE INTO version VALUES (?, ?)')
  }

  /** The number of an item, also of the root and "Recovered"; undefined: it never turned up. */
  of(item: ItemId): number | undefined {
    if (item === ROOT_ID) return ROOT_NUMBER
    if (item === RECOVERED_ID) return RECOVERED_NUMBER
    const recent = this.#recent.get(item)
    if (recent !== undefined) return recent
    const number = this.#find.get(idBytes(item))
    if (number !== undefined) keep(this.#recent, item, number)
    return number
  }

  /** The number of an item that was used just now; undefined says nothing. */
  recent(item: ItemId): number | undefined {
    return this.#recent.get(item)
  }

  /**
   * Gives an item a number unless it has one: for one that is most likely new, in one step.
   *
   * @returns the number it has now
   */
  claim(item: ItemId, number: number): number {
    const isNew = this.#insert.run(idBytes(item), number).changes > 0
    if (!isNew) return this.of(item) ?? bug('an item that is there and is not')
    keep(this.#recent, item, number)
    return number
  }

  ofVersion(version: VersionId): number | undefined {
    const recent = this.#recentVersions.get(version)
    if (recent !== undefined) return recent
    const number = this.#findVersion.get(idBytes(version))
    if (number !== undefined) keep(this.#recentVersions, version, number)
    return number
  }

  /** Notes whose a version is. Should two items claim one, it stays with the first. */
  addVersion(version: VersionId, number: number): 'added' | 'known' {
    if (this.#insertVersion.run(idBytes(version), number).changes === 0) return 'known'
    keep(this.#recentVersions, version, number)
    return 'added'
  }

  /** Drops what is remembered: the tables may have changed. */
  forget(): void {
    this.#recent.clear()
    this.#recentVersions.clear()
  }
}

function keep<K>(recent: Map<K, number>, key: K, number: number): void {
  if (recent.size >= CACHED) recent.clear()
  recent.set(key, number)
}

/** The id of what is no item, by its number; undefined: it is an item's. */
export function fixedId(number: number): ItemId | undefined {
  if (number === ROOT_NUMBER) return ROOT_ID
  return number === RECOVERED_NUMBER ? RECOVERED_ID : undefined
}

export const isItemNumber = (number: number): boolean => number >= FIRST_NUMBER
