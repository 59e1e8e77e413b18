import { beforeEach, describe, expect, it } from 'vitest'
import { type CborValue, writeCbor } from '../../src/main/base/index.ts'
import type { ItemId } from '../../src/main/contract/ids.ts'
import {
  isUnknownFeature,
  LATEST_TIME,
  type Op,
  openSegment,
  readSegment,
} from '../../src/main/journal/index.ts'
import { writeOp } from '../../src/main/journal/op-codec.ts'
import { craftSegment, folderOps, newId, putOp, readFresh, TestDevice, TestVault } from './support.ts'

let vault: TestVault
let device: TestDevice
beforeEach(() => {
  vault = new TestVault()
  device = new TestDevice(vault)
})

const OPEN: Op = { kind: 'open', deviceName: '', app: '', heads: [], checkpoint: null }
const CLOSE: Op = { kind: 'close' }
const folder = (): Op => putOp(newId<ItemId>(), { itemKind: 'folder', name: 'x' })
const batch = (time: number, ...ops: Op[]): Uint8Array => writeCbor([time, ops.map(writeOp)])
const raw = (value: CborValue): Uint8Array => writeCbor(value)

/** What a reader makes of a segment with these frames: how many count, and why it stopped. */
async function outcome(contents: Uint8Array[]): Promise<{ frames: number; kinds: string[] }> {
  const name = craftSegment(device, contents)
  const { reading } = await readFresh(vault, device.disk)
  device.disk.files.delete(name)
  const seq = reading.known.cursors[0]?.place.head.seq ?? 0
  return { frames: seq, kinds: reading.findings.map(({ kind }) => kind) }
}

describe('frames that verify, but that no writer writes, count as damaged', () => {
  it('the same frames, lawful, are read', async () => {
    expect(await outcome([batch(1, OPEN, folder()), batch(2, folder()), batch(3, CLOSE)])).toEqual({
      frames: 3,
      kinds: [],
    })
  })

  it.each<[string, number, () => Uint8Array[]]>([
    ['a first op that is no open', 0, () => [batch(1, folder())]],
    ['a first batch without ops', 0, () => [batch(1)]],
    ['a frame after the close', 2, () => [batch(1, OPEN), batch(2, folder(), CLOSE), batch(3, folder())]],
    ['an op after the close', 1, () => [batch(1, OPEN), batch(2, CLOSE, folder())]],
    ['a time beyond the year 2255', 1, () => [batch(1, OPEN), batch(LATEST_TIME + 1, folder())]],
    ['the time 2⁶⁴ − 1', 1, () => [batch(1, OPEN), Buffer.from('821bffffffffffffffff80', 'hex')]],
    ['a time below zero', 1, () => [batch(1, OPEN), batch(-1, folder())]],
    [
      'an epoch of another key than the segment’s',
      1,
      () => [batch(1, OPEN), batch(2, { ...OPEN, kind: 'epoch', metadataKey: newId() })],
    ],
    ['an op of another shape', 1, () => [batch(1, OPEN), raw([2, [[2, new Uint8Array(16)]]])]],
    ['an op that is no array', 1, () => [batch(1, OPEN), raw([2, [null]])]],
    ['a third member', 1, () => [batch(1, OPEN), raw([2, [], 0])]],
    ['no ops at all', 1, () => [batch(1, OPEN), raw([2])]],
    ['content that is no CBOR', 1, () => [batch(1, OPEN), new Uint8Array([0xff])]],
    ['content with a byte too many', 1, () => [batch(1, OPEN), new Uint8Array([...batch(2, folder()), 0])]],
    ['nothing', 1, () => [batch(1, OPEN), new Uint8Array()]],
    ['ten thousand levels', 1, () => [batch(1, OPEN), new Uint8Array(10_000).fill(0x81)]],
  ])('%s', async (_what, frames, contents) => {
    expect(await outcome(contents())).toEqual({ frames, kinds: ['damaged'] })
  })

  it('a frame after the close is refused also when the close was read before', async () => {
    const name = craftSegment(device, [batch(1, OPEN), batch(2, CLOSE), batch(3, folder())])
    const whole = device.disk.at(name)
    const lengths = (await readFresh(vault, device.disk)).reading.known.cursors.map(
      ({ place }) => place.head.bytes,
    )
    device.disk.cut(name, lengths[0] ?? 0)
    await device.read()
    device.disk.files.set(name, whole)
    expect((await device.read()).findings).toMatchObject([{ kind: 'damaged', bytes: lengths[0] }])
    expect(device.state.items.size).toBe(0)
  })

  it('the greatest time there may be is one', async () => {
    expect(await outcome([batch(1, OPEN), batch(LATEST_TIME, folder())])).toEqual({ frames: 2, kinds: [] })
  })
})

