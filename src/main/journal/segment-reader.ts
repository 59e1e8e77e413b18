import type { Secret } from '../base/index.ts'
import type { MetadataKeyId, VaultId } from '../contract/ids.ts'
import { type BatchContent, parseBatch } from './batch-codec.ts'
import type { SegmentFile } from './file-name.ts'
import { FrameChain } from './frame-chain.ts'
import { type WalkEnd, type WalkedFrame, walkFrames } from './frame-walk.ts'
import type { Batch, Head } from './op.ts'
import type { JournalSource } from './port.ts'
import { ChainKeys, parseHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-header.ts'

/** A metadata key and its epoch, from the vault's key records. */
export type MetadataKey = { readonly epoch: number; readonly key: Secret }

/** The metadata keys that are open, by id. */
export type MetadataKeys = ReadonlyMap<MetadataKeyId, MetadataKey>

/** What is needed to read any segment of a vault. */
export type JournalAccess = {
  readonly source: JournalSource
  readonly vault: VaultId
  readonly keys: MetadataKeys
}

/** A segment file whose header says what its place says, under a key that is open. Not verified yet. */
export type OpenSegment = {
  readonly file: SegmentFile
  readonly header: SegmentHeader<'segment'>
  readonly headerBytes: Uint8Array
  readonly metadataKey: MetadataKey
}

/** Why a segment can't be read at all. `keyless`: its metadata key isn't open here, or hasn't arrived. */
export type UnreadableSegment = {
  readonly file: SegmentFile
  readonly end: 'arriving' | 'damaged' | 'keyless'
}

/** How far a segment file was read; where to go on. */
export type Place = {
  readonly head: Head
  /** A close was the last op: nothing may follow. */
  readonly closed: boolean
}

/** Reads a segment file's header. */
export async function openSegment(
  access: JournalAccess,
  file: SegmentFile,
): Promise<OpenSegment | UnreadableSegment> {
  const range = { offset: 0, length: SEGMENT_HEADER_BYTES }
  const headerBytes = await access.source.read(file.name, range)
  if (headerBytes.length < SEGMENT_HEADER_BYTES) return { file, end: 'arriving' }
  const header = parseHeader(headerBytes, 'segment')
  if (
    header === undefined ||
    header.vault !== access.vault ||
    header.device !== file.device ||
    header.id !== file.segment
  ) {
    return { file, end: 'damaged' }
  }
  const metadataKey = access.keys.get(header.metadataKey)
  return metadataKey ? { file, header, headerBytes, metadataKey } : { file, end: 'keyless' }
}

/**
 * Reads the batches of a segment, in order, as far as its chain verifies.
 *
 * @param from the place after which to go on: it must have been reached before by this chain
 * @param visit takes each batch. In a segment the first op is an open and nothing follows a close; an epoch
 *   names the segment's own key
 * @returns why it ended and the place it reached; no place if there isn't one good frame
 */
export async function readSegment(
  access: JournalAccess,
  segment: OpenSegment,
  from: Place | undefined,
  visit: (batch: Batch) => void,
): Promise<{ readonly end: WalkEnd; readonly place: Place | undefined }> {
  let place = from
  const end = await walkSegment(access, segment, from?.head, (frame) => {
    const content = parseBatch(frame.content)
    if (content === 'malformed' || place?.closed || !isLawful(content, frame.seq, segment)) return false
    const batch = batchOf(segment, frame, content)
    place = { head: batch.head, closed: content.ops.at(-1)?.kind === 'close' }
    visit(batch)
    return true
  })
  return { end, place }
}

/** Walks a segment's frames without looking into them. */
export async function walkSegment(
  access: JournalAccess,
  segment: OpenSegment,
  from: Head | undefined,
  visit: (frame: WalkedFrame) => boolean,
): Promise<WalkEnd> {
  const { file, header, headerBytes, metadataKey } = segment
  using chain = FrameChain.start(ChainKeys.derive(metadataKey.key, header), headerBytes, from)
  return await walkFrames(access.source, file, chain, from?.bytes ?? headerBytes.length, visit)
}

function isLawful({ ops, unknownOps }: BatchContent, seq: number, { header }: OpenSegment): boolean {
  if (seq === 1 && unknownOps.length === 0 && ops[0]?.kind !== 'open') return false
  return ops.every((op, index) => {
    if (op.kind === 'close') return index === ops.length - 1
    return op.kind !== 'epoch' || op.metadataKey === header.metadataKey
  })
}

function batchOf({ header, file }: OpenSegment, frame: WalkedFrame, content: BatchContent): Batch {
  const { seq, hash, bytes } = frame
  return {
    device: header.device,
    at: { time: content.time, segment: file.segment, seq, frame: hash },
    ops: content.ops,
    unknownOps: content.unknownOps,
    head: { segment: file.segment, bytes, seq, hash },
  }
}
