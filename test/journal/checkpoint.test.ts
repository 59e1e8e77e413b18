import { beforeEach, describe, expect, it } from 'vitest'
import { type CborValue, hex, Secret } from '../../src/main/base/index.ts'
import { type ItemId, idBytes, type KeyId, type VersionId } from '../../src/main/contract/ids.ts'
import {
  type CheckpointId,
  draftCheckpoint,
  type Head,
  hashOf,
  readJournal,
  SETTING,
  State,
  standingOps,
} from '../../src/main/journal/index.ts'
import { writeHead, writeOp } from '../../src/main/journal/op-codec.ts'
import {
  craftCheckpoint,
  fileOps,
  folderOps,
  type MemoryDisk,
  newHash,
  newId,
  putOp,
  readFresh,
  saying,
  TestDevice,
  TestVault,
  versionOp,
} from './support.ts'

let vault: TestVault
let device: TestDevice
const [folder, file, version] = [newId<ItemId>(), newId<ItemId>(), newId<VersionId>()]

/** Two segments with something of every kind that a checkpoint keeps, and much that it drops. */
beforeEach(async () => {
  vault = new TestVault()
  device = new TestDevice(vault)
  const [key, next] = [newId<KeyId>(), newId<VersionId>()]
  const edk = new Uint8Array([1, 2, 3])
  await device.append([folderOps(folder, 'Ordner'), fileOps(file, 'a.txt', folder, version)])
  await device.append([
    [{ kind: 'key', version, key, edk, keyMaterialId: 'abc' }],
    [putOp(file, { name: 'b.txt' }), putOp(folder, { mtimeMs: 5, mode: 0o700 })],
    [{ kind: 'set', name: SETTING.vaultName, value: 'Home' }],
    [{ kind: 'file', name: 'keys/recovery/x.json', sha256: newHash() }],
    [{ kind: 'note', act: 'add', outcome: 'ok', ids: [file], kmsCalls: [] }],
  ])
  await device.append([], true)
  await device.append([
    [versionOp(file, next, [version]), { kind: 'purge', item: file, versions: [version] }],
    [{ kind: 'bin', item: file, on: true, seen: [next] }],
    [{ kind: 'key', version, key, edk: null, keyMaterialId: null }],
    [{ kind: 'set', name: SETTING.vaultName, value: 'Work' }],
    folderOps(newId(), 'empty'),
  ])
  const removed = newId<ItemId>()
  await device.append([folderOps(removed, 'removed'), [{ kind: 'purge', item: removed, versions: [] }]])
})

const withoutCheckpoints = async (disk: MemoryDisk) => {
  const copy = disk.copy()
  for (const name of copy.files.keys()) if (name.endsWith('.ckpt')) copy.files.delete(name)
  return await readFresh(vault, copy)
}
const isUsed = async (disk: MemoryDisk) => (await readFresh(vault, disk)).reading.known.checkpoint !== null

const craft = (contents: CborValue[], id = newId<CheckpointId>()) => craftCheckpoint(device, contents, id)