describe('an op of a later version', () => {
  it('keeps its batch from applying, the batches around it apply, and the vault becomes read-only', async () => {
    const [before, after] = [folder(), folder()]
    craftSegment(device, [
      batch(1, OPEN, before),
      raw([2, [writeOp(folder()), [12, 'what']]]),
      batch(3, after),
    ])
    const { state, reading } = await readFresh(vault, device.disk)
    expect(reading.findings).toEqual([])
    expect([...state.items.keys()]).toEqual([before, after].map((op) => (op.kind === 'put' ? op.item : '')))
    expect([...state.features.keys()]).toEqual(['op 12'])
    expect([...state.features.keys()].some(isUnknownFeature)).toBe(true)
  })

  it('may be in the first batch, whose open then can’t be told', async () => {
    craftSegment(device, [raw([1, [[99], writeOp(OPEN)]]), batch(2, folder())])
    const { state, reading } = await readFresh(vault, device.disk)
    expect([reading.findings, state.items.size, [...state.features.keys()]]).toEqual([[], 1, ['op 99']])
  })

  it('hands its code to whoever reads batch by batch', async () => {
    const name = craftSegment(device, [batch(1, OPEN), raw([2, [[12], [13, null]]])])
    const segment = [...device.segments][0] ?? newId()
    const sizeBytes = device.disk.at(name).length
    const file = { kind: 'segment', name, sizeBytes, device: device.device, segment, copy: false } as const
    const opened = await openSegment(vault.access(device.disk), file)
    if ('end' in opened) throw new Error(opened.end)
    const batches: [number, readonly number[]][] = []
    await readSegment(vault.access(device.disk), opened, undefined, ({ ops, unknownOps }) => {
      batches.push([ops.length, unknownOps])
    })
    expect(batches).toEqual([
      [1, []],
      [0, [12, 13]],
    ])
  })
})

describe('op require', () => {
  it('of a feature that this version lacks makes the vault read-only, and all else is shown', async () => {
    await device.append([[{ kind: 'require', feature: 'signatures' }], folderOps(newId(), 'a')])
    const { state } = await readFresh(vault, device.disk)
    expect([...state.features.keys()].filter(isUnknownFeature)).toEqual(['signatures'])
    expect(state.items.size).toBe(1)
  })
})

describe('a metadata key that isn’t open here', () => {
  it('leaves its segments unread and says so; they are read when it is', async () => {
    await device.append([folderOps(newId(), 'a')])
    const later = new TestDevice(vault, 'later', device.disk)
    later.metadataKey = vault.newEpoch()
    await later.read()
    await later.append([folderOps(newId(), 'b')])
    const first = new Map([...vault.keys].slice(0, 1))
    const { state, reading } = await readFresh(vault, device.disk, {
      access: vault.access(device.disk, first),
    })
    expect(state.items.size).toBe(1)
    expect(reading.findings).toEqual([
      {
        kind: 'keyless',
        name: later.files[0],
        segment: later.writer?.segment,
        device: later.device,
        bytes: 0,
      },
    ])
    expect((await readFresh(vault, device.disk)).state.items.size).toBe(2)
  })
})

describe('names under journal/', () => {
  it('that are none of ours are told and not read; files that are being made are not even told', async () => {
    await device.append([folderOps(newId(), 'a')])
    const strange = [
      'journal/readme.txt',
      `journal/${device.device}/notes.txt`,
      `journal/${device.device}/deeper/${newId()}.log`,
      `journal/${device.device}/${newId()}.log/x`,
      `journal/${device.device} (copy)/${newId()}.log`,
      `journal/${device.device}/${newId()} (copy).ckpt`,
      `journal/${device.device.toUpperCase()}x/${newId()}.log`,
    ]
    for (const name of strange) device.disk.files.set(name, new Uint8Array(200))
    device.disk.files.set(`journal/${device.device}/.${newId()}.${device.device}.tmp`, new Uint8Array(200))
    const { findings } = (await readFresh(vault, device.disk)).reading
    expect(findings).toEqual(strange.map((name) => ({ kind: 'unknown-file', name })))
  })
})
