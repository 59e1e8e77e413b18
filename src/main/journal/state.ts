import { assertNever } from '../base/index.ts'
import type { ItemId, SegmentId, VersionId } from '../contract/ids.ts'
import type { Hash } from './hash.ts'
import { EMPTY_ITEM, type ItemRecord, joinItems, mergeItem } from './item.ts'
import { joinKeys, type KeyRecord, mergeKey } from './key-record.ts'
import type { Batch, EpochOp, Op, OpenOp, SetValue, StampedOp } from './op.ts'
import { earlier, later, type Register } from './register.ts'
import { compareStamps, type Stamp } from './stamp.ts'

/** Takes what a reading yields. In any order, and a thing may come twice. */
export type JournalTarget = {
  applyBatch(batch: Batch): void
  /** An op of a checkpoint. */
  applyOp(op: Op, stamp: Stamp): void
}

/**
 * All that a vault's journal says, in memory (docs/format.md §4, "State"): a join, so that any order,
 * duplicates and a split by a checkpoint give one result. The same small records and merge rules serve an
 * index on disk, which loads the record of an op, merges, and stores it.
 */
export class State implements JournalTarget {
  readonly items = new Map<ItemId, ItemRecord>()
  /** EDKs by version. */
  readonly keys = new Map<VersionId, readonly KeyRecord[]>()
  readonly settings = new Map<string, Register<SetValue>>()
  /** Pins of files under keys/; a null hash: removed. */
  readonly files = new Map<string, Register<Hash | null>>()
  /** What a writer must know, op 10; also ops of a later version, as "op 12". */
  readonly features = new Map<string, { readonly stamp: Stamp }>()
  /** What each segment's writer had seen, in order of stamp. */
  readonly witnesses = new Map<SegmentId, readonly StampedOp<OpenOp | EpochOp>[]>()

  applyBatch({ ops, at, unknownOps }: Batch): void {
    for (let index = 0; index < ops.length; index++) {
      const op = ops[index]
      if (op) this.applyOp(op, { batch: at, index })
    }
    for (const code of unknownOps) this.#require(unknownOpFeature(code), { batch: at, index: 0 })
  }

  applyOp(op: Op, stamp: Stamp): void {
    switch (op.kind) {
      case 'put':
      case 'version':
      case 'bin':
      case 'purge': {
        const held = this.items.get(op.item) ?? EMPTY_ITEM
        const merged = mergeItem(held, op, stamp)
        if (merged !== held) this.items.set(op.item, merged)
        return
      }
      case 'key':
        this.keys.set(op.version, mergeKey(this.keys.get(op.version) ?? [], op, stamp))
        return
      case 'set':
        this.settings.set(op.name, later(this.settings.get(op.name) ?? null, { value: op.value, stamp }))
        return
      case 'file':
        this.files.set(op.name, later(this.files.get(op.name) ?? null, { value: op.sha256, stamp }))
        return
      case 'require':
        this.#require(op.feature, stamp)
        return
      case 'open':
      case 'epoch':
        this.#witness({ op, stamp })
        return
      case 'close':
      case 'note':
        return
      default:
        assertNever(op)
    }
  }

  /** Takes in all of another state. */
  join(other: State): void {
    for (const [id, item] of other.items) {
      const held = this.items.get(id)
      this.items.set(id, held ? joinItems(held, item) : item)
    }
    for (const [version, keys] of other.keys) {
      this.keys.set(version, joinKeys(this.keys.get(version) ?? [], keys))
    }
    joinRegisters(this.settings, other.settings)
    joinRegisters(this.files, other.files)
    for (const [feature, { stamp }] of other.features) this.#require(feature, stamp)
    for (const witness of [...other.witnesses.values()].flat()) this.#witness(witness)
  }

  #require(feature: string, stamp: Stamp): void {
    this.features.set(feature, earlier(this.features.get(feature) ?? null, { stamp }))
  }

  #witness(witness: StampedOp<OpenOp | EpochOp>): void {
    const { segment } = witness.stamp.batch
    const held = this.witnesses.get(segment) ?? []
    const at = held.findLastIndex(({ stamp }) => compareStamps(stamp, witness.stamp) <= 0)
    const twin = held[at]
    if (twin && compareStamps(twin.stamp, witness.stamp) === 0) return
    this.witnesses.set(segment, held.toSpliced(at + 1, 0, witness))
  }
}

function joinRegisters<T>(into: Map<string, Register<T>>, from: ReadonlyMap<string, Register<T>>): void {
  for (const [name, register] of from) into.set(name, later(into.get(name) ?? null, register))
}

/** Under what name an op of a later version stands among the features. */
export function unknownOpFeature(code: number): string {
  return `op ${code}`
}

/** Features of op `require` that this version has. Format 1.0 has none. */
const KNOWN_FEATURES: ReadonlySet<string> = new Set()

/** Whether a feature is one that this version doesn't have: the vault is read-only then (x11). */
export function isUnknownFeature(feature: string): boolean {
  return !KNOWN_FEATURES.has(feature)
}
