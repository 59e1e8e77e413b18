import { bug, concat, fail, randomBytes, type Secret } from '../base/index.ts'
import {
  type DeviceId,
  idFromBytes,
  type MetadataKeyId,
  type SegmentId,
  type VaultId,
} from '../contract/ids.ts'
import { batchBytes, encodeOp, writeBatch } from './batch-codec.ts'
import { segmentName } from './file-name.ts'
import { FrameChain, GREATEST_CONTENT_BYTES } from './frame-chain.ts'
import type { Batch, CheckpointRef, Head, Op } from './op.ts'
import type { JournalSink } from './port.ts'
import { ChainKeys, writeHeader } from './segment-header.ts'
import { nextTime } from './stamp.ts'

/** What this device knows at the moment of writing: read under the write lock. */
export type Seen = {
  /** The greatest time among the batches that count here, in µs; 0 in a new vault. */
  readonly greatestTime: number
  /** The heads that no open names yet (JournalReading.frontier). */
  readonly frontier: readonly Head[]
  /** The checkpoint that `frontier` goes beyond. */
  readonly checkpoint: CheckpointRef | null
}

export type WriterFacts = {
  readonly vault: VaultId
  readonly device: DeviceId
  readonly deviceName: string
  /** Name and version of the program, for the audit. */
  readonly app: string
  readonly metadataKey: { readonly id: MetadataKeyId; readonly key: Secret }
}

/** Ops that stay in one batch: one item's, or whatever else must apply whole or not at all. */
export type Group = readonly Op[]

/**
 * The segment of this process run (docs/format.md §4, ARCHITECTURE "Order of writes" 2): opened at its first
 * append, never reopened, ended by close, by a failed append or by the process.
 *
 * Every append is one durable write, done under the vault's write lock by one call at a time. Its segment id
 * must be in anchors.db before the first one, or a kill looks like a clone.
 */
export class SegmentWriter implements Disposable {
  readonly segment: SegmentId
  readonly #facts: WriterFacts
  readonly #sink: JournalSink
  readonly #now: () => number
  readonly #header: Uint8Array<ArrayBuffer>
  readonly #chain: FrameChain
  #head: Head | undefined
  #greatestTime = 0
  #state: 'ready' | 'busy' | 'ended' = 'ready'

  private constructor(facts: WriterFacts, sink: JournalSink, now: () => number) {
    const { vault, device, metadataKey } = facts
    this.segment = idFromBytes<SegmentId>(randomBytes(16)) ?? bug('segment id')
    const header = { kind: 'segment', vault, device, id: this.segment, metadataKey: metadataKey.id } as const
    this.#facts = facts
    this.#sink = sink
    this.#now = now
    this.#header = writeHeader(header)
    this.#chain = FrameChain.start(ChainKeys.derive(metadataKey.key, header), this.#header)
  }

  /**
   * A new segment with an id of its own; nothing is written yet.
   *
   * @param now the clock, ms since 1970
   */
  static begin(facts: WriterFacts, sink: JournalSink, now: () => number): SegmentWriter {
    return new SegmentWriter(facts, sink, now)
  }

  /** What is durable of it; undefined before the first append. */
  get head(): Head | undefined {
    return this.#head
  }

  /** Whether it takes no more: go on with a new one. */
  get ended(): boolean {
    return this.#state === 'ended'
  }

