import type { DeviceId } from '../contract/ids.ts'
import type { Coverage } from './coverage.ts'
import { type Claim, type Cursor, claimsOf } from './known.ts'
import type { Batch, Head, Op } from './op.ts'
import type { SegmentGroup } from './segment-group.ts'
import {
  type JournalAccess,
  type OpenSegment,
  openSegment,
  readSegment,
  walkSegment,
} from './segment-reader.ts'
import type { Stamp } from './stamp.ts'
import type { JournalTarget } from './state.ts'

/** Reads the files of segments into a target, as far as they count. */
export class GroupReader {
  /** What the applied batches say of heads. */
  readonly claims: Claim[] = []
  /** The greatest time among the applied batches, in µs. */
  greatestTime: number
  readonly #access: JournalAccess
  readonly #coverage: Coverage
  readonly #target: JournalTarget

  constructor(access: JournalAccess, coverage: Coverage, target: JournalTarget, greatestTime: number) {
    this.#access = access
    this.#coverage = coverage
    this.#target = target
    this.greatestTime = greatestTime
  }

  /** Reads the headers of a group. */
  async openFiles(group: SegmentGroup): Promise<void> {
    for (const file of group.files) {
      const opened = await openSegment(this.#access, file)
      if ('end' in opened) group.ends.push({ ...opened, head: undefined })
      else group.opened.push(opened)
    }
  }

  /** Reads the chains of a group whose files have to be put together, once. */
  async readChains(group: SegmentGroup): Promise<void> {
    if (group.chains.size > 0) return
    for (const segment of group.opened) {
      const chain = await this.#chainOf(segment, undefined)
      group.chains.set(segment.file.name, chain)
      for (const { hash } of chain) group.seen.add(hash)
    }
  }

  /** Reads one file of a group from where the state stands, and applies what counts. */
  async readFile(group: SegmentGroup, segment: OpenSegment): Promise<void> {
    if (group.isPutTogether) await this.readChains(group)
    const from = group.isPutTogether ? undefined : group.cursors[0]?.place
    const limit = await this.#limitOf(group, segment, from?.head)
    const { file } = segment
    let reached: Batch | undefined
    let held = 0
    const { end, place } = await readSegment(this.#access, segment, from, (batch) => {
      group.seen.add(batch.head.hash)
      if (batch.head.bytes > limit) {
        held++
        return
      }
      this.#apply(group, batch, segment.metadataKey.epoch)
      reached = batch
    })
    group.ends.push({ file, end, head: place?.head })
    if (reached) group.reached.set(file.name, cursorAt(group, segment, reached))
    if (held > 0 && place) group.held.push({ file, batches: held, upTo: place.head })
  }

  /**
   * Applies an op of a checkpoint.
   *
   * @param epoch of the segment it is from, or that it begins; undefined: not known here, so it covers nothing
   */
  applyOp(op: Op, stamp: Stamp, epoch: number | undefined, device: DeviceId | null): void {
    this.#target.applyOp(op, stamp)
    const { time, segment } = stamp.batch
    this.greatestTime = Math.max(this.greatestTime, time)
    if (epoch !== undefined) this.#coverage.note(op, epoch)
    for (const claim of claimsOf([op], segment, device)) this.claims.push(claim)
  }

  /** A batch that stands in two files is applied once. */
  #apply(group: SegmentGroup, batch: Batch, epoch: number): void {
    if (group.applied.has(batch.head.hash)) return
    if (group.isPutTogether) group.applied.add(batch.head.hash)
    this.#target.applyBatch(batch)
    this.greatestTime = Math.max(this.greatestTime, batch.at.time)
    for (const op of batch.ops) this.#coverage.note(op, epoch)
    for (const claim of claimsOf(batch.ops, batch.at.segment, batch.device)) this.claims.push(claim)
  }

  /** Up to which byte the frames of a file count: of an older epoch, up to the last frame that is covered. */
  async #limitOf(group: SegmentGroup, segment: OpenSegment, from: Head | undefined): Promise<number> {
    if (segment.metadataKey.epoch >= this.#coverage.epoch) return Number.POSITIVE_INFINITY
    const chain = group.chains.get(segment.file.name) ?? (await this.#chainOf(segment, from))
    return chain.findLast(({ hash }) => this.#coverage.admits(hash))?.bytes ?? 0
  }

  async #chainOf(segment: OpenSegment, from: Head | undefined): Promise<readonly Head[]> {
    const chain: Head[] = []
    await walkSegment(this.#access, segment, from, ({ seq, hash, bytes }) => {
      chain.push({ segment: segment.file.segment, bytes, seq, hash })
      return true
    })
    return chain
  }
}

function cursorAt(group: SegmentGroup, { header }: OpenSegment, { head, ops }: Batch): Cursor {
  const before = group.cursors.find(({ place }) => place.head.hash === head.hash)
  const place = { head, closed: ops.at(-1)?.kind === 'close' }
  const { device, metadataKey } = header
  return { place, device, metadataKey, namedBy: before?.namedBy ?? 'nobody' }
}
