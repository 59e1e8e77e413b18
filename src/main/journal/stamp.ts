import { ByteReader, concat, fail } from '../base/index.ts'
import { idBytes, idFromBytes, type SegmentId } from '../contract/ids.ts'
import { type Hash, hashBytes, hashFromBytes } from './hash.ts'

/**
 * When and where a batch was written (docs/format.md §4). All its ops share one of these.
 *
 * `frame` is the hash of its frame. It decides only between two frames of one place, so only in a fork; ops
 * that come from a checkpoint, which is made over unforked segments, have none.
 */
export type BatchStamp = {
  /** Microseconds since 1970, but above every time its writer had seen. */
  readonly time: number
  readonly segment: SegmentId
  /** Number of the frame in its segment, from 1. */
  readonly seq: number
  readonly frame: Hash | null
}

/** The place of one op in the total order of all ops. */
export type Stamp = { readonly batch: BatchStamp; readonly index: number }

/** A time above this is no time (the year 2255): the batch is damaged. */
export const LATEST_TIME = 9_000_000_000_000_000

/** Total order of stamps: time, segment id, seq, index in the batch, hash of the frame. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.batch !== b.batch) {
    const before = comparePlaces(a.batch, b.batch)
    if (before !== 0) return before
    return a.index - b.index || compareText(a.batch.frame ?? '', b.batch.frame ?? '')
  }
  return a.index - b.index
}

function comparePlaces(a: BatchStamp, b: BatchStamp): number {
  return a.time - b.time || compareText(a.segment, b.segment) || a.seq - b.seq
}

// Ids and hashes are lower-case hex, so the order of the text is the order of the bytes.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The time of the next batch: the clock's, but above all that was seen, so that what a person did after
 * seeing something wins over it even when clocks disagree.
 *
 * @param greatestSeen the greatest time among the batches that count here, in µs
 * @throws CLOCK_UNUSABLE the next time is beyond LATEST_TIME: readers would call the batch damaged
 */
export function nextTime(greatestSeen: number, nowMs: number): number {
  const time = Math.max(greatestSeen + 1, Math.floor(nowMs * 1000))
  if (!(time <= LATEST_TIME)) {
    fail('CLOCK_UNUSABLE', 'This change was not recorded: the clock is beyond the year 2255.', {
      timeMicroseconds: time,
    })
  }
  return time
}

/**
 * A stamp as bytes that sort as stamps do (memcmp), for an index:
 *
 *     time u64 ‖ segment 16 ‖ seq u64 ‖ index u32 ‖ frame 32, or nothing
 */
export function writeStamp({ batch, index }: Stamp): Uint8Array<ArrayBuffer> {
  const frame = batch.frame === null ? new Uint8Array() : hashBytes(batch.frame)
  return concat(
    { u64: BigInt(batch.time) },
    idBytes(batch.segment),
    { u64: BigInt(batch.seq) },
    { u32: index },
    frame,
  )
}

/** Reverse of writeStamp; undefined for bytes that it would not have written. */
export function parseStamp(bytes: Uint8Array): Stamp | undefined {
  if (bytes.length !== 36 && bytes.length !== 68) return undefined
  const reader = new ByteReader(bytes)
  const time = Number(reader.u64())
  const segment = idFromBytes<SegmentId>(reader.bytes(16))
  const seq = Number(reader.u64())
  const index = reader.u32()
  const frame = reader.rest === 0 ? null : hashFromBytes(reader.bytes(32))
  if (segment === undefined || frame === undefined) return undefined
  if (!Number.isSafeInteger(time) || !Number.isSafeInteger(seq)) return undefined
  return { batch: { time, segment, seq, frame }, index }
}
