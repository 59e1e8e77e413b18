import { isDeepStrictEqual } from 'node:util'
import type { SegmentId } from '../contract/ids.ts'
import type { Hash } from './hash.ts'
import type { CheckpointRef, Head, Op } from './op.ts'
import { acceptedBy } from './setting.ts'

/**
 * Which frames of older epochs count (docs/format.md §4, op 11). A new epoch takes a metadata key away from
 * someone who still holds the old one. So its op names the heads up to which the old epochs' segments were
 * known; what turns up beyond them later is held, until a person of the new epoch accepts it.
 *
 * Only heads that are named count, not what a covered frame names in turn: a member could have named frames
 * of a segment that was kept back.
 */
export type CoverageFacts = {
  /** What ops `epoch` name. */
  readonly epochs: readonly EpochHeads[]
  /** Checkpoints that are whole. */
  readonly checkpoints: readonly CheckpointHeads[]
  /** Frames that a person accepted, with the epoch of the segment that says so. */
  readonly accepts: readonly { readonly epoch: number; readonly frame: Hash }[]
}

export type EpochHeads = {
  readonly epoch: number
  readonly heads: readonly Head[]
  /** Most of the heads are in here. */
  readonly checkpoint: CheckpointRef | null
}

export type CheckpointHeads = {
  readonly ref: CheckpointRef
  /** The newest epoch whose op it holds: its writer held back what that one doesn't cover. 0: none. */
  readonly knows: number
  readonly heads: readonly Head[]
}

export const NO_COVERAGE: CoverageFacts = { epochs: [], checkpoints: [], accepts: [] }

/** Collects what covers older epochs, and answers by the newest epoch that an op began. */
export class Coverage {
  #facts: CoverageFacts
  #covered: Covered | undefined

  constructor(facts: CoverageFacts) {
    this.#facts = facts
  }

  /** As plain data. */
  get facts(): CoverageFacts {
    return this.#facts
  }

  /** The newest epoch that an op began; older ones are restricted. 0: none, and nothing is. */
  get epoch(): number {
    return Math.max(0, ...this.#facts.epochs.map(({ epoch }) => epoch))
  }

  /** Checkpoints that the newest epoch names and that are not there: some of its heads are unknown. */
  get awaited(): readonly CheckpointRef[] {
    const { epoch: now } = this
    const { checkpoints, epochs } = this.#facts
    if (checkpoints.some(({ knows }) => knows >= now)) return []
    const whole = new Set(checkpoints.map(({ ref }) => ref.sha256))
    return epochs.flatMap(({ epoch, checkpoint }) =>
      epoch === now && checkpoint && !whole.has(checkpoint.sha256) ? [checkpoint] : [],
    )
  }

  /** Notes an op that counts, from a segment of this epoch. Any op may be shown, also twice. */
  note(op: Op, epoch: number): void {
    const { epochs, accepts } = this.#facts
    if (op.kind === 'epoch') {
      const told = { epoch, heads: op.heads, checkpoint: op.checkpoint }
      if (!epochs.some((each) => isDeepStrictEqual(each, told))) this.#change({ epochs: [...epochs, told] })
    } else if (op.kind === 'set') {
      const frame = acceptedBy(op)
      const isNew = frame && !accepts.some((each) => each.frame === frame && each.epoch === epoch)
      if (isNew) this.#change({ accepts: [...accepts, { epoch, frame }] })
    }
  }

  /** Notes a checkpoint that is whole; again, if more is known of it. */
  noteCheckpoint(checkpoint: CheckpointHeads): void {
    const others = this.#facts.checkpoints.filter(({ ref }) => ref.sha256 !== checkpoint.ref.sha256)
    this.#change({ checkpoints: [...others, checkpoint] })
  }

  /**
   * Whether all that a checkpoint covers counts: if the newest epoch names it, or its writer knew of that epoch.
   * Any other may have been written in good faith, and hold what came too late.
   */
  vouchesFor({ ref, knows }: CheckpointHeads): boolean {
    const { epoch: now } = this
    const isNamed = ({ epoch, checkpoint }: EpochHeads) => epoch === now && checkpoint?.sha256 === ref.sha256
    return knows >= now || this.#facts.epochs.some(isNamed)
  }

  /** Whether this frame of an older epoch is named; those before it in its segment count as well. */
  admits(frame: Hash): boolean {
    return this.#find().frames.has(frame)
  }

  /** Whether more of a segment is covered than its first `bytes`. */
  reachesBeyond(segment: SegmentId, bytes: number): boolean {
    return (this.#find().reach.get(segment) ?? 0) > bytes
  }

  #find(): Covered {
    this.#covered ??= this.#collect()
    return this.#covered
  }

  #collect(): Covered {
    const { epoch: now } = this
    const ops = this.#facts.epochs.filter(({ epoch }) => epoch === now)
    const checkpoints = this.#facts.checkpoints.filter((checkpoint) => this.vouchesFor(checkpoint))
    const frames = new Set(this.#facts.accepts.filter(({ epoch }) => epoch >= now).map(({ frame }) => frame))
    const reach = new Map<SegmentId, number>()
    for (const { segment, bytes, hash } of [...ops, ...checkpoints].flatMap(({ heads }) => heads)) {
      frames.add(hash)
      reach.set(segment, Math.max(bytes, reach.get(segment) ?? 0))
    }
    return { frames, reach }
  }

  #change(facts: Partial<CoverageFacts>): void {
    this.#facts = { ...this.#facts, ...facts }
    this.#covered = undefined
  }
}

type Covered = {
  readonly frames: ReadonlySet<Hash>
  /** Greatest length named of each segment. */
  readonly reach: ReadonlyMap<SegmentId, number>
}