describe('a checkpoint', () => {
  it('says what the segments say that it covers', async () => {
    const plain = saying((await readFresh(vault, device.disk)).state)
    const { name } = device.checkpoint()
    const { state, reading } = await readFresh(vault, device.disk)
    expect(reading.known.checkpoint?.ref.id).toBe(name.slice(-37, -5))
    expect(reading.findings).toEqual([])
    expect(saying(state)).toEqual(plain)
  })

  it('is read, and then the segments only from where it ends', async () => {
    device.checkpoint()
    await device.append([[putOp(folder, { name: 'later' })]])
    const reads: string[] = []
    const disk = device.disk.copy()
    disk.read = async (name, range) => {
      if (range.length > 68) reads.push(`${name.slice(-4)} from ${range.offset}`)
      return device.disk.read(name, range)
    }
    const { state } = await readFresh(vault, disk)
    expect(state.items.get(folder)?.name?.value).toBe('later')
    const [covered] = device.known.checkpoint?.covered.slice(-1) ?? []
    expect(reads.filter((read) => read.startsWith('.log'))).toEqual([`.log from ${covered?.bytes}`])
  })

  it('carries the time on: who began with it writes above all that it says', async () => {
    device.clockMs = 3_000_000_000_000
    await device.append([[putOp(folder, { name: 'far ahead' })]])
    device.checkpoint()
    const reader = new TestDevice(vault, 'reader', device.disk)
    reader.clockMs = 0
    await reader.read()
    expect(reader.known.began).not.toBeNull()
    await reader.append([[putOp(folder, { name: 'later' })]])
    expect(reader.state.items.get(folder)?.name?.value).toBe('later')
  })

  it('keeps only what still counts: no superseded name, no note, no close', async () => {
    const kinds = [...standingOps(device.state, [])].map(({ op }) => op.kind)
    expect(kinds.filter((kind) => kind === 'note' || kind === 'close')).toEqual([])
    const names = [...standingOps(device.state, [])].flatMap(({ op }) => (op.kind === 'put' ? [op.name] : []))
    expect(names).not.toContain('a.txt')
    expect(names).toContain('b.txt')
  })

  it('has for its hash the SHA-256 of the whole file', () => {
    const { name, known } = device.checkpoint()
    expect(known.checkpoint?.ref.sha256).toBe(hashOf(device.disk.at(name)))
  })

  it('begins with SRC1, vault, device, its id and the metadata key', () => {
    const { name, known } = device.checkpoint()
    const id = known.checkpoint?.ref.id ?? newId()
    const ids = [vault.vault, device.device, id, device.metadataKey].map((each) => hex(idBytes(each)))
    expect(hex(device.disk.at(name).subarray(0, 68))).toBe(Buffer.from('SRC1').toString('hex') + ids.join(''))
  })

  it('is named by the next open, which lists no head that it covers', async () => {
    device.writer = undefined
    const { known } = device.checkpoint()
    const [opened] = await device.append([folderOps(newId(), 'x')])
    expect(opened?.ops[0]).toMatchObject({ kind: 'open', checkpoint: known.checkpoint?.ref, heads: [] })
  })

  it('tells of what is missing, as the opens did that it stands for', async () => {
    const other = new TestDevice(vault, 'other')
    await other.append([folderOps(newId(), 'far')])
    const third = new TestDevice(vault, 'third', device.disk.copy())
    third.disk.pull(other.disk)
    await third.read()
    await third.append([folderOps(newId(), 'y')])
    device.disk.pull(third.disk, third.files)
    expect((await device.read()).findings).toMatchObject([{ kind: 'missing', device: null }])
    device.checkpoint()
    expect((await readFresh(vault, device.disk)).reading.findings).toMatchObject([
      { kind: 'missing', because: 'absent' },
    ])
  })

  it('of many heads and ops is cut into frames of up to 1 MiB', async () => {
    const groups = Array.from({ length: 6000 }, (_, index) =>
      fileOps(newId(), `file ${index} ${'x'.repeat(150)}`),
    )
    await device.append(groups)
    const { name } = device.checkpoint()
    expect(device.disk.at(name).length).toBeGreaterThan(2 * 1024 * 1024)
    const { state, reading } = await readFresh(vault, device.disk)
    expect(reading.known.began?.heads).toHaveLength(2)
    expect(saying(state)).toEqual(saying(device.state))
    const heads = Array.from(
      { length: 30_000 },
      (_, seq): Head => ({ segment: newId(), bytes: 100, seq, hash: newHash() }),
    )
    const facts = {
      vault: vault.vault,
      device: device.device,
      metadataKey: { id: device.metadataKey, key: Secret.random('k') },
    }
    const { pieces } = draftCheckpoint(facts, heads, [])
    const sizes = [...pieces].map(({ length }) => length)
    expect(sizes.length).toBe(4)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024 + 24)
  })

  it('never holds an op from beyond the heads that it covers', () => {
    const facts = {
      vault: vault.vault,
      device: device.device,
      metadataKey: { id: device.metadataKey, key: Secret.random('k') },
    }
    const { pieces } = draftCheckpoint(facts, [], standingOps(device.state, []))
    expect(() => [...pieces]).toThrow('BUG')
  })
})

