import { beforeEach, describe, expect, it } from 'vitest'
import { hex } from '../../src/main/base/index.ts'
import { idBytes, type KeyVersionId, ROOT_ID } from '../../src/main/contract/ids.ts'
import {
  type Batch,
  type Group,
  type Head,
  hashOf,
  LATEST_TIME,
  type Op,
  openSegment,
  readSegment,
  SegmentWriter,
  segmentName,
} from '../../src/main/journal/index.ts'
import { fileOps, folderOps, newHash, newId, putOp, TestDevice, TestVault } from './support.ts'

const MEBIBYTE = 1024 * 1024
const NOTHING_SEEN = { greatestTime: 0, frontier: [], checkpoint: null }

let vault: TestVault
let device: TestDevice
beforeEach(() => {
  vault = new TestVault()
  device = new TestDevice(vault)
})

/** What a reader finds in the one file on the device's disk. */
async function readBack(): Promise<{ batches: Batch[]; end: string }> {
  const [name = ''] = device.files
  const segment = [...device.segments].find((each) => name.includes(each)) ?? newId()
  const file = {
    kind: 'segment',
    name,
    sizeBytes: device.disk.at(name).length,
    device: device.device,
    segment,
    copy: false,
  } as const
  const opened = await openSegment(vault.access(device.disk), file)
  if ('end' in opened) return { batches: [], end: opened.end }
  const batches: Batch[] = []
  const { end } = await readSegment(vault.access(device.disk), opened, undefined, (batch) =>
    batches.push(batch),
  )
  return { batches, end }
}

const opsOf = (batches: readonly Batch[]): Op[] => batches.flatMap(({ ops }) => ops)
const kindsOf = (batches: readonly Batch[]): string[] => opsOf(batches).map(({ kind }) => kind)

describe('a segment', () => {
  it('is not there before the first append, and has its name from device and segment', async () => {
    const writer = device.begin()
    expect(device.disk.files.size).toBe(0)
    await writer.append([folderOps(newId(), 'a')], NOTHING_SEEN)
    expect(device.files).toEqual([`journal/${device.device}/${writer.segment}.log`])
    expect(segmentName(device.device, writer.segment)).toBe(device.files[0])
  })

  it('begins with its header: SRJ1, vault, device, segment, metadata key', async () => {
    const writer = device.begin()
    await writer.append([], NOTHING_SEEN)
    const header = device.disk.at(device.files[0] ?? '').subarray(0, 68)
    const ids = [vault.vault, device.device, writer.segment, device.metadataKey].map((id) => hex(idBytes(id)))
    expect(hex(header)).toBe(Buffer.from('SRJ1').toString('hex') + ids.join(''))
  })

  it('gives back what was appended, in order, opened first and closed last', async () => {
    const [folder, file] = [newId<typeof ROOT_ID>(), newId<typeof ROOT_ID>()]
    const note: Op = { kind: 'note', act: 'add', outcome: 'ok', ids: [file], kmsCalls: [] }
    const written = [
      ...(await device.append([folderOps(folder, 'Ordner'), fileOps(file, 'ä.txt', folder)])),
      ...(await device.append([[note]])),
      ...(await device.append([], true)),
    ]
    const { batches, end } = await readBack()
    expect(end).toBe('whole')
    expect(batches).toEqual(written)
    expect(kindsOf(batches)).toEqual(['open', 'put', 'put', 'version', 'note', 'close'])
    expect(batches.map(({ at }) => at.seq)).toEqual([1, 2, 3])
  })

  it('says in its open who writes, with what, and what it had seen', async () => {
    const head: Head = { segment: newId(), bytes: 500, seq: 3, hash: newHash() }
    const checkpoint = { id: newId<KeyVersionId>() as never, sha256: newHash() }
    await device.begin().append([], { greatestTime: 0, frontier: [head], checkpoint })
    const { batches } = await readBack()
    expect(opsOf(batches)).toEqual([
      { kind: 'open', deviceName: 'device', app: 'test 1', heads: [head], checkpoint },
    ])
  })

  it('opens again, with the changed heads only, when others moved, and not otherwise', async () => {
    const writer = device.begin()
    const first: Head = { segment: newId(), bytes: 500, seq: 3, hash: newHash() }
    const moved: Head = { ...first, bytes: 700, seq: 4, hash: newHash() }
    const own = await writer.append([], { ...NOTHING_SEEN, frontier: [first] })
    await writer.append([folderOps(newId(), 'a')], NOTHING_SEEN)
    await writer.append([folderOps(newId(), 'b')], {
      ...NOTHING_SEEN,
      frontier: [moved, ...own.map(({ head }) => head)],
    })
    const { batches } = await readBack()
    expect(kindsOf(batches)).toEqual(['open', 'put', 'open', 'put'])
    expect(batches.at(-1)?.ops[0]).toMatchObject({ heads: [moved] })
  })

  it('of a one-shot command is one batch in one durable write: open, ops, close', async () => {
    await device.append([folderOps(newId(), 'a')], true)
    expect(device.disk.appends).toHaveLength(1)
    const { batches, end } = await readBack()
    expect([end, batches.length, kindsOf(batches)]).toEqual(['whole', 1, ['open', 'put', 'close']])
  })

  it('closed without an append leaves nothing on disk', async () => {
    const writer = device.begin()
    expect(await writer.close(NOTHING_SEEN)).toEqual([])
    expect([writer.ended, device.disk.files.size]).toEqual([true, 0])
  })

  it('has times above all that was seen, each above the one before, whatever the clock does', async () => {
    const writer = SegmentWriter.begin(
      {
        vault: vault.vault,
        device: device.device,
        deviceName: '',
        app: '',
        metadataKey: { id: device.metadataKey, key: vault.keys.get(device.metadataKey)?.key ?? fail() },
      },
      device.disk,
      () => 5,
    )
    device.segments.add(writer.segment)
    await writer.append([folderOps(newId(), 'a')], { ...NOTHING_SEEN, greatestTime: 9000 })
    await writer.append([folderOps(newId(), 'b')], NOTHING_SEEN)
    await writer.append([folderOps(newId(), 'c')], { ...NOTHING_SEEN, greatestTime: 20_000 })
    const { batches } = await readBack()
    expect(batches.map(({ at }) => at.time)).toEqual([9001, 9002, 20_001])
  })
})

