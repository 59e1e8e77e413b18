import { beforeEach, describe, expect, it } from 'vitest'
import { hex, randomBytes, sha256 } from '../../src/main/base/index.ts'
import type { SegmentId } from '../../src/main/contract/ids.ts'
import { errorOf, type Head } from '../../src/main/journal/index.ts'
import { folderOps, MemoryDisk, newId, readFresh, TestDevice, TestVault } from './support.ts'

const HEADER_BYTES = 68
const KEY_ID_AT = 52

let vault: TestVault
let device: TestDevice
let name: string
/** Where the frames end: the header, the first frame, the second… */
let ends: number[]
let heads: Head[]

beforeEach(async () => {
  vault = new TestVault()
  device = new TestDevice(vault)
  const batches = await device.append([folderOps(newId(), 'one')])
  const more = [
    await device.append([folderOps(newId(), 'two')]),
    await device.append([folderOps(newId(), 'three')]),
  ]
  heads = [...batches, ...more.flat()].map(({ head }) => head)
  ends = [HEADER_BYTES, ...heads.map(({ bytes }) => bytes)]
  name = device.files[0] ?? ''
})

/** The verified bytes before a place: the end of the last whole frame. */
const wholeBefore = (bytes: number): number => ends.findLast((end) => end <= bytes) ?? 0
/** Folders that a reader finds: one a frame. */
const countOf = async (disk: MemoryDisk) => (await readFresh(vault, disk)).state.items.size
const findingsOf = async (disk: MemoryDisk, query = {}) =>
  (await readFresh(vault, disk, query)).reading.findings
const tail = (bytes: number) => ({ name, segment: heads[0]?.segment, device: device.device, bytes })
const fingerprint = (disk: MemoryDisk) => [...disk.files].map(([file, bytes]) => [file, hex(sha256(bytes))])

describe('a segment of another device', () => {
  it('cut anywhere: inside a frame it is arriving, between frames whole, and all before counts', async () => {
    for (let length = 0; length < device.disk.at(name).length; length++) {
      const disk = device.disk.copy()
      disk.cut(name, length)
      const at = ends.includes(length)
      const bytes = length < HEADER_BYTES ? 0 : wholeBefore(length)
      // Of a file with a header and no frame nothing is verified yet.
      const expected = at ? [] : [{ kind: 'arriving', ...tail(bytes === HEADER_BYTES ? 0 : bytes) }]
      expect(await findingsOf(disk), `cut at ${length}`).toEqual(expected)
      expect(await countOf(disk)).toBe(heads.filter((head) => head.bytes <= length).length)
    }
  })

  it('with any bit flipped is damaged from that frame on, never arriving, and all before counts', async () => {
    for (let bit = 0; bit < device.disk.at(name).length * 8; bit++) {
      const disk = device.disk.copy()
      disk.flip(name, bit)
      const byte = bit >>> 3
      const before = byte < HEADER_BYTES ? 0 : wholeBefore(byte)
      const kind = byte >= KEY_ID_AT && byte < HEADER_BYTES ? 'keyless' : 'damaged'
      const expected = [{ kind, ...tail(before === HEADER_BYTES ? 0 : before) }]
      expect(await findingsOf(disk), `bit ${bit}`).toEqual(expected)
      expect(await countOf(disk)).toBe(heads.filter((head) => head.bytes <= byte).length)
    }
  })

  it('followed by stray bytes: up to 11 may be a frame to come, 12 and more are damage', async () => {
    const whole = device.disk.at(name)
    for (const extra of [1, 11, 12, 13, 100]) {
      for (const stray of [new Uint8Array(extra), randomBytes(extra)]) {
        const disk = device.disk.copy()
        disk.files.set(name, new Uint8Array([...whole, ...stray]))
        const kind = extra < 12 ? 'arriving' : 'damaged'
        expect(await findingsOf(disk)).toEqual([{ kind, ...tail(whole.length) }])
        expect(await countOf(disk)).toBe(3)
      }
    }
  })

  it('under another vault’s id, in another device’s folder or under another’s name is damaged', async () => {
    const [other, elsewhere] = [newId<SegmentId>(), new TestDevice(vault)]
    const bytes = device.disk.at(name)
    for (const wrong of [
      name.replace(heads[0]?.segment ?? '', other),
      name.replace(device.device, elsewhere.device),
    ]) {
      const disk = new MemoryDisk()
      disk.files.set(wrong, bytes)
      expect(await findingsOf(disk)).toMatchObject([{ kind: 'damaged', name: wrong, bytes: 0 }])
      expect(await countOf(disk)).toBe(0)
    }
    const stranger = new TestVault()
    for (const [id, key] of vault.keys) stranger.keys.set(id, key)
    expect((await readFresh(stranger, device.disk)).reading.findings).toMatchObject([{ kind: 'damaged' }])
  })

  it('whose frames are swapped, dropped or doubled is damaged from there on', async () => {
    const bytes = device.disk.at(name)
    const [header, ...frames] = [0, ...ends].map((end, index) =>
      bytes.subarray(end, [...ends, bytes.length][index]),
    )
    const orders: [number[], number][] = [
      [[1, 0, 2], 0],
      [[0, 2], 1],
      [[0, 0, 1, 2], 1],
      [[0, 1, 1, 2], 2],
      [[2], 0],
    ]
    for (const [order, counted] of orders) {
      const disk = new MemoryDisk()
      disk.files.set(
        name,
        new Uint8Array(Buffer.concat([header ?? bytes, ...order.map((at) => frames[at] ?? bytes)])),
      )
      expect(await findingsOf(disk)).toMatchObject([
        { kind: 'damaged', bytes: heads[counted - 1]?.bytes ?? 0 },
      ])
      expect(await countOf(disk)).toBe(counted)
    }
  })

  it('that is damaged takes nothing away from another one', async () => {
    const other = new TestDevice(vault, 'other', device.disk)
    await other.append([folderOps(newId(), 'four')])
    device.disk.flip(name, 100 * 8)
    expect(await countOf(device.disk)).toBe(1)
  })

  it('is never changed on disk by reading it, whatever is wrong with it', async () => {
    for (const bit of [0, 70 * 8, 400 * 8, device.disk.at(name).length * 8 - 1]) {
      const disk = device.disk.copy()
      disk.flip(name, bit)
      const before = fingerprint(disk)
      await readFresh(vault, disk, { anchored: heads })
      expect(fingerprint(disk)).toEqual(before)
    }
  })
})

