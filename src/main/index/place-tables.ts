import { type ItemId, idBytes } from '../contract/ids.ts'
import type { Connection } from './sqlite.ts'

type PlaceRow = [place: number, tag: number, number: number]

/** What lies in which folder, by the tags of names: of those given (member), or of those shown instead. */
export class PlaceTable {
  readonly #insert
  readonly #remove
  readonly #withTag
  readonly #inPlace
  readonly #outsideBin
  readonly #any

  constructor(db: Connection, table: 'member' | 'numbered') {
    this.#insert = db.prepare<PlaceRow>(`INSERT OR IGNORE INTO ${table} VALUES (?, ?, ?)`)
    this.#remove = db.prepare<PlaceRow>(`DELETE FROM ${table} WHERE place = ? AND tag = ? AND number = ?`)
    this.#withTag = db
      .prepare<[number, number], number>(`SELECT number FROM ${table} WHERE place = ? AND tag = ?`)
      .pluck()
    this.#inPlace = db.prepare<[number], number>(`SELECT number FROM ${table} WHERE place = ?`).pluck()
    this.#outsideBin = db
      .prepare<[number], number>(`SELECT number FROM ${table} WHERE place = ? AND tag > 0`)
      .pluck()
    this.#any = db.prepare<[number], number>(`SELECT 1 FROM ${table} WHERE place = ? LIMIT 1`).pluck()
  }

  insert(place: number, tag: number, number: number): void {
    this.#insert.run(place, tag, number)
  }

  remove(place: number, tag: number, number: number): void {
    this.#remove.run(place, tag, number)
  }

  withTag(place: number, tag: number): readonly number[] {
    return this.#withTag.all(place, tag)
  }

  inPlace(place: number): readonly number[] {
    return this.#inPlace.all(place)
  }

  outsideBin(place: number): readonly number[] {
    return this.#outsideBin.all(place)
  }

  isEmpty(place: number): boolean {
    return this.#any.get(place) === undefined
  }
}

/** Items that are not in the folder they were put into. */
export class DisplacedTable {
  readonly #insert
  readonly #remove
  readonly #putInto
  readonly #loose

  constructor(db: Connection) {
    this.#insert = db.prepare<[number, Uint8Array, number]>(
      'INSERT OR REPLACE INTO displaced VALUES (?, ?, ?)',
    )
    this.#remove = db.prepare<[number]>('DELETE FROM displaced WHERE number = ?')
    this.#putInto = db.prepare<[Uint8Array], number>('SELECT number FROM displaced WHERE given = ?').pluck()
    this.#loose = db.prepare<[], number>('SELECT number FROM displaced WHERE loose = 1').pluck()
  }

  /** @param loose it was taken out of a cycle */
  insert(given: ItemId, number: number, loose: boolean): void {
    this.#insert.run(number, idBytes(given), loose ? 1 : 0)
  }

  remove(number: number): void {
    this.#remove.run(number)
  }

  /** Those that were put into this folder. */
  putInto(folder: ItemId): readonly number[] {
    return this.#putInto.all(idBytes(folder))
  }

  /** Those that were taken out of a cycle. */
  loose(): readonly number[] {
    return this.#loose.all()
  }
}

/** Items that were put into the bin themselves. */
export class BinnedTable {
  readonly #insert
  readonly #remove
  readonly #all

  constructor(db: Connection) {
    this.#all = db.prepare<[], number>('SELECT number FROM binned').pluck()
    this.#insert = db.prepare<[number]>('INSERT OR IGNORE INTO binned VALUES (?)')
    this.#remove = db.prepare<[number]>('DELETE FROM binned WHERE number = ?')
  }

  set(number: number, isBinned: boolean): void {
    if (isBinned) this.#insert.run(number)
    else this.#remove.run(number)
  }

  all(): readonly number[] {
    return this.#all.all()
  }
}
