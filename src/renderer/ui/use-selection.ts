import { useCallback, useRef, useState } from 'react'
import type { GridMove } from './grid-keys.ts'

type Rows<T> = {
  readonly idOf: (row: T) => string
  readonly rowAt: (index: number) => T | undefined
  /** All rows from one to another, both taken in; fetched where they aren't there yet. */
  readonly rowsBetween: (first: number, last: number) => Promise<readonly T[]>
}

export type Selection<T> = {
  readonly active: number
  readonly chosen: ReadonlyMap<string, T>
  readonly has: (row: T) => boolean
  readonly move: (move: GridMove) => void
  readonly all: (rowCount: number) => void
  readonly clear: () => void
}

/**
 * Which rows are chosen, by id and never by place: a row that another program adds above must not make an act
 * meet another file.
 */
export function useSelection<T>({ idOf, rowAt, rowsBetween }: Rows<T>): Selection<T> {
  const [active, setActive] = useState(0)
  const [chosen, setChosen] = useState<ReadonlyMap<string, T>>(new Map())
  const anchor = useRef(0)
  /** Only the last choice counts: rows may come later than the next press. */
  const turn = useRef(0)

  const choose = useCallback(
    (first: number, last: number) => {
      const mine = ++turn.current
      const take = (rows: readonly T[]) => {
        if (turn.current === mine) setChosen(new Map(rows.map((row) => [idOf(row), row])))
      }
      const one = first === last ? rowAt(first) : undefined
      if (one !== undefined) take([one])
      // A refusal is shown by the list itself, which asks for the same rows.
      else rowsBetween(Math.min(first, last), Math.max(first, last)).then(take, () => {})
    },
    [idOf, rowAt, rowsBetween],
  )

  const move = useCallback(
    ({ to, mode }: GridMove) => {
      setActive(to)
      if (mode === 'only-active') return
      if (mode === 'extend') return choose(anchor.current, to)
      anchor.current = to
      if (mode === 'one') return choose(to, to)
      const row = rowAt(to)
      if (row === undefined) return
      turn.current++
      setChosen((before) => {
        const after = new Map(before)
        if (!after.delete(idOf(row))) after.set(idOf(row), row)
        return after
      })
    },
    [choose, idOf, rowAt],
  )

  const clear = useCallback(() => {
    turn.current++
    setChosen(new Map())
  }, [])
  const all = useCallback((rowCount: number) => rowCount > 0 && choose(0, rowCount - 1), [choose])
  const has = useCallback((row: T) => chosen.has(idOf(row)), [chosen, idOf])
  return { active, chosen, has, move, all, clear }
}