describe('a segment of our own', () => {
  const own = (lockHeld = true) => ({ device: device.device, segments: device.segments, lockHeld })

  it('unreadable behind our anchored head is torn while we hold the lock: cut or flipped, anywhere', async () => {
    const [, second] = heads
    const anchored = second ? [second] : []
    const from = second?.bytes ?? 0
    for (let byte = from; byte < device.disk.at(name).length; byte++) {
      const [cut, flipped] = [device.disk.copy(), device.disk.copy()]
      cut.cut(name, byte)
      flipped.flip(name, byte * 8 + (byte % 8))
      const torn = [{ kind: 'torn', ...tail(from) }]
      expect(await findingsOf(cut, { anchored, own: own() })).toEqual(ends.includes(byte) ? [] : torn)
      expect(await findingsOf(flipped, { anchored, own: own() })).toEqual(torn)
    }
  })

  it('of which nothing was acknowledged is torn even in its header', async () => {
    for (const length of [0, 10, 67, 69, 100]) {
      const disk = device.disk.copy()
      disk.cut(name, length)
      expect(await findingsOf(disk, { own: own() })).toEqual([{ kind: 'torn', ...tail(0) }])
    }
    const zeros = device.disk.copy()
    zeros.files.set(name, new Uint8Array(500))
    expect(await findingsOf(zeros, { own: own() })).toEqual([{ kind: 'torn', ...tail(0) }])
  })

  it('unreadable before our anchored head is damaged or cut, and rolled back: never torn', async () => {
    const anchored = heads.slice(-1)
    const [first] = heads
    const flipped = device.disk.copy()
    flipped.flip(name, ((first?.bytes ?? 0) + 20) * 8)
    expect(await findingsOf(flipped, { anchored, own: own() })).toMatchObject([
      { kind: 'damaged', bytes: first?.bytes },
      { kind: 'rolled-back', head: anchored[0], because: 'damaged' },
    ])
    const cut = device.disk.copy()
    cut.cut(name, (first?.bytes ?? 0) + 20)
    expect(await findingsOf(cut, { anchored, own: own() })).toMatchObject([
      { kind: 'arriving', bytes: first?.bytes },
      { kind: 'rolled-back', head: anchored[0], because: 'arriving' },
    ])
  })

  it('is only arriving or damaged while another process may be writing', async () => {
    const [cut, flipped] = [device.disk.copy(), device.disk.copy()]
    cut.cut(name, device.disk.at(name).length - 1)
    flipped.flip(name, device.disk.at(name).length * 8 - 1)
    expect(await findingsOf(cut, { own: own(false) })).toMatchObject([{ kind: 'arriving' }])
    expect(await findingsOf(flipped, { own: own(false) })).toMatchObject([{ kind: 'damaged' }])
  })

  it('that our anchors don’t know was written by a clone of us, and is read', async () => {
    const findings = await findingsOf(device.disk, { own: { ...own(), segments: new Set() } })
    expect(findings).toEqual([{ kind: 'cloned', segment: heads[0]?.segment, device: device.device }])
    expect(await countOf(device.disk)).toBe(3)
    device.disk.cut(name, device.disk.at(name).length - 1)
    expect(await findingsOf(device.disk, { own: { ...own(), segments: new Set() } })).toMatchObject([
      { kind: 'arriving' },
      { kind: 'cloned' },
    ])
  })
})