function fail(): never {
  throw new Error('no key')
}

describe('large appends', () => {
  const bigGroup = (bytes: number): Group => [
    { kind: 'set', name: 'policy/x', value: new Uint8Array(bytes) },
    { kind: 'set', name: 'policy/y', value: 1 },
  ]

  it('are cut into batches of up to 1 MiB between groups, in one durable write, and read back through several windows', async () => {
    const groups = Array.from({ length: 12_000 }, (_, index) =>
      fileOps(newId(), `file ${index} ${'x'.repeat(200)}`),
    )
    const written = await device.append(groups)
    expect(device.disk.appends).toHaveLength(1)
    const { batches, end } = await readBack()
    expect(end).toBe('whole')
    expect(batches).toEqual(written)
    expect(batches.length).toBeGreaterThan(1)
    expect(opsOf(batches).slice(1)).toEqual(groups.flat())
    for (const { ops } of batches) expect(ops.at(-1)?.kind).toBe('version')
    const sizes = batches.map(({ head }, index) => head.bytes - (batches[index - 1]?.head.bytes ?? 68))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MEBIBYTE + 24)
    // Only the last may be far from full.
    for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThan(MEBIBYTE - 1000)
  })

  it('fill a frame to the last byte that it holds', async () => {
    await device.append([])
    const accepted: number[] = []
    for (let bytes = MEBIBYTE - 64; bytes < MEBIBYTE; bytes++) {
      await device.append([bigGroup(bytes)]).then(
        () => accepted.push(bytes),
        (error) => expect(error).toMatchObject({ code: 'JOURNAL_LIMIT' }),
      )
    }
    const { batches, end } = await readBack()
    expect([end, batches.length]).toEqual(['whole', accepted.length + 1])
    expect(accepted.length).toBeGreaterThan(0)
    expect(accepted.length).toBeLessThan(64)
    // L = content + 16 of the largest is 1 MiB, but for the bytes kept free for the longest time there is.
    const largest = (batches.at(-1)?.head.bytes ?? 0) - (batches.at(-2)?.head.bytes ?? 0) - 24
    expect(largest).toBe(MEBIBYTE)
  })

  it('refuse a group over 1 MiB before anything is written, and the segment goes on', async () => {
    await device.append([folderOps(newId(), 'a')])
    const before = hex(device.disk.at(device.files[0] ?? ''))
    await expect(device.append([folderOps(newId(), 'b'), bigGroup(MEBIBYTE)])).rejects.toMatchObject({
      code: 'JOURNAL_LIMIT',
      facts: { kinds: ['set'] },
    })
    expect(hex(device.disk.at(device.files[0] ?? ''))).toBe(before)
    await device.append([folderOps(newId(), 'c')])
    expect(kindsOf((await readBack()).batches)).toEqual(['open', 'put', 'put'])
  })
})

