import type { ItemId, VersionId } from '../contract/ids.ts'
import type { ItemRecord } from './item.ts'
import type { KeyRecord } from './key-record.ts'
import type { EpochOp, Head, OpenOp, PutOp, StampedOp } from './op.ts'
import type { Register } from './register.ts'
import { compareStamps, type Stamp } from './stamp.ts'
import type { State } from './state.ts'

/**
 * The ops that still count (docs/format.md §4, "Checkpoint"): joined, they give the state they are taken
 * from. An op of which only some fields still count stands with those fields alone, under its own stamp.
 *
 * @param covered the heads of the checkpoint they are for: what an open saw within these need not be told
 */
export function* standingOps(state: State, covered: readonly Head[]): Generator<StampedOp> {
  for (const [item, record] of state.items) yield* itemOps(item, record)
  for (const [version, records] of state.keys) yield* keyOps(version, records)
  for (const [name, { value, stamp }] of state.settings) yield { op: { kind: 'set', name, value }, stamp }
  for (const [name, { value, stamp }] of state.files)
    yield { op: { kind: 'file', name, sha256: value }, stamp }
  for (const [feature, { stamp }] of state.features) yield { op: { kind: 'require', feature }, stamp }
  for (const witnesses of state.witnesses.values()) yield* witnessOps(witnesses, covered)
}

/** The ops of one item's record. */
export function* itemOps(item: ItemId, record: ItemRecord): Generator<StampedOp> {
  yield* putOps(item, record)
  for (const { stamp, ...version } of record.versions)
    yield { op: { kind: 'version', item, ...version }, stamp }
  if (record.bin) yield { op: { kind: 'bin', item, ...record.bin.value }, stamp: record.bin.stamp }
  for (const [stamp, purges] of groupByStamp(record.purges)) {
    yield { op: { kind: 'purge', item, versions: purges.map(({ version }) => version) }, stamp }
  }
  if (record.folderPurge) {
    yield { op: { kind: 'purge', item, versions: [] }, stamp: record.folderPurge.stamp }
  }
}

/** The ops of one version's EDKs. */
export function* keyOps(version: VersionId, records: readonly KeyRecord[]): Generator<StampedOp> {
  for (const { stamp, ...record } of records) yield { op: { kind: 'key', version, ...record }, stamp }
}

function* putOps(item: ItemId, record: ItemRecord): Generator<StampedOp> {
  const { kind, parent, name, mtimeMs, mode } = record
  const registers = [kind, parent, name, mtimeMs, mode].filter((register) => register !== null)
  for (const [stamp, own] of groupByStamp<Register<unknown>>(registers)) {
    const standing = <T>(register: Register<T> | null): T | null =>
      register !== null && own.includes(register) ? register.value : null
    const op: PutOp = {
      kind: 'put',
      item,
      itemKind: standing(kind),
      parent: standing(parent),
      name: standing(name),
      mtimeMs: standing(mtimeMs),
      mode: standing(mode),
    }
    yield { op, stamp }
  }
}

/**
 * The newest of a segment tells what its device knows. Of the others only what the checkpoint lacks counts, and
 * where exactly they put the end of a segment: behind it everything is torn.
 */
function* witnessOps(
  witnesses: readonly StampedOp<OpenOp | EpochOp>[],
  covered: readonly Head[],
): Generator<StampedOp> {
  const reach = new Map(covered.map(({ segment, bytes }) => [segment, bytes]))
  for (const [index, { op, stamp }] of witnesses.entries()) {
    const heads = op.heads.filter(({ segment, bytes }) => bytes >= (reach.get(segment) ?? 0))
    if (op.kind === 'epoch' || index === witnesses.length - 1) yield { op, stamp }
    else if (heads.length > 0) yield { op: { ...op, heads }, stamp }
  }
}

function groupByStamp<T extends { readonly stamp: Stamp }>(members: readonly T[]): readonly [Stamp, T[]][] {
  const groups: [Stamp, T[]][] = []
  for (const member of members) {
    const group = groups.find(([stamp]) => compareStamps(stamp, member.stamp) === 0)
    if (group) group[1].push(member)
    else groups.push([member.stamp, [member]])
  }
  return groups
}