describe('a torn segment of another device', () => {
  let later: TestDevice
  /** `device` starts again on the same disk, in a new segment; its open names its old one's head. */
  beforeEach(async () => {
    device.writer = undefined
    later = device
  })
  const tear = (disk: MemoryDisk) =>
    disk.files.set(name, new Uint8Array([...disk.at(name), ...randomBytes(50)]))

  it('is torn where a later open of that device puts its end', async () => {
    tear(device.disk)
    expect(await findingsOf(device.disk)).toMatchObject([{ kind: 'damaged' }])
    later.forget()
    await later.read()
    await later.append([folderOps(newId(), 'four')])
    const end = ends.at(-1) ?? 0
    expect(await findingsOf(device.disk)).toEqual([{ kind: 'torn', ...tail(end) }])
    expect(await countOf(device.disk)).toBe(4)
  })

  it('stays torn for who reads a checkpoint, and on the second look', async () => {
    tear(device.disk)
    later.forget()
    await later.read()
    await later.append([folderOps(newId(), 'four')])
    const reader = new TestDevice(vault, 'reader', device.disk)
    await reader.read()
    expect((await reader.read()).findings).toMatchObject([{ kind: 'torn' }])
    reader.checkpoint()
    expect((await readFresh(vault, device.disk)).reading.known.began?.heads).toHaveLength(2)
    expect(await findingsOf(device.disk)).toMatchObject([{ kind: 'torn' }])
  })

  it('is not excused by the open of a third device', async () => {
    tear(device.disk)
    const third = new TestDevice(vault, 'third', device.disk)
    await third.read()
    await third.append([folderOps(newId(), 'four')])
    expect(await findingsOf(device.disk)).toMatchObject([{ kind: 'damaged' }])
  })

  it('is damaged, not torn, if anyone has seen more of it', async () => {
    const { length } = device.disk.at(name)
    const third = new TestDevice(vault, 'third', device.disk)
    await third.read()
    await third.append([folderOps(newId(), 'four')])
    // Its device comes back with an old disk, so that its open puts the end before what the third saw.
    device.disk.cut(name, ends.at(-2) ?? 0)
    later.forget()
    await later.read()
    await later.append([folderOps(newId(), 'five')])
    device.disk.files.set(name, new Uint8Array([...device.disk.at(name), ...randomBytes(50)]))
    expect(device.disk.at(name).length).toBeGreaterThan(0)
    expect(await findingsOf(device.disk)).toMatchObject([
      { kind: 'damaged', bytes: ends.at(-2) },
      { kind: 'missing', head: { bytes: length }, because: 'damaged' },
    ])
  })
})

