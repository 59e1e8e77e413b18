import { assertNever } from '../base/index.ts'
import type { ItemId } from '../contract/ids.ts'
import {
  type Batch,
  EMPTY_ITEM,
  earlier,
  type ItemOp,
  type JournalTarget,
  type KeyOp,
  mergeItem,
  mergeKey,
  type Op,
  type Stamp,
  unknownOpFeature,
  type VersionOp,
} from '../journal/index.ts'
import type { IndexTables } from './index-tables.ts'
import { Naming } from './naming.ts'
import { Placing } from './placing.ts'
import { writeFileValue } from './register-table.ts'
import { keysIn, newRow, RECOVERED_NUMBER, type Row } from './row.ts'
import { Rows } from './rows.ts'

/** After this many items were touched they are placed and named: as many pages as stay in memory. */
const SETTLE_AFTER = 2048

/**
 * Takes what a reading of the journal yields into the tables, inside a write transaction. Records are merged
 * one by one; places and names follow for exactly those items that may have changed.
 */
export class IndexTarget implements JournalTarget {
  readonly #tables: IndexTables
  readonly #rows: Rows
  readonly #naming: Naming
  #touched = new Set<number>()
  #nextNumber: number | undefined
  #hasStrays: boolean
  #changed = false

  constructor(tables: IndexTables) {
    this.#tables = tables
    this.#rows = new Rows(tables.pages, tables, tables.pages.nextChange())
    this.#naming = new Naming({ ...tables, rows: this.#rows })
    this.#hasStrays = !tables.strays.isEmpty
  }

  /** Whether anything was told that the tables didn't say. */
  get changed(): boolean {
    return this.#changed
  }

  applyBatch({ ops, at, unknownOps }: Batch): void {
    for (const [index, op] of ops.entries()) this.applyOp(op, { batch: at, index })
    for (const code of unknownOps) this.#require(unknownOpFeature(code), { batch: at, index: 0 })
  }

  applyOp(op: Op, stamp: Stamp): void {
    switch (op.kind) {
      case 'put':
      case 'version':
      case 'bin':
      case 'purge':
        this.#applyItemOp(op, stamp)
        return
      case 'key':
        this.#applyKey(op, stamp)
        return
      case 'set':
        this.#note(this.#tables.registers.merge('set', op.name, op.value, stamp))
        return
      case 'file':
        this.#note(this.#tables.registers.merge('file', op.name, writeFileValue(op.sha256), stamp))
        return
      case 'require':
        this.#require(op.feature, stamp)
        return
      case 'open':
      case 'epoch':
        this.#note(this.#tables.witnesses.add(op, stamp))
        return
      case 'close':
      case 'note':
        return
      default:
        assertNever(op)
    }
  }

  /** Writes all that is still in memory. */
  finish(): void {
    this.#settle()
    this.#rows.flush()
  }

  #applyItemOp(op: ItemOp, stamp: Stamp): void {
    const fresh = mergeItem(EMPTY_ITEM, op, stamp)
    // It says nothing, so an item that never turned up still hasn't.
    if (fresh === EMPTY_ITEM) return
    const held = this.#rowOf(op.item)
    const record = held.record === EMPTY_ITEM ? fresh : mergeItem(held.record, op, stamp)
    if (record === held.record) return
    const keys = op.kind === 'version' ? this.#keysAfter(op, held) : held.keys
    this.#rows.put({ ...held, record, keys })
    this.#touched.add(held.number)
    this.#changed = true
    if (this.#touched.size >= SETTLE_AFTER) this.#settle()
  }

  /** The row of an item, or a new one, not put in yet. */
  #rowOf(item: ItemId): Row {
    const { numbers, pages } = this.#tables
    const recent = numbers.recent(item)
    if (recent !== undefined) return this.#rows.at(recent)
    const next = this.#nextNumber ?? pages.nextNumber()
    const number = numbers.claim(item, next)
    this.#nextNumber = number === next ? next + 1 : next
    return number === next ? newRow(next, item) : this.#rows.at(number)
  }

  /** The EDKs of an item after one of its versions came: with those that had come before it. */
  #keysAfter({ version }: VersionOp, row: Row): Row['keys'] {
    const { numbers, strays } = this.#tables
    if (numbers.addVersion(version, row.number) === 'known' || !this.#hasStrays) return row.keys
    const records = strays.get(version)
    if (records.length === 0) return row.keys
    strays.remove(version)
    return [...row.keys, { version, records }]
  }

  #applyKey(op: KeyOp, stamp: Stamp): void {
    const { numbers, strays } = this.#tables
    const { version } = op
    const number = numbers.ofVersion(version)
    const row = number === undefined ? undefined : this.#rows.at(number)
    const held = row ? keysIn(row, version) : strays.get(version)
    const records = mergeKey(held, op, stamp)
    if (records === held) return
    this.#changed = true
    if (row) {
      const others = row.keys.filter((each) => each.version !== version)
      this.#rows.put({ ...row, keys: [...others, { version, records }] })
    } else {
      this.#hasStrays = true
      strays.put(version, records)
    }
  }

  #require(feature: string, stamp: Stamp): void {
    const { registers } = this.#tables
    const held = registers.get('require', feature)
    const merged = earlier(held, { value: null, stamp })
    if (merged === held) return
    registers.put('require', feature, merged)
    this.#changed = true
  }

  #note(outcome: 'changed' | 'same'): void {
    this.#changed ||= outcome === 'changed'
  }

  #settle(): void {
    if (this.#touched.size === 0) return
    const { members } = this.#tables
    const touched = this.#touched
    this.#touched = new Set()
    const wasEmpty = members.isEmpty(RECOVERED_NUMBER)
    const unnamed = Placing.settle({ ...this.#tables, rows: this.#rows }, touched)
    this.#naming.name(unnamed, members.isEmpty(RECOVERED_NUMBER) !== wasEmpty)
  }
}
