import { bug } from '../base/index.ts'
import type { KeyVersionId, SegmentId } from '../contract/ids.ts'
import {
  type Batch,
  type Finding,
  type JournalAccess,
  listSegments,
  type OpenSegment,
  openSegment,
  type Place,
  readSegment,
} from '../journal/index.ts'
import type { AuditEvent } from './event.ts'
import { eventsOf } from './events-of.ts'

/** Of each segment that is being read so much is in memory, or one frame if that is longer. */
const CHUNK_BYTES = 64 * 1024
/** Enough for the first frame of most segments, to know when it begins. */
const PEEK_BYTES = 4 * 1024
const HEADER_BYTES = 68

/** A segment whose records stop being what was written: what follows is not told. */
export type Gap = {
  readonly name: string
  readonly segment: SegmentId
  /** The number of the first record that can't be read. */
  readonly record: number
}

export type EventQuery = {
  readonly access: JournalAccess
  /** What the last reading of the journal found: which records are held. */
  readonly findings: readonly Finding[]
  readonly keyVersionIn: (edk: Uint8Array) => KeyVersionId | undefined
  readonly onGap: (gap: Gap) => void
}

/**
 * All acts that a journal tells of, in the order of their stamps (docs/format.md §4), from the segments themselves:
 * an index keeps no notes.
 *
 * Segments are merged as they are read, so memory grows with the segments that overlap in time, not with the
 * journal. Within a segment the order is the chain's, whatever times its writer gave.
 */
export async function* readEvents(query: EventQuery): AsyncGenerator<AuditEvent> {
  const held = heldRecords(query.findings)
  const names = new Map<SegmentId, string>()
  for await (const batch of readBatches(query)) {
    const { segment, seq } = batch.at
    for (const op of batch.ops) if (op.kind === 'open') names.set(segment, op.deviceName)
    const range = held.get(segment)
    const isHeld = range !== undefined && seq > range.after && seq <= range.upTo
    const deviceName = names.get(segment) ?? ''
    yield* eventsOf(batch, { deviceName, held: isHeld, keyVersionIn: query.keyVersionIn })
    if (batch.ops.at(-1)?.kind === 'close') names.delete(segment)
  }
}

function heldRecords(findings: readonly Finding[]) {
  const held = new Map<SegmentId, { readonly after: number; readonly upTo: number }>()
  for (const finding of findings) {
    if (finding.kind !== 'held') continue
    const { segment, batches, upTo } = finding
    const before = held.get(segment)
    const after = Math.min(upTo.seq - batches, before?.after ?? Number.POSITIVE_INFINITY)
    held.set(segment, { after, upTo: Math.max(upTo.seq, before?.upTo ?? 0) })
  }
  return held
}

/** The batches of all segments, by stamp; one that stands in two files once. */
async function* readBatches({ access, onGap }: EventQuery): AsyncGenerator<Batch> {
  const waiting: { readonly time: number; readonly segment: OpenSegment }[] = []
  for (const file of await listSegments(access.source)) {
    const segment = await openSegment(access, file)
    if ('end' in segment) continue
    const peek = new SegmentStream(access, segment, PEEK_BYTES)
    const first = await peek.next()
    if (first) waiting.push({ time: first.at.time, segment })
    else if (peek.isDamaged) onGap({ name: file.name, segment: file.segment, record: 1 })
  }
  // The next one last: it is taken from the end.
  waiting.sort((a, b) => b.time - a.time)
  const reading: { stream: SegmentStream; batch: Batch }[] = []
  const last = new Map<SegmentId, string>()
  for (;;) {
    let least = leastOf(reading)
    for (
      let next = waiting.at(-1);
      next && !(least && least.batch.at.time < next.time);
      next = waiting.at(-1)
    ) {
      waiting.pop()
      const stream = new SegmentStream(access, next.segment, CHUNK_BYTES)
      const batch = await stream.next()
      if (batch) reading.push({ stream, batch })
      least = leastOf(reading)
    }
    if (!least) return
    const { batch, stream } = least
    const { frame, segment } = batch.at
    if (last.get(segment) !== frame) yield batch
    last.set(segment, frame ?? '')
    const following = await stream.next()
    if (following) least.batch = following
    else {
      reading.splice(reading.indexOf(least), 1)
      if (!reading.some((each) => each.stream.segment === segment)) last.delete(segment)
      if (stream.isDamaged) onGap({ name: stream.name, segment, record: batch.at.seq + 1 })
    }
  }
}

function leastOf<T extends { readonly batch: Batch }>(reading: readonly T[]): T | undefined {
  let least: T | undefined
  for (const each of reading) if (!least || isBefore(each.batch, least.batch)) least = each
  return least
}

/** The order of stamps, for whole batches. */
function isBefore({ at: a }: Batch, { at: b }: Batch): boolean {
  if (a.time !== b.time) return a.time < b.time
  if (a.segment !== b.segment) return a.segment < b.segment
  return a.seq === b.seq ? (a.frame ?? '') < (b.frame ?? '') : a.seq < b.seq
}

/** The batches of one file, a piece of it at a time. */
class SegmentStream {
  readonly #access: JournalAccess
  readonly #segment: OpenSegment
  readonly #queue: Batch[] = []
  readonly #chunkBytes: number
  #at = 0
  #place: Place | undefined
  #ended = false
  /** It stops at a record that is not what was written there. */
  isDamaged = false

  constructor(access: JournalAccess, segment: OpenSegment, chunkBytes: number) {
    this.#access = access
    this.#segment = segment
    this.#chunkBytes = chunkBytes
  }

  get name(): string {
    return this.#segment.file.name
  }

  get segment(): SegmentId {
    return this.#segment.file.segment
  }

  async next(): Promise<Batch | undefined> {
    if (this.#at === this.#queue.length) await this.#fill()
    return this.#queue[this.#at++]
  }

  async #fill(): Promise<void> {
    this.#queue.length = 0
    this.#at = 0
    const { file } = this.#segment
    for (let span = this.#chunkBytes; this.#queue.length === 0 && !this.#ended; span *= 4) {
      const sizeBytes = Math.min(file.sizeBytes, (this.#place?.head.bytes ?? HEADER_BYTES) + span)
      const part = { ...this.#segment, file: { ...file, sizeBytes } }
      const { end, place } = await readSegment(this.#access, part, this.#place, (batch) => {
        this.#queue.push(batch)
      })
      this.#place = place
      this.isDamaged = end === 'damaged'
      this.#ended = this.isDamaged || sizeBytes === file.sizeBytes
      if (span > 2 ** 40) bug('a record without an end')
    }
  }
}