  /**
   * Records what happened, durably, in as few batches as it fits: groups are never cut.
   *
   * An `open` goes first if this is the segment's first append or others have moved since the last.
   *
   * @param close also ends the segment, in the same write
   * @returns the batches, as a reader would read them
   * @throws JOURNAL_LIMIT a group (or the open) is over 1 MiB · CLOCK_UNUSABLE: before anything is written,
   *   the writer stays usable
   * @throws what the sink throws: the segment has ended, and its tail may hold any part of this
   */
  async append(groups: readonly Group[], seen: Seen, close = false): Promise<readonly Batch[]> {
    if (this.#state !== 'ready') bug(`append to a segment that is ${this.#state}`)
    this.#demandOrdinary(groups)
    const batches = fitIntoBatches([...this.#openGroup(seen), ...groups, ...(close ? [CLOSE] : [])])
    const times = this.#timesFor(batches.length, seen.greatestTime)
    if (batches.length === 0) return []
    this.#state = 'busy'
    try {
      const written = await this.#write(batches, times)
      this.#state = close ? 'ended' : 'ready'
      return written
    } catch (error) {
      this.#state = 'ended'
      throw error
    }
  }

  /** Says that nothing follows. Without an append there is nothing to close and nothing is written. */
  async close(seen: Seen): Promise<readonly Batch[]> {
    if (this.#state === 'ready' && !this.#head) this.#state = 'ended'
    return this.#state === 'ended' ? [] : this.append([], seen, true)
  }

  /** Ends it in memory; on disk it stays as it is. */
  [Symbol.dispose](): void {
    this.#state = 'ended'
    this.#chain[Symbol.dispose]()
  }

  /** Opens and closes are the writer's own, and an epoch begins in a segment under its key. */
  #demandOrdinary(groups: readonly Group[]): void {
    for (const op of groups.flat()) {
      if (op.kind === 'open' || op.kind === 'close') bug(`an op "${op.kind}" from outside`)
      if (op.kind === 'epoch' && op.metadataKey !== this.#facts.metadataKey.id) bug('an epoch of another key')
    }
  }

  #openGroup({ frontier, checkpoint }: Seen): Group[] {
    const heads = frontier.filter(({ segment }) => segment !== this.segment)
    if (this.#head && heads.length === 0) return []
    const { deviceName, app } = this.#facts
    return [[{ kind: 'open', deviceName, app, heads, checkpoint }]]
  }

  #timesFor(count: number, greatestSeen: number): readonly number[] {
    const times: number[] = []
    let greatest = Math.max(greatestSeen, this.#greatestTime)
    while (times.length < count) {
      greatest = nextTime(greatest, this.#now())
      times.push(greatest)
    }
    return times
  }

  async #write(batches: readonly EncodedBatch[], times: readonly number[]): Promise<readonly Batch[]> {
    const offset = this.#head?.bytes ?? 0
    const parts: Uint8Array[] = offset === 0 ? [this.#header] : []
    let bytes = offset === 0 ? this.#header.length : offset
    const written = batches.map(({ ops, encoded }, index): Batch => {
      const time = times[index] ?? bug('a batch without a time')
      const frame = this.#chain.seal(writeBatch(time, encoded))
      parts.push(frame)
      bytes += frame.length
      const { seq, hash } = this.#chain
      const at = { time, segment: this.segment, seq, frame: hash }
      const head = { segment: this.segment, bytes, seq, hash }
      return { device: this.#facts.device, at, ops, unknownOps: [], head }
    })
    await this.#sink.append(segmentName(this.#facts.device, this.segment), offset, concat(...parts))
    this.#head = written.at(-1)?.head
    this.#greatestTime = times.at(-1) ?? this.#greatestTime
    return written
  }
}

const CLOSE: Group = [{ kind: 'close' }]

type EncodedBatch = { readonly ops: Op[]; readonly encoded: Uint8Array[]; opsBytes: number }

/** Lays groups into batches of at most one frame each, in order. */
function fitIntoBatches(groups: readonly Group[]): readonly EncodedBatch[] {
  const batches: EncodedBatch[] = []
  let last: EncodedBatch | undefined
  for (const group of groups) {
    const encoded = group.map(encodeOp)
    const groupBytes = encoded.reduce((sum, op) => sum + op.length, 0)
    if (
      !last ||
      batchBytes(last.ops.length + group.length, last.opsBytes + groupBytes) > GREATEST_CONTENT_BYTES
    ) {
      if (batchBytes(group.length, groupBytes) > GREATEST_CONTENT_BYTES) refuseGroup(group, groupBytes)
      last = { ops: [], encoded: [], opsBytes: 0 }
      batches.push(last)
    }
    for (const op of group) last.ops.push(op)
    for (const op of encoded) last.encoded.push(op)
    last.opsBytes += groupBytes
  }
  return batches
}

function refuseGroup(group: Group, bytes: number): never {
  const kinds = [...new Set(group.map(({ kind }) => kind))]
  fail('JOURNAL_LIMIT', `A change of ${bytes} bytes (${kinds.join(', ')}) is too large for one record.`, {
    bytes,
    kinds,
  })
}
