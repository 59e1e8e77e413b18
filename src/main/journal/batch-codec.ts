import { cborArrayBytes, parseCbor, writeCbor, writeCborArray } from '../base/index.ts'
import { Fields, malformed, orMalformed } from './fields.ts'
import type { Op } from './op.ts'
import { parseOp, writeOp } from './op-codec.ts'
import { LATEST_TIME } from './stamp.ts'

/**
 * The content of a segment's frame (docs/format.md §4):
 *
 *     [time, [op, op, …]]
 */
export type BatchContent = {
  readonly time: number
  /** Empty if there is an op that this version doesn't know: a batch applies whole or not at all. */
  readonly ops: readonly Op[]
  readonly unknownOps: readonly number[]
}

/** An op as the CBOR that goes into a batch, so that a batch can be cut before it is written. */
export function encodeOp(op: Op): Uint8Array {
  return writeCbor(writeOp(op))
}

/** Bytes of a batch of `count` encoded ops that add up to `opsBytes`, with the longest time there is. */
export function batchBytes(count: number, opsBytes: number): number {
  return cborArrayBytes(2, LONGEST_TIME_BYTES + cborArrayBytes(count, opsBytes))
}

const LONGEST_TIME_BYTES = writeCbor(LATEST_TIME).length

/** Writes a batch of encoded ops. */
export function writeBatch(time: number, encodedOps: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return writeCborArray([writeCbor(time), writeCborArray(encodedOps)])
}

/**
 * Parses the verified content of a frame.
 *
 * @returns 'malformed' for anything that no writer writes: the frame counts as damaged
 */
export function parseBatch(content: Uint8Array): BatchContent | 'malformed' {
  const value = parseCbor(content)
  if (value === undefined) return 'malformed'
  return orMalformed(() =>
    Fields.whole(value, (fields) => {
      const time = fields.uint(LATEST_TIME)
      const ops: Op[] = []
      const unknownOps: number[] = []
      for (const op of fields.list((member) => parseOp(member.any()), 'members')) {
        if (op === 'malformed') malformed()
        if (op.kind === 'unknown') unknownOps.push(op.code)
        else ops.push(op)
      }
      return { time, ops: unknownOps.length > 0 ? [] : ops, unknownOps }
    }),
  )
}
