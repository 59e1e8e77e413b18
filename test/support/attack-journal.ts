import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeCborArray } from '../../src/main/base/index.ts'
import type { DeviceId, SegmentId } from '../../src/main/contract/ids.ts'
import { encodeOp } from '../../src/main/journal/batch-codec.ts'
import { FrameChain } from '../../src/main/journal/frame-chain.ts'
import { hashOf, type Op, segmentName } from '../../src/main/journal/index.ts'
import { ChainKeys, parseHeader, writeHeader } from '../../src/main/journal/segment-header.ts'
import type { OpenVault } from '../../src/main/vault/index.ts'
import { newId } from './key-fixture.ts'

/** Bytes of a segment's header. */
export const HEADER_BYTES = 68
/** Length, its check, the nonce. */
const FRAME_HEAD_BYTES = 24

/** Offsets of a frame in its segment. */
export type JournalFrame = { readonly from: number; readonly end: number }

/** The segments of a vault in a folder, as names in it, sorted. */
export function segmentNames(vault: string): readonly string[] {
  return readdirSync(join(vault, 'journal'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .map((name) => `journal/${name}`)
    .sort()
}

/** Where the frames of a segment lie (docs/format.md §4), by their lengths alone. */
export function journalFrames(segment: Buffer): readonly JournalFrame[] {
  const frames: JournalFrame[] = []
  for (let from = HEADER_BYTES; from < segment.length; ) {
    const end = from + FRAME_HEAD_BYTES + segment.readUInt32BE(from)
    frames.push({ from, end })
    from = end
  }
  return frames
}

export const openOp: Op = { kind: 'open', deviceName: 'forged', app: 'forged', heads: [], checkpoint: null }

/** The content of a frame, of ops and of what would be none; the time is any CBOR. */
export function batch(time: Uint8Array, ops: readonly (Op | Uint8Array)[]): Uint8Array {
  return writeCborArray([
    time,
    writeCborArray(ops.map((op) => (op instanceof Uint8Array ? op : encodeOp(op)))),
  ])
}

/**
 * A segment that a holder of the metadata key wrote by hand, of a device that nobody knows: frames of any
 * content, each well sealed.
 *
 * @returns its name in the vault
 */
export function forgeSegment({ vaultId, keys, path }: OpenVault, contents: readonly Uint8Array[]): string {
  const [metadata] = keys.newest
  if (metadata === undefined) throw new Error('an open vault has a metadata key')
  const [device, id] = [newId<DeviceId>(), newId<SegmentId>()]
  const facts = { kind: 'segment', vault: vaultId, device, id, metadataKey: metadata.id } as const
  const header = writeHeader(facts)
  using chain = FrameChain.start(ChainKeys.derive(metadata.key, facts), header)
  const name = segmentName(device, id)
  mkdirSync(dirname(join(path, name)), { recursive: true })
  writeFileSync(join(path, name), Buffer.concat([header, ...contents.map((content) => chain.seal(content))]))
  return name
}

/** The bytes of a segment that goes another way after its frame number `after`. */
export function forkSegment(
  { keys }: OpenVault,
  segment: Buffer,
  after: number,
  contents: readonly Uint8Array[],
): Buffer {
  const header = segment.subarray(0, HEADER_BYTES)
  const facts = parseHeader(header, 'segment')
  const metadata = keys.newest.find(({ id }) => id === facts?.metadataKey)
  const frame = journalFrames(segment)[after - 1]
  if (facts === undefined || metadata === undefined || frame === undefined) throw new Error('no such place')
  const hash = hashOf(segment.subarray(frame.from, frame.end))
  using chain = FrameChain.start(ChainKeys.derive(metadata.key, facts), header, { seq: after, hash })
  return Buffer.concat([segment.subarray(0, frame.end), ...contents.map((content) => chain.seal(content))])
}
