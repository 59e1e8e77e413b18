import type { ItemRecord } from '../journal/index.ts'
import { contentsOf, type Hanging, isGone, kindOf } from '../journal/index.ts'
import type { Numbers } from './numbers.ts'
import type { BinnedTable, DisplacedTable, PlaceTable } from './place-tables.ts'
import type { PrivateColumns } from './private-columns.ts'
import type { Rows } from './rows.ts'

/** What keeping the projection up needs: the rows, and the tables in which they are found. */
export type Projecting = {
  readonly rows: Rows
  readonly numbers: Numbers
  readonly columns: PrivateColumns
  readonly members: PlaceTable
  readonly numbered: PlaceTable
  readonly displaced: DisplacedTable
  readonly binned: BinnedTable
}

/** What the place of an item, and of others on it, depends on; undefined: it is gone. */
export function hangingOf(record: ItemRecord): Hanging | undefined {
  if (isGone(record, contentsOf(record))) return undefined
  const { parent } = record
  return {
    parent: parent?.value ?? null,
    since: parent?.stamp ?? null,
    holds: kindOf(record) === 'folder',
  }
}
