import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/main/base/index.ts'
import type { DeviceId, ItemId, MetadataKeyId, SegmentId, VaultId } from '../../src/main/contract/ids.ts'
import { FrameChain, GREATEST_CONTENT_BYTES } from '../../src/main/journal/frame-chain.ts'
import { type Finding, loadState, SegmentWriter } from '../../src/main/journal/index.ts'
import { ChainKeys, writeHeader } from '../../src/main/journal/segment-header.ts'
import { folderOps, MemoryDisk, newId } from './support.ts'

const of = (byte: string) => Buffer.from(byte.repeat(16), 'hex')
const ids = {
  vault: of('11').toString('hex') as VaultId,
  device: of('22').toString('hex') as DeviceId,
  segment: of('33').toString('hex') as SegmentId,
  metadataKey: of('44').toString('hex') as MetadataKeyId,
}
const metadataKey = () => new Uint8Array(32).fill(0x55)
const name = `journal/${ids.device}/${ids.segment}.log`

const number = (value: number, bytes: number) =>
  Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const KDF = (label: string, info: Uint8Array, key = metadataKey()) =>
  Buffer.from(hkdfSync('sha256', key, of('11'), Buffer.concat([Buffer.from(label), number(0, 1), info]), 32))

/** docs/format.md §4 a second time, with nothing of ours: a segment of frames with these contents. */
function segmentOf(contents: readonly Uint8Array[]): Buffer {
  const header = Buffer.concat([Buffer.from('SRJ1'), of('11'), of('22'), of('33'), of('44')])
  const frames = [header]
  for (const [index, content] of contents.entries()) {
    const prev = sha256(frames.at(-1) ?? header)
    const [seq, L] = [number(index + 1, 8), number(content.length + 16, 4)]
    const check = createHmac('sha256', KDF('strongroom/length', of('33')))
    const nonce = Buffer.alloc(12, index)
    const cipher = createCipheriv('aes-256-gcm', KDF('strongroom/segment', of('33')), nonce)
    cipher.setAAD(Buffer.concat([header, seq, prev, L]))
    const box = Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
    const start = check
      .update(Buffer.concat([seq, L, prev]))
      .digest()
      .subarray(0, 8)
    frames.push(Buffer.concat([L, start, box]))
  }
  return Buffer.concat(frames)
}

async function read(bytes: Uint8Array) {
  const disk = new MemoryDisk()
  disk.files.set(name, bytes)
  const keys = new Map([[ids.metadataKey, { epoch: 1, key: Secret.take(metadataKey(), 'metadata key') }]])
  const { state, reading } = await loadState({ access: { source: disk, vault: ids.vault, keys } })
  return { items: [...state.items], findings: reading.findings, cursors: reading.known.cursors }
}
const kindsOf = (findings: readonly Finding[]) => findings.map(({ kind }) => kind)

// [1700000000000000, [[0, "d", "a", [], null, null], [2, 66…66, 1, 00…00, "Ordner", 5, 493]]]
const CONTENT = Buffer.from(
  '821b00060a24181e40008286006164616180f6f6870250666666666666666666666666666666660150' +
    '00000000000000000000000000000000664f72646e65720519' +
    '01ed',
  'hex',
)

describe('frames as docs/format.md §4 has them', () => {
  it('made by other hands are read', async () => {
    const { items, findings, cursors } = await read(segmentOf([CONTENT, CONTENT, CONTENT]))
    expect(findings).toEqual([])
    expect(items.map(([id, { name: given, mode }]) => [id, given?.value, mode?.value])).toEqual([
      [of('66').toString('hex') as ItemId, 'Ordner', 493],
    ])
    expect(cursors[0]?.place.head.seq).toBe(3)
  })

  it('made by a SegmentWriter are those that other hands make with the same nonce', async () => {
    const disk = new MemoryDisk()
    const key = { id: ids.metadataKey, key: Secret.take(metadataKey(), 'metadata key') }
    const facts = { vault: ids.vault, device: ids.device, deviceName: 'd', app: 'a', metadataKey: key }
    const writer = SegmentWriter.begin(facts, disk, () => 1_700_000_000_000)
    await writer.append([folderOps(newId(), 'x')], { greatestTime: 0, frontier: [], checkpoint: null })
    const bytes = disk.at(`journal/${ids.device}/${writer.segment}.log`)
    const own = Buffer.from(writer.segment, 'hex')
    const [header, frame] = [Buffer.from(bytes.subarray(0, 68)), Buffer.from(bytes.subarray(68))]
    expect(header).toEqual(Buffer.concat([Buffer.from('SRJ1'), of('11'), of('22'), own, of('44')]))
    const [seq, L] = [number(1, 8), number(frame.length - 24, 4)]
    expect(frame.subarray(0, 4)).toEqual(L)
    const check = createHmac('sha256', KDF('strongroom/length', own)).update(
      Buffer.concat([seq, L, sha256(header)]),
    )
    expect(frame.subarray(4, 12)).toEqual(check.digest().subarray(0, 8))
  })

  it('longer than 1 MiB are damaged though all else of them is right, and of 1 MiB are not', async () => {
    const filled = (bytes: number) => {
      // [2⁵², [[7, "x", bytes]]], so that only the length is too much.
      const head = Buffer.from('821b00100000000000008183076178', 'hex')
      return Buffer.concat([head, Buffer.from('5a', 'hex'), number(bytes, 4), Buffer.alloc(bytes)])
    }
    const most = GREATEST_CONTENT_BYTES - filled(0).length
    expect((await read(segmentOf([CONTENT, filled(most)]))).findings).toEqual([])
    const over = await read(segmentOf([CONTENT, filled(most + 1)]))
    expect([kindsOf(over.findings), over.cursors[0]?.place.head.seq]).toEqual([['damaged'], 1])
  })

  it('are never made longer than that', () => {
    const header = {
      kind: 'segment',
      vault: ids.vault,
      device: ids.device,
      id: ids.segment,
      metadataKey: ids.metadataKey,
    } as const
    using key = Secret.take(metadataKey(), 'metadata key')
    using chain = FrameChain.start(ChainKeys.derive(key, header), writeHeader(header))
    expect(() => chain.seal(new Uint8Array(GREATEST_CONTENT_BYTES + 1))).toThrow('BUG')
    expect(chain.seal(new Uint8Array(GREATEST_CONTENT_BYTES)).length).toBe(1024 * 1024 + 24)
  })

  it('of another number or after another frame are damaged though their tags are right', async () => {
    const whole = segmentOf([CONTENT, CONTENT])
    const length = (whole.length - 68) / 2
    const second = whole.subarray(68 + length)
    const moved = Buffer.concat([whole.subarray(0, 68), second, whole.subarray(68, 68 + length)])
    expect(kindsOf((await read(moved)).findings)).toEqual(['damaged'])
  })
})