describe('a checkpoint that isn’t whole is not used, and what the segments say stands', () => {
  it('cut at any byte', async () => {
    const plain = saying((await withoutCheckpoints(device.disk)).state)
    const { name } = device.checkpoint()
    for (let length = 0; length < device.disk.at(name).length; length++) {
      const disk = device.disk.copy()
      disk.cut(name, length)
      const { state, reading } = await readFresh(vault, disk)
      expect(reading.known.checkpoint, `cut at ${length}`).toBeNull()
      expect(reading.findings).toEqual([{ kind: 'checkpoint-unfit', name }])
      if (length % 100 === 0) expect(saying(state)).toEqual(plain)
    }
  })

  it('with a bit of any byte flipped', async () => {
    const { name } = device.checkpoint()
    for (let bit = 0; bit < device.disk.at(name).length * 8; bit += 3) {
      const disk = device.disk.copy()
      disk.flip(name, bit)
      expect(await isUsed(disk), `bit ${bit}`).toBe(false)
    }
  })

  it('with a byte after its end', async () => {
    const { name } = device.checkpoint()
    device.disk.files.set(name, new Uint8Array([...device.disk.at(name), 0]))
    expect(await isUsed(device.disk)).toBe(false)
  })

  const headsPart = (): CborValue => [
    1,
    (device.known.cursors ?? []).map(({ place }) => writeHead(place.head)),
  ]
  const row = (op: CborValue, seq = 1): CborValue => {
    const [cursor] = device.known.cursors
    return [1000, idBytes(cursor?.place.head.segment ?? newId()), seq, 0, op]
  }
  const put = () => writeOp(putOp(newId<ItemId>(), { itemKind: 'folder', name: 'x' }))

  it('the same, lawful, is used', async () => {
    craft([headsPart(), [2, [row(put()), row(put())]], [3, 2]])
    expect(await isUsed(device.disk)).toBe(true)
  })

  it.each<[string, () => CborValue[]]>([
    ['without its end', () => [headsPart(), [2, [row(put())]]]],
    ['with another number of ops than it says', () => [headsPart(), [2, [row(put())]], [3, 2]]],
    ['with two ends', () => [headsPart(), [3, 0], [3, 0]]],
    ['with ops after its end', () => [headsPart(), [3, 1], [2, [row(put())]]]],
    ['with heads after ops', () => [[2, [row(put())]], headsPart(), [3, 1]]],
    ['with two heads of one segment', () => [headsPart(), headsPart(), [3, 0]]],
    ['with a part of another kind', () => [headsPart(), [4, []], [3, 0]]],
    ['with an op from beyond its heads', () => [headsPart(), [2, [row(put(), 1000)]], [3, 1]]],
    [
      'with an op from a segment that it doesn’t cover',
      () => [
        [1, []],
        [2, [row(put())]],
        [3, 1],
      ],
    ],
    ['with an op of a later version', () => [headsPart(), [2, [row([12])]], [3, 1]]],
    ['with an op of another shape', () => [headsPart(), [2, [row([2])]], [3, 1]]],
    ['with a row that is too long', () => [headsPart(), [2, [[...(row(put()) as CborValue[]), 0]]], [3, 1]]],
    ['empty', () => []],
  ])('%s', async (_what, contents) => {
    const name = craft(contents())
    const { state, reading } = await readFresh(vault, device.disk)
    expect(reading.known.checkpoint).toBeNull()
    expect(saying(state)).toEqual(saying((await withoutCheckpoints(device.disk)).state))
    device.disk.files.delete(name)
  })

  it('of another vault, in another device’s folder or under a key that isn’t open', async () => {
    const { name } = device.checkpoint()
    const bytes = device.disk.at(name)
    const elsewhere = device.disk.copy()
    elsewhere.files.delete(name)
    elsewhere.files.set(name.replace(device.device, newId()), bytes)
    expect(await isUsed(elsewhere)).toBe(false)
    const foreign = device.disk.copy()
    foreign.files.set(
      name,
      new Uint8Array([...bytes.subarray(0, 4), ...new Uint8Array(16), ...bytes.subarray(20)]),
    )
    expect(await isUsed(foreign)).toBe(false)
    expect(
      (await readFresh(vault, device.disk, { access: vault.access(device.disk, new Map()) })).reading
        .findings,
    ).toContainEqual({ kind: 'checkpoint-unfit', name })
  })

  it('that is another whole one the second time it is read', async () => {
    const id = newId<CheckpointId>()
    const name = craft([headsPart(), [2, [row(put())]], [3, 1]], id)
    const first = device.disk.at(name)
    craft([headsPart(), [2, [row(put())]], [3, 1]], id)
    let bodies = 0
    const access = vault.access({
      list: (prefix) => device.disk.list(prefix),
      read: async (asked, { offset, length }) => {
        const isFirst = asked === name && length > 68 && bodies++ === 0
        return isFirst ? first.slice(offset, offset + length) : device.disk.read(asked, { offset, length })
      },
    })
    expect(await readJournal({ access }, new State())).toMatchObject({ kind: 'rebuild', without: id })
  })

  it('that changes while it is read: what was taken of it must be dropped, and it is named', async () => {
    const { name, known } = device.checkpoint()
    const access = vault.access({
      list: (prefix) => device.disk.list(prefix),
      read: async (asked, range) => {
        const bytes = await device.disk.read(asked, range)
        // The first reading of its body goes well, the second finds another byte.
        if (asked === name && range.length > 68 && bodies++ > 0)
          bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        return bytes
      },
    })
    let bodies = 0
    const reading = await readJournal({ access }, new State())
    expect(reading).toEqual({ kind: 'rebuild', why: 'checkpoint', without: known.checkpoint?.ref.id })
    bodies = 0
    const { state } = await readFresh(vault, device.disk, { access })
    expect(saying(state)).toEqual(saying(device.state))
  })
})

