import { idBytes, type SegmentId } from '../contract/ids.ts'
import { compareStamps, type EpochOp, type OpenOp, type Stamp, type StampedOp } from '../journal/index.ts'
import type { BatchTable } from './batch-table.ts'
import { readId } from './columns.ts'
import type { PrivateColumns } from './private-columns.ts'
import { openJson, sealJson } from './sealed-json.ts'
import type { Connection } from './sqlite.ts'

export type Witness = StampedOp<OpenOp | EpochOp>

/** What each segment's writer had seen: the ops that open it and those that begin an epoch. */
export class WitnessTable {
  readonly #columns: PrivateColumns
  readonly #batches: BatchTable
  readonly #insert
  readonly #readAll

  constructor(db: Connection, columns: PrivateColumns, batches: BatchTable) {
    this.#columns = columns
    this.#batches = batches
    this.#insert = db.prepare<[number, number, Uint8Array, Uint8Array]>(
      'INSERT OR IGNORE INTO witness VALUES (?, ?, ?, ?)',
    )
    this.#readAll = db
      .prepare<[], [number, number, Buffer, Buffer]>('SELECT batch, op, segment, box FROM witness')
      .raw()
  }

  add(op: OpenOp | EpochOp, { batch, index }: Stamp): 'changed' | 'same' {
    const segment = idBytes(batch.segment)
    const box = sealJson(this.#columns, 'witness.box', segment, op)
    const { changes } = this.#insert.run(this.#batches.numberOf(batch), index, segment, box)
    return changes > 0 ? 'changed' : 'same'
  }

  /** Those of each segment, in order of their stamps. */
  all(): ReadonlyMap<SegmentId, readonly Witness[]> {
    const found = new Map<SegmentId, Witness[]>()
    for (const [batch, index, segment, box] of this.#readAll.iterate()) {
      const op = openJson<OpenOp | EpochOp>(this.#columns, 'witness.box', segment, box)
      const id = readId<SegmentId>(segment)
      const witness = { op, stamp: { batch: this.#batches.stampOf(batch), index } }
      found.set(id, [...(found.get(id) ?? []), witness])
    }
    for (const witnesses of found.values()) witnesses.sort((a, b) => compareStamps(a.stamp, b.stamp))
    return found
  }
}