describe('heads that are not there', () => {
  it('named by another device’s open are missing: late, and no error', async () => {
    const other = new TestDevice(vault, 'other', device.disk)
    await other.read()
    await other.append([folderOps(newId(), 'four')])
    const last = heads.at(-1)
    const cases: [string, (disk: MemoryDisk) => void][] = [
      ['absent', (disk) => disk.files.delete(name)],
      ['short', (disk) => disk.cut(name, heads[0]?.bytes ?? 0)],
      ['arriving', (disk) => disk.cut(name, (last?.bytes ?? 0) - 1)],
      ['damaged', (disk) => disk.flip(name, (last?.bytes ?? 0) * 8 - 1)],
    ]
    for (const [because, damage] of cases) {
      const disk = device.disk.copy()
      damage(disk)
      const missing = (await findingsOf(disk)).filter(({ kind }) => kind === 'missing')
      const by = other.writer?.segment
      // Without the file nothing tells whose it was.
      const whose = because === 'absent' ? null : device.device
      expect(missing).toEqual([{ kind: 'missing', head: last, by, device: whose, because }])
      expect(missing.map(errorOf)).toEqual([undefined])
    }
  })

  it('are no longer missing when they arrive, also piece by piece', async () => {
    const other = new TestDevice(vault, 'other', device.disk)
    await other.read()
    await other.append([folderOps(newId(), 'four')])
    const reader = new TestDevice(vault, 'reader')
    reader.disk.pull(device.disk, other.files)
    expect((await reader.read()).findings).toMatchObject([{ kind: 'missing', because: 'absent' }])
    for (const length of [30, 68, ...heads.flatMap(({ bytes }) => [bytes - 5, bytes])]) {
      const part = device.disk.copy()
      part.cut(name, length)
      reader.disk.pull(part, [name])
      const { findings } = await reader.read()
      const isThere = length === heads.at(-1)?.bytes
      expect(findings.some(({ kind }) => kind === 'missing')).toBe(!isThere)
    }
    expect(reader.state.items.size).toBe(4)
    expect((await reader.read()).findings).toEqual([])
  })

  it('that this device has anchored are rolled back: an error, also without its index', async () => {
    const anchored = heads.slice(-1)
    const cuts: [number, string][] = [
      [heads[1]?.bytes ?? 0, 'short'],
      [0, 'arriving'],
    ]
    for (const [length, because] of cuts) {
      const disk = device.disk.copy()
      disk.cut(name, length)
      const findings = await findingsOf(disk, { anchored })
      expect(findings).toContainEqual({
        kind: 'rolled-back',
        head: anchored[0],
        because,
        device: device.device,
      })
      expect(findings.map(errorOf)).toContain('JOURNAL_ROLLED_BACK')
    }
    const empty = await findingsOf(new MemoryDisk(), { anchored })
    expect(empty).toEqual([{ kind: 'rolled-back', head: anchored[0], because: 'absent', device: null }])
  })

  it('that were both anchored and named are told once, as rolled back', async () => {
    const other = new TestDevice(vault, 'other', device.disk)
    await other.read()
    await other.append([folderOps(newId(), 'four')])
    device.disk.files.delete(name)
    expect(await findingsOf(device.disk, { anchored: heads })).toMatchObject([{ kind: 'rolled-back' }])
  })

  it('that its index has read are rolled back just the same, and back when the file is back', async () => {
    const reader = new TestDevice(vault, 'reader', device.disk.copy())
    await reader.read()
    reader.disk.cut(name, heads[0]?.bytes ?? 0)
    expect((await reader.read()).findings).toMatchObject([
      { kind: 'rolled-back', head: heads[2], because: 'short' },
    ])
    // It is as bad the second time.
    expect((await reader.read()).findings).toMatchObject([{ kind: 'rolled-back', head: heads[2] }])
    reader.disk.files.delete(name)
    expect((await reader.read()).findings).toMatchObject([{ kind: 'rolled-back', because: 'absent' }])
    reader.disk.pull(device.disk)
    expect((await reader.read()).findings).toEqual([])
    expect(reader.state.items.size).toBe(3)
  })

  it('of one segment are told once, by the greatest', async () => {
    const findings = await findingsOf(new MemoryDisk(), { anchored: heads })
    expect(findings).toMatchObject([{ kind: 'rolled-back', head: heads[2] }])
  })

  it('cut above what this device saw are late for it, not rolled back', async () => {
    const anchored = heads.slice(0, 1)
    const disk = device.disk.copy()
    disk.cut(name, heads[1]?.bytes ?? 0)
    expect(await findingsOf(disk, { anchored })).toEqual([])
  })
})
