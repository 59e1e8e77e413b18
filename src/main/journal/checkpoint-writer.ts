import { createHash } from 'node:crypto'
import {
  bug,
  cborArrayBytes,
  hex,
  randomBytes,
  type Secret,
  writeCbor,
  writeCborArray,
} from '../base/index.ts'
import { type DeviceId, idBytes, idFromBytes, type MetadataKeyId, type VaultId } from '../contract/ids.ts'
import type { CheckpointId } from './file-name.ts'
import { FrameChain, GREATEST_CONTENT_BYTES } from './frame-chain.ts'
import { parseHash } from './hash.ts'
import type { CheckpointRef, Head, StampedOp } from './op.ts'
import { copyOp, writeHead } from './op-codec.ts'
import { ChainKeys, writeHeader } from './segment-header.ts'

/**
 * A checkpoint (docs/format.md §4): header `SRC1`, then frames as in a segment, with these contents:
 *
 *     [1, [head…]]…      the heads covered
 *     [2, [[time, segment, seq, index, op]…]]…      the ops that still count
 *     [3, number of ops]      the end; without it the checkpoint isn't whole
 */
export const CHECKPOINT_PART = { heads: 1, ops: 2, end: 3 } as const

/** A checkpoint is due when this much has been written since the last. */
export const CHECKPOINT_AFTER_BYTES = 64 * 1024 * 1024

export type CheckpointFacts = {
  readonly vault: VaultId
  readonly device: DeviceId
  readonly metadataKey: { readonly id: MetadataKeyId; readonly key: Secret }
}

/** A checkpoint to be written: its name is known first, its hash when the last byte was taken. */
export type CheckpointDraft = {
  readonly id: CheckpointId
  /** The file, in pieces of up to 1 MiB; to be taken once, to the end. Returns how others will name it. */
  readonly pieces: Generator<Uint8Array, CheckpointRef>
}

/**
 * Starts a checkpoint with an id of its own.
 *
 * @param covered heads of verified, unforked segments
 * @param ops what still counts of exactly the frames up to those heads (standingOps)
 */
export function draftCheckpoint(
  facts: CheckpointFacts,
  covered: readonly Head[],
  ops: Iterable<StampedOp>,
): CheckpointDraft {
  const id = idFromBytes<CheckpointId>(randomBytes(16)) ?? bug('checkpoint id')
  return { id, pieces: writePieces(facts, id, covered, ops) }
}

function* writePieces(
  { vault, device, metadataKey }: CheckpointFacts,
  id: CheckpointId,
  covered: readonly Head[],
  ops: Iterable<StampedOp>,
): Generator<Uint8Array, CheckpointRef> {
  const header = { kind: 'checkpoint', vault, device, id, metadataKey: metadataKey.id } as const
  const headerBytes = writeHeader(header)
  using chain = FrameChain.start(ChainKeys.derive(metadataKey.key, header), headerBytes)
  const hash = createHash('sha256').update(headerBytes)
  const frame = (content: Uint8Array): Uint8Array => {
    const sealed = chain.seal(content)
    hash.update(sealed)
    return sealed
  }

  yield headerBytes
  for (const part of parts(CHECKPOINT_PART.heads, encodeAll(covered, encodeHead))) yield frame(part)
  let count = 0
  const reach = new Map(covered.map(({ segment, seq }) => [segment, seq]))
  const rows = encodeAll(ops, (row) => {
    const { segment, seq } = row.stamp.batch
    if (seq > (reach.get(segment) ?? 0)) bug('a checkpoint row beyond the heads it covers')
    count++
    return encodeRow(row)
  })
  for (const part of parts(CHECKPOINT_PART.ops, rows)) yield frame(part)
  yield frame(writeCbor([CHECKPOINT_PART.end, count]))
  return { id, sha256: parseHash(hex(hash.digest())) ?? bug('checkpoint hash') }
}

const encodeHead = (head: Head): Uint8Array => writeCbor(writeHead(head))

function encodeRow({ op, stamp: { batch, index } }: StampedOp): Uint8Array {
  return writeCbor([batch.time, idBytes(batch.segment), batch.seq, index, copyOp(op)])
}

function* encodeAll<T>(values: Iterable<T>, encode: (value: T) => Uint8Array): Generator<Uint8Array> {
  for (const value of values) yield encode(value)
}

/** Lays encoded members into frames: [code, [member…]], each within a frame's size. */
function* parts(code: number, members: Iterable<Uint8Array>): Generator<Uint8Array> {
  const head = writeCbor(code)
  const room = GREATEST_CONTENT_BYTES - cborArrayBytes(2, head.length)
  let part: Uint8Array[] = []
  let bytes = 0
  for (const member of members) {
    if (part.length > 0 && cborArrayBytes(part.length + 1, bytes + member.length) > room) {
      yield writeCborArray([head, writeCborArray(part)])
      part = []
      bytes = 0
    }
    part.push(member)
    bytes += member.length
  }
  if (part.length > 0) yield writeCborArray([head, writeCborArray(part)])
}