describe('of several checkpoints', () => {
  it('the longest whole one is used', async () => {
    const first = device.checkpoint()
    await device.append([fileOps(newId(), 'one more')])
    const second = device.checkpoint()
    const used = async () => (await readFresh(vault, device.disk)).reading.known.checkpoint?.ref.id
    expect(await used()).toBe(second.name.slice(-37, -5))
    device.disk.cut(second.name, device.disk.at(second.name).length - 1)
    expect(await used()).toBe(first.name.slice(-37, -5))
    expect(saying((await readFresh(vault, device.disk)).state)).toEqual(saying(device.state))
  })
})

describe('a segment that a checkpoint covers', () => {
  it('and that hasn’t arrived is missing, but what it says is known, and covered on', async () => {
    device.checkpoint()
    const [first = ''] = device.files.filter((each) => each.endsWith('.log'))
    const away = device.disk.copy()
    away.files.delete(first)
    const reader = new TestDevice(vault, 'reader', away)
    const { findings, known } = await reader.read()
    expect(findings).toMatchObject([{ kind: 'missing', by: null, because: 'absent' }])
    expect(saying(reader.state)).toEqual(saying(device.state))
    expect(known.cursors).toHaveLength(1)
    // Its own checkpoint stands for it too.
    reader.checkpoint()
    for (const name of away.files.keys()) if (name.includes(device.device)) away.files.delete(name)
    const { state } = await readFresh(vault, away)
    expect(saying(state)).toEqual(saying(device.state))
  })

  it('and of which there is only the beginning, twice, is missing its end', async () => {
    device.checkpoint()
    const name = device.files.filter((each) => each.endsWith('.log'))[0] ?? ''
    const short = device.disk.at(name).slice(0, -10)
    device.disk.files.set(name, short)
    device.disk.files.set(name.replace('.log', ' copy.log'), short)
    const reader = new TestDevice(vault, 'reader', device.disk)
    for (let time = 0; time < 2; time++) {
      expect((await reader.read()).findings.map(({ kind }) => kind).sort()).toEqual([
        'arriving',
        'copy',
        'missing',
      ])
    }
    expect(saying(reader.state)).toEqual(saying(device.state))
  })

  it('and that is damaged here, with a copy that is cut, is missing its end, not rolled back', async () => {
    device.checkpoint()
    const name = device.files.filter((each) => each.endsWith('.log'))[0] ?? ''
    device.disk.files.set(name.replace('.log', ' copy.log'), device.disk.at(name).slice(0, -10))
    device.disk.flip(name, device.disk.at(name).length * 8 - 1)
    const reader = new TestDevice(vault, 'reader', device.disk)
    for (let time = 0; time < 2; time++) {
      const kinds = (await reader.read()).findings.map(({ kind }) => kind)
      expect(kinds.sort()).toEqual(['copy', 'damaged', 'missing'])
    }
  })

  it('and that is shorter here is missing its end, not rolled back, also the next time', async () => {
    device.checkpoint()
    const name = device.files.filter((each) => each.endsWith('.log'))[0] ?? ''
    const length = device.disk.at(name).length
    const whole = device.disk.at(name)
    device.disk.cut(name, length - 10)
    const reader = new TestDevice(vault, 'reader', device.disk)
    for (let time = 0; time < 2; time++) {
      expect((await reader.read()).findings.map(({ kind }) => kind).sort()).toEqual(['arriving', 'missing'])
    }
    device.disk.files.set(name, whole)
    expect((await reader.read()).findings).toEqual([])
    expect(saying(reader.state)).toEqual(saying(device.state))
  })
})
