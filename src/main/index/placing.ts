import type { ItemId } from '../contract/ids.ts'
import {
  contentsOf,
  cycleThrough,
  foldName,
  type Hanging,
  type HangingLookup,
  isBinned,
  kindOf,
  placeOf,
  safeName,
} from '../journal/index.ts'
import { hangingOf, type Projecting } from './projecting.ts'
import { ROOT_NUMBER, type Row, type Standing } from './row.ts'

/** Folders in which names have to be looked at: those of the items that came, changed or stayed there. */
export type Unnamed = Map<number, Set<number>>

/**
 * Finds the folders of items after their records changed (docs/format.md §4, projection 1 to 3), and of all
 * others whose place may change with them: what was put into a folder that appeared or went, and what is in
 * the cycles that a moved folder was and is in.
 *
 * Names are given by whoever comes after: an item gets its own here.
 */
export class Placing {
  readonly #context: Projecting
  readonly #hangings = new Map<ItemId, Hanging | undefined>()
  /** Ids known to reach the top. */
  readonly #safe = new Set<ItemId>()
  readonly #unnamed: Unnamed = new Map()

  private constructor(context: Projecting) {
    this.#context = context
  }

  /** @param touched numbers of the items whose records changed since they were placed */
  static settle(context: Projecting, touched: Iterable<number>): Unnamed {
    const placing = new Placing(context)
    for (const number of placing.#affectedBy(touched)) placing.#place(number)
    return placing.#unnamed
  }

  #affectedBy(touched: Iterable<number>): ReadonlySet<number> {
    const { rows, numbers, members, displaced } = this.#context
    const affected = new Set(touched)
    let folderMoved = false
    for (const number of [...affected]) {
      const { id, record, standing } = rows.at(number)
      const holds = hangingOf(record)?.holds === true
      if (!holds && !standing.holds) continue
      folderMoved = true
      if (holds !== standing.holds) {
        for (const child of holds ? displaced.putInto(id) : members.inPlace(number)) affected.add(child)
      }
      for (const each of cycleThrough(id, this.#lookup, this.#safe) ?? []) {
        const inCycle = numbers.of(each)
        if (inCycle !== undefined) affected.add(inCycle)
      }
    }
    // A cycle that a folder was in is known by the item that was taken out of it.
    if (folderMoved) for (const number of displaced.loose()) affected.add(number)
    return affected
  }

  readonly #lookup: HangingLookup = (item) => {
    if (this.#hangings.has(item)) return this.#hangings.get(item)
    const { rows, numbers } = this.#context
    const number = numbers.of(item)
    const hanging = number === undefined ? undefined : hangingOf(rows.at(number).record)
    this.#hangings.set(item, hanging)
    return hanging
  }

  #place(number: number): void {
    const row = this.#context.rows.at(number)
    const standing = this.#standingOf(row)
    this.#file(row, standing)
    this.#context.rows.put({ ...row, standing })
  }

  #standingOf(row: Row): Standing {
    const { id, record } = row
    const hanging = hangingOf(record)
    if (!hanging)
      return { ...row.standing, place: null, displaced: false, tag: 0, name: '', binned: false, holds: false }
    // Of a million files in a folder only the folder is looked up.
    const folder = placeOf(id, (item) => (item === id ? hanging : this.#lookup(item)), this.#safe)
    const place = this.#context.numbers.of(folder) ?? ROOT_NUMBER
    const current = kindOf(record) === 'file' ? (contentsOf(record).current?.version ?? null) : null
    const binned = isBinned(record.bin?.value ?? null, current)
    const name = safeName(record.name?.value ?? null)
    const tag = binned ? 0 : this.#context.columns.nameTag(place, foldName(name))
    const displaced = hanging.parent !== null && hanging.parent !== folder
    return { place, displaced, tag, name, numbered: false, binned, holds: hanging.holds }
  }

  /** Brings the tables from the row's standing to the new one. */
  #file(row: Row, next: Standing): void {
    const { members, numbered, displaced, binned, columns } = this.#context
    const { number, record, standing } = row
    const moved = standing.place !== next.place || standing.tag !== next.tag
    if (moved && standing.place !== null) members.remove(standing.place, standing.tag, number)
    if (moved && next.place !== null) members.insert(next.place, next.tag, number)
    if (standing.numbered && standing.place !== null) {
      numbered.remove(standing.place, columns.nameTag(standing.place, foldName(standing.name)), number)
    }
    if (standing.binned !== next.binned) binned.set(number, next.binned)
    if (standing.displaced && !next.displaced) displaced.remove(number)
    if (next.displaced && record.parent) {
      displaced.insert(record.parent.value, number, next.place === ROOT_NUMBER)
    }
    if (standing.place !== null && standing.tag !== 0) this.#unnamedIn(standing.place)
    if (next.place !== null && next.tag !== 0) this.#unnamedIn(next.place).add(number)
  }

  #unnamedIn(place: number): Set<number> {
    const numbers = this.#unnamed.get(place) ?? new Set()
    this.#unnamed.set(place, numbers)
    return numbers
  }
}
