import { createHash } from 'node:crypto'
import { hex, parseCbor, parseCborArrayHead } from '../base/index.ts'
import type { SegmentId } from '../contract/ids.ts'
import { CHECKPOINT_PART } from './checkpoint-writer.ts'
import { Fields, malformed, orMalformed } from './fields.ts'
import type { CheckpointFile } from './file-name.ts'
import { FrameChain } from './frame-chain.ts'
import { walkFrames } from './frame-walk.ts'
import { parseHash } from './hash.ts'
import type { CheckpointRef, Head, Op } from './op.ts'
import { parseOp, readHead } from './op-codec.ts'
import { ChainKeys, parseHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-header.ts'
import type { JournalAccess, MetadataKey } from './segment-reader.ts'
import { type BatchStamp, LATEST_TIME, type Stamp } from './stamp.ts'

/** A checkpoint whose header says what its place says, under a key that is open. Nothing is verified yet. */
export type OpenCheckpoint = {
  readonly file: CheckpointFile
  readonly header: SegmentHeader<'checkpoint'>
  readonly headerBytes: Uint8Array
  readonly metadataKey: MetadataKey
}

/** A checkpoint that is there to its last frame, each verified: fit to be used. */
export type WholeCheckpoint = OpenCheckpoint & {
  readonly ref: CheckpointRef
  readonly covered: readonly Head[]
}

type Part =
  | { readonly kind: 'heads'; readonly heads: readonly Head[] }
  /** Its rows are looked into when they are wanted. */
  | { readonly kind: 'ops'; readonly count: number; readonly content: Uint8Array }
  | { readonly kind: 'end'; readonly count: number }

/** Reads a checkpoint's header; undefined if it isn't the vault's, or its key isn't open. */
export async function openCheckpoint(
  access: JournalAccess,
  file: CheckpointFile,
): Promise<OpenCheckpoint | undefined> {
  const headerBytes = await access.source.read(file.name, { offset: 0, length: SEGMENT_HEADER_BYTES })
  const header = parseHeader(headerBytes, 'checkpoint')
  if (header?.vault !== access.vault || header.device !== file.device || header.id !== file.checkpoint) {
    return undefined
  }
  const metadataKey = access.keys.get(header.metadataKey)
  return metadataKey && { file, header, headerBytes, metadataKey }
}

/**
 * Verifies a checkpoint from its first byte to its last, without looking into its ops.
 *
 * @returns undefined if it isn't whole: cut, changed, still arriving, or not what a writer writes
 */
export async function verifyCheckpoint(
  access: JournalAccess,
  checkpoint: OpenCheckpoint,
): Promise<WholeCheckpoint | undefined> {
  const covered: Head[] = []
  let rows = 0
  const walked = await walkParts(access, checkpoint, (part) => {
    if (part.kind === 'heads') covered.push(...part.heads)
    else if (part.kind === 'ops') rows += part.count
    else return part.count === rows
    return true
  })
  if (walked === undefined || !haveDistinctSegments(covered)) return undefined
  return { ...checkpoint, ref: { id: checkpoint.header.id, sha256: walked.sha256 }, covered }
}

/**
 * Reads the ops of a checkpoint that was verified.
 *
 * @param visit takes each op that still counts, with its stamp
 * @returns false if the file is no longer the one that was verified, or a row isn't what a writer writes: what
 *   `visit` took must be dropped
 */
export async function readCheckpointOps(
  access: JournalAccess,
  checkpoint: WholeCheckpoint,
  visit: (op: Op, stamp: Stamp) => void,
): Promise<boolean> {
  const rows = new Rows(checkpoint.covered, visit)
  const walked = await walkParts(access, checkpoint, (part) => {
    if (part.kind !== 'ops') return true
    const value = parseCbor(part.content)
    if (value === undefined) return false
    const read = orMalformed(() =>
      Fields.whole(value, (fields) => {
        fields.uint()
        fields.list((row) => rows.read(row), 'arrays')
      }),
    )
    return read !== 'malformed'
  })
  return walked?.sha256 === checkpoint.ref.sha256
}

/** Reads rows: [time, segment, seq, index, op]. */
class Rows {
  readonly #reach: ReadonlyMap<SegmentId, number>
  readonly #visit: (op: Op, stamp: Stamp) => void
  /** Rows of one batch stand together, as a rule, and share its stamp in memory. */
  #batch: BatchStamp | undefined

  constructor(covered: readonly Head[], visit: (op: Op, stamp: Stamp) => void) {
    this.#reach = new Map(covered.map(({ segment, seq }) => [segment, seq]))
    this.#visit = visit
  }

  read(fields: Fields): void {
    const batch = this.#batchOf(fields.uint(LATEST_TIME), fields.id(), fields.uint())
    const index = fields.uint()
    const op = parseOp(fields.any())
    if (op === 'malformed' || op.kind === 'unknown') malformed()
    this.#visit(op, { batch, index })
  }

  #batchOf(time: number, segment: SegmentId, seq: number): BatchStamp {
    const before = this.#batch
    if (before?.time === time && before.seq === seq && before.segment === segment) return before
    if (seq > (this.#reach.get(segment) ?? 0)) malformed()
    this.#batch = { time, segment, seq, frame: null }
    return this.#batch
  }
}

/** Walks the parts in their order: heads, ops, one end, and then the end of the file. */
async function walkParts(
  access: JournalAccess,
  { file, header, headerBytes, metadataKey }: OpenCheckpoint,
  visit: (part: Part) => boolean,
): Promise<Pick<CheckpointRef, 'sha256'> | undefined> {
  const hash = createHash('sha256').update(headerBytes)
  using chain = FrameChain.start(ChainKeys.derive(metadataKey.key, header), headerBytes)
  const order: Part['kind'][] = ['heads']
  const end = await walkFrames(access.source, file, chain, headerBytes.length, ({ content, frame }) => {
    const part = parsePart(content)
    const before = order.at(-1)
    if (part === 'malformed' || before === 'end' || (before === 'ops' && part.kind === 'heads')) return false
    order.push(part.kind)
    hash.update(frame)
    return visit(part)
  })
  const sha256 = parseHash(hex(hash.digest()))
  return end === 'whole' && order.at(-1) === 'end' && sha256 !== undefined ? { sha256 } : undefined
}

/** The parts are arrays of two: what it is, and the heads, the rows or the number. */
function parsePart(content: Uint8Array): Part | 'malformed' {
  const [, code] = content
  if (code === CHECKPOINT_PART.ops) {
    const rows = parseCborArrayHead(content.subarray(2))
    return parseCborArrayHead(content)?.count === 2 && rows
      ? { kind: 'ops', count: rows.count, content }
      : 'malformed'
  }
  const value = parseCbor(content)
  if (value === undefined) return 'malformed'
  return orMalformed(() =>
    Fields.whole(value, (fields): Part => {
      const kind = fields.uint()
      if (kind === CHECKPOINT_PART.heads) return { kind: 'heads', heads: fields.list(readHead, 'arrays') }
      return kind === CHECKPOINT_PART.end ? { kind: 'end', count: fields.uint() } : malformed()
    }),
  )
}

/** Over unforked segments: one head each. */
function haveDistinctSegments(heads: readonly Head[]): boolean {
  return new Set(heads.map(({ segment }) => segment)).size === heads.length
}
