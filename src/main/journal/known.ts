import type { DeviceId, MetadataKeyId, SegmentId } from '../contract/ids.ts'
import { type CheckpointHeads, Coverage, type CoverageFacts, NO_COVERAGE } from './coverage.ts'
import type { Batch, CheckpointRef, Head, Op } from './op.ts'
import type { Place } from './segment-reader.ts'

/**
 * Where a reader stands: plain data, to be kept with the state that was read so far (an index: in the same
 * transaction) and handed to the next reading.
 */
export type Known = {
  /** How far each segment was applied; of a forked one, each branch. */
  readonly cursors: readonly Cursor[]
  /** Heads that others saw and that have not arrived here. */
  readonly claims: readonly Claim[]
  /** The greatest time among the applied batches, in µs. */
  readonly greatestTime: number
  /** Which frames of older epochs count. */
  readonly coverage: CoverageFacts
  /** The checkpoint from which the state was read: its ops know no frames. */
  readonly began: CheckpointHeads | null
  /** The newest checkpoint that is whole, for the next open to name. */
  readonly checkpoint: { readonly ref: CheckpointRef; readonly covered: readonly Head[] } | null
}

export type Cursor = {
  readonly place: Place
  readonly device: DeviceId
  readonly metadataKey: MetadataKeyId
  /** Who names this very head: nobody yet; a checkpoint or another device's open; an open of its own device. */
  readonly namedBy: 'nobody' | 'others' | 'its own'
}

/** A head that a segment's open or epoch names; `by` null: a checkpoint covers it. */
export type Claim = {
  readonly head: Head
  readonly by: SegmentId | null
  readonly byDevice: DeviceId | null
}

export const NOTHING_KNOWN: Known = {
  cursors: [],
  claims: [],
  greatestTime: 0,
  coverage: NO_COVERAGE,
  began: null,
  checkpoint: null,
}

/** What ops of a segment say of heads. */
export function claimsOf(ops: readonly Op[], by: SegmentId, byDevice: DeviceId | null): readonly Claim[] {
  const claims: Claim[] = []
  for (const op of ops) {
    if (op.kind !== 'open' && op.kind !== 'epoch') continue
    for (const head of op.heads) claims.push({ head, by, byDevice })
  }
  return claims
}

/** Cursors with the heads marked that these claims name. */
export function markNamed(cursors: readonly Cursor[], claims: readonly Claim[]): readonly Cursor[] {
  if (claims.length === 0) return cursors
  const byHash = Map.groupBy(claims, ({ head }) => head.hash)
  return cursors.map((cursor) => {
    const { head } = cursor.place
    const naming = byHash.get(head.hash) ?? []
    if (naming.length === 0 || cursor.namedBy === 'its own') return cursor
    const own = naming.some(({ byDevice }) => byDevice === cursor.device)
    return { ...cursor, namedBy: own ? 'its own' : 'others' }
  })
}

/**
 * What is known after this process appended batches of its own to one segment, in order.
 *
 * @param metadataKey the key that the segment is under, and its epoch
 */
export function advance(
  known: Known,
  appended: readonly Batch[],
  metadataKey: { readonly id: MetadataKeyId; readonly epoch: number },
): Known {
  const last = appended.at(-1)
  if (!last) return known
  const place = { head: last.head, closed: last.ops.at(-1)?.kind === 'close' }
  const cursor: Cursor = { place, device: last.device, metadataKey: metadataKey.id, namedBy: 'nobody' }
  const others = known.cursors.filter(({ place: { head } }) => head.segment !== last.head.segment)
  const claims = appended.flatMap(({ ops, at, device }) => claimsOf(ops, at.segment, device))
  const coverage = new Coverage(known.coverage)
  for (const op of appended.flatMap(({ ops }) => ops)) coverage.note(op, metadataKey.epoch)
  return {
    ...known,
    cursors: markNamed([...others, cursor], claims),
    greatestTime: Math.max(known.greatestTime, last.at.time),
    coverage: coverage.facts,
  }
}

/** What is known after this process wrote a checkpoint of the state, over these heads, durably. */
export function withCheckpoint(known: Known, { ref, heads }: Omit<CheckpointHeads, 'knows'>): Known {
  const coverage = new Coverage(known.coverage)
  coverage.noteCheckpoint({ ref, knows: coverage.epoch, heads })
  return { ...known, coverage: coverage.facts, checkpoint: { ref, covered: heads } }
}

/** The heads that the next open has to name: those that no open and not the checkpoint names. */
export function frontierOf({ cursors, checkpoint }: Known): readonly Head[] {
  const covered = new Set(checkpoint?.covered.map(({ hash }) => hash))
  return cursors
    .filter(({ namedBy, place: { head } }) => namedBy === 'nobody' && !covered.has(head.hash))
    .map(({ place }) => place.head)
}

/**
 * The heads that a checkpoint of this state covers; undefined while there can be none: a segment is forked, or
 * it isn't known what the newest epoch covers. What a checkpoint told before its segment arrived is covered by
 * the word of its writer.
 */
export function coverableHeads({ cursors, began, coverage }: Known): readonly Head[] | undefined {
  if (new Coverage(coverage).awaited.length > 0) return undefined
  const heads = new Map<SegmentId, Head>()
  for (const { head } of cursors.map(({ place }) => place)) {
    if (heads.has(head.segment)) return undefined
    heads.set(head.segment, head)
  }
  for (const head of began?.heads ?? []) {
    if (head.bytes > (heads.get(head.segment)?.bytes ?? 0)) heads.set(head.segment, head)
  }
  return [...heads.values()]
}
