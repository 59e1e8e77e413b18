import { foldName, kindOf, type Named, nameItems, RECOVERED_NAME, safeName } from '../journal/index.ts'
import type { Unnamed } from './placing.ts'
import type { Projecting } from './projecting.ts'
import { RECOVERED_NUMBER, ROOT_NUMBER } from './row.ts'

/**
 * Gives the names of projection 4 (docs/format.md §4) in folders in which something came, went or changed.
 * Almost always every name is its own; where two clash, only those that have to do with each other are
 * named anew, however many the folder holds.
 */
export class Naming {
  readonly #context: Projecting

  constructor(context: Projecting) {
    this.#context = context
  }

  /**
   * @param recoveredTurned whether "Recovered" came or went at the root: it takes its name while it holds
   *   something
   */
  name(unnamed: Unnamed, recoveredTurned: boolean): void {
    if (recoveredTurned) this.#rename(ROOT_NUMBER, this.#holders(ROOT_NUMBER, RECOVERED_NAME))
    for (const [place, numbers] of unnamed) {
      const { numbered } = this.#context
      const clash = [...numbers].some((number) => this.#clashes(place, number))
      if (clash || !numbered.isEmpty(place)) this.#rename(place, numbers)
    }
  }

  #clashes(place: number, number: number): boolean {
    const { members, rows } = this.#context
    const { tag } = rows.at(number).standing
    if (members.withTag(place, tag).length > 1) return true
    return this.#taken(place).some((name) => this.#tag(place, name) === tag)
  }

  /** Names anew what was changed, what is numbered, and all that these could clash with. */
  #rename(place: number, changed: Iterable<number>): void {
    const { members, numbered, rows } = this.#context
    const involved = new Set<number>()
    for (const number of [...changed, ...numbered.inPlace(place)]) {
      for (const each of members.withTag(place, rows.at(number).standing.tag)) involved.add(each)
    }
    for (;;) {
      const names = nameItems(
        [...involved].map((number) => this.#named(number)),
        this.#taken(place),
      )
      // A number that was free among these may be a name that another item of the folder was given.
      const others = [...names.values()].flatMap((name) => this.#holders(place, name))
      const missing = others.filter((number) => !involved.has(number))
      for (const number of missing) involved.add(number)
      if (missing.length > 0) continue
      for (const number of involved) this.#show(place, number, names.get(rows.at(number).id) ?? '')
      return
    }
  }

  #show(place: number, number: number, name: string): void {
    const { rows, numbered } = this.#context
    const row = rows.at(number)
    const { standing } = row
    const isNumbered = name !== safeName(row.record.name?.value ?? null)
    if (standing.name === name && standing.numbered === isNumbered) return
    if (standing.numbered) numbered.remove(place, this.#tag(place, standing.name), number)
    if (isNumbered) numbered.insert(place, this.#tag(place, name), number)
    rows.put({ ...row, standing: { ...standing, name, numbered: isNumbered } })
  }

  #named(number: number): Named {
    const { id, record } = this.#context.rows.at(number)
    return { id, kind: kindOf(record), name: record.name?.value ?? null, since: record.name?.stamp ?? null }
  }

  /** Who was given this name, or one that folds to the same. */
  #holders(place: number, name: string): readonly number[] {
    return this.#context.members.withTag(place, this.#tag(place, name))
  }

  #taken(place: number): readonly string[] {
    return place === ROOT_NUMBER && !this.#context.members.isEmpty(RECOVERED_NUMBER) ? [RECOVERED_NAME] : []
  }

  #tag(place: number, name: string): number {
    return this.#context.columns.nameTag(place, foldName(name))
  }
}