describe('a writer', () => {
  it('whose append failed has ended: the next goes into a new segment', async () => {
    await device.append([folderOps(newId(), 'a')])
    const first = device.writer
    const healthy = device.disk.append
    device.disk.append = async () => {
      throw new Error('EIO')
    }
    const head = first?.head
    await expect(device.append([folderOps(newId(), 'b')])).rejects.toThrow('EIO')
    device.disk.append = healthy
    expect([first?.ended, first?.head]).toEqual([true, head])
    await expect(first?.append([], NOTHING_SEEN)).rejects.toThrow('BUG')
    expect(await first?.close(NOTHING_SEEN)).toEqual([])
    await device.append([folderOps(newId(), 'c')])
    expect(device.writer?.segment).not.toBe(first?.segment)
    expect(device.files).toHaveLength(2)
  })

  it('takes one append at a time', async () => {
    const writer = device.begin()
    const first = writer.append([folderOps(newId(), 'a')], NOTHING_SEEN)
    await expect(writer.append([folderOps(newId(), 'b')], NOTHING_SEEN)).rejects.toThrow('BUG')
    await first
    expect(kindsOf((await readBack()).batches)).toEqual(['open', 'put'])
  })

  it('takes nothing after close', async () => {
    const writer = device.begin()
    await writer.append([], NOTHING_SEEN, true)
    await expect(writer.append([folderOps(newId(), 'b')], NOTHING_SEEN)).rejects.toThrow('BUG')
  })

  it('writes opens and closes itself, and no epoch of another key than its own', async () => {
    const writer = device.begin()
    const witness = { deviceName: '', app: '', heads: [], checkpoint: null }
    const wrong: Op[] = [
      { kind: 'open', ...witness },
      { kind: 'close' },
      { kind: 'epoch', metadataKey: newId(), ...witness },
    ]
    for (const op of wrong) await expect(writer.append([[op]], NOTHING_SEEN)).rejects.toThrow('BUG')
    await writer.append([[{ kind: 'epoch', metadataKey: device.metadataKey, ...witness }]], NOTHING_SEEN)
    expect(kindsOf((await readBack()).batches)).toEqual(['open', 'epoch'])
  })

  it('refuses a time beyond the year 2255 before anything is written', async () => {
    const writer = device.begin()
    const seen = { ...NOTHING_SEEN, greatestTime: LATEST_TIME - 1 }
    await writer.append([], seen)
    await expect(writer.append([folderOps(newId(), 'a')], seen)).rejects.toMatchObject({
      code: 'CLOCK_UNUSABLE',
    })
    expect(writer.ended).toBe(false)
    expect(kindsOf((await readBack()).batches)).toEqual(['open'])
  })

  it('never seals two segments alike: ids, nonces and so all bytes differ', async () => {
    const group = folderOps(newId(), 'a')
    for (let count = 0; count < 2; count++) await device.begin().append([group], NOTHING_SEEN)
    const [first, second] = device.files.map((name) => hashOf(device.disk.at(name).subarray(68)))
    expect(first).not.toBe(second)
  })
})

describe('the root and its "Recovered"', () => {
  it('can be parents, and are never written as items', async () => {
    await device.append([[putOp(newId(), { parent: ROOT_ID })]])
    await expect(device.append([[putOp(ROOT_ID, { name: 'x' })]])).rejects.toThrow('BUG')
  })
})
