import { beforeEach, describe, expect, it } from 'vitest'
import type { ItemId } from '../../src/main/contract/ids.ts'
import { type Batch, coverableHeads, type Group, project } from '../../src/main/journal/index.ts'
import {
  branchOff,
  fileOps,
  folderOps,
  MemoryDisk,
  newId,
  putOp,
  readFresh,
  TestDevice,
  TestVault,
} from './support.ts'

let vault: TestVault
let device: TestDevice
let name: string
const item = newId<ItemId>()

beforeEach(async () => {
  vault = new TestVault()
  device = new TestDevice(vault)
  await device.append([fileOps(item, 'first')])
  name = device.files[0] ?? ''
})

const rename = (to: string): Group => [putOp(item, { name: to })]
const shownName = (state: Parameters<typeof project>[0]) => project(state).get(item)?.name
const kindsOf = (findings: readonly { kind: string }[]) => findings.map(({ kind }) => kind)
const copyName = () => name.replace('.log', ' (conflicted copy).log')

/**
 * Two branches of one segment: its process goes on, and so does a clone of it, from the same frame, each with
 * one batch a group. The batches have the same times, so only the hashes of the frames tell them apart.
 */
async function fork(first: Group[], second: Group[]): Promise<{ one: Uint8Array; other: Uint8Array }> {
  const head = device.writer?.head
  if (!head) throw new Error('nothing written')
  const written: Batch[] = []
  for (const group of first) written.push(...(await device.append([group])))
  const batches = second.map((ops, index) => ({ time: written[index]?.at.time ?? 0, ops }))
  return { one: device.disk.at(name), other: branchOff(device, name, head, batches) }
}

describe('a conflict copy of a segment', () => {
  it('that is the same or only shorter is told and changes nothing', async () => {
    await device.append([rename('second')])
    for (const length of [device.disk.at(name).length, device.disk.at(name).length - 3, 40, 0]) {
      device.disk.files.set(copyName(), device.disk.at(name).slice(0, length))
      const { state, reading } = await readFresh(vault, device.disk)
      expect(kindsOf(reading.findings)).toEqual(['copy'])
      expect(shownName(state)).toBe('second')
    }
  })

  it('that holds more than the file itself is used: no frame is lost', async () => {
    const short = device.disk.at(name)
    await device.append([rename('second')])
    device.disk.files.set(copyName(), device.disk.at(name))
    device.disk.files.set(name, short)
    const { state, reading } = await readFresh(vault, device.disk)
    expect(kindsOf(reading.findings)).toEqual(['copy'])
    expect(shownName(state)).toBe('second')
    expect(reading.known.cursors).toHaveLength(1)
  })

  it('is read also where the file itself is damaged, or gone', async () => {
    await device.append([rename('second')])
    device.disk.files.set(copyName(), device.disk.at(name))
    device.disk.flip(name, 100 * 8)
    const damaged = await readFresh(vault, device.disk)
    expect(kindsOf(damaged.reading.findings).sort()).toEqual(['copy', 'damaged'])
    expect(shownName(damaged.state)).toBe('second')
    device.disk.files.delete(name)
    const gone = await readFresh(vault, device.disk)
    expect(kindsOf(gone.reading.findings)).toEqual(['copy'])
    expect(shownName(gone.state)).toBe('second')
  })

  it.each([' (1).log', ' 2.log', '.sync-conflict-20261124-101010-ABCDEFG.log', '.log.orig', ''])(
    'is known by the segment’s id in front, as in "<id>%s"',
    async (ending) => {
      device.disk.files.set(name.replace('.log', ending), device.disk.at(name))
      device.disk.files.delete(name)
      expect((await readFresh(vault, device.disk)).state.items.size).toBe(1)
    },
  )
})

describe('a forked segment', () => {
  it('is told, with the number of the first frame that there is twice; both branches apply', async () => {
    const [left, right] = [newId<ItemId>(), newId<ItemId>()]
    const next = () => folderOps(newId(), 'next')
    const { other } = await fork([folderOps(left, 'left'), next()], [folderOps(right, 'right'), next()])
    device.disk.files.set(copyName(), other)
    const { state, reading } = await readFresh(vault, device.disk)
    expect(reading.findings).toContainEqual({
      kind: 'forked',
      segment: device.writer?.segment,
      device: device.device,
      seq: 2,
    })
    expect(kindsOf(reading.findings).sort()).toEqual(['copy', 'forked'])
    expect([...state.items.keys()]).toEqual(expect.arrayContaining([item, left, right]))
    expect(reading.known.cursors).toHaveLength(2)
  })

  it('gives one result whichever branch bears the segment’s own name', async () => {
    const { one, other } = await fork([rename('left')], [rename('right')])
    const names: (string | undefined)[] = []
    for (const [main, copy] of [
      [one, other],
      [other, one],
    ] as const) {
      device.disk.files.set(name, main)
      device.disk.files.set(copyName(), copy)
      names.push(shownName((await readFresh(vault, device.disk)).state))
    }
    expect(names[0]).toBe(names[1])
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'gives one result whether it is read at once or the copy turns up later (%i)',
    async (round) => {
      const { one, other } = await fork([rename('left')], [rename('right')])
      const [first, second] = round % 2 === 0 ? [one, other] : [other, one]
      device.disk.files.set(name, first)
      const reader = new TestDevice(vault, 'reader', device.disk)
      await reader.read()
      device.disk.files.set(copyName(), second)
      expect(kindsOf((await reader.read()).findings)).toContain('forked')
      expect(shownName(reader.state)).toBe(shownName((await readFresh(vault, device.disk)).state))
      // Nothing new the next time, and the fork is still told.
      expect(kindsOf((await reader.read()).findings)).toContain('forked')
      expect(reader.known.cursors).toHaveLength(2)
    },
  )

  it('is named by the next open with both its heads, and nobody misses anything then', async () => {
    const { other } = await fork([folderOps(newId(), 'left')], [folderOps(newId(), 'right')])
    device.disk.files.set(copyName(), other)
    const next = new TestDevice(vault, 'next', device.disk)
    await next.read()
    const [opened] = await next.append([folderOps(newId(), 'x')])
    expect(opened?.ops[0]).toMatchObject({ heads: [{ seq: 2 }, { seq: 2 }] })
    // It is read from its start each time, and yet not named again.
    await next.read()
    expect(next.frontier.map(({ segment }) => segment)).toEqual([next.writer?.segment])
    expect(kindsOf((await readFresh(vault, device.disk)).reading.findings).sort()).toEqual(['copy', 'forked'])
  })

  it('is not covered by a checkpoint', async () => {
    const { other } = await fork([folderOps(newId(), 'left')], [folderOps(newId(), 'right')])
    device.disk.files.set(copyName(), other)
    const { reading } = await readFresh(vault, device.disk)
    expect(coverableHeads(reading.known)).toBeUndefined()
  })

  it('within what a checkpoint covers makes that checkpoint unfit: the segments are read instead', async () => {
    const [left, right] = [newId<ItemId>(), newId<ItemId>()]
    const { other } = await fork(
      [folderOps(left, 'left'), rename('left')],
      [folderOps(right, 'right'), rename('right')],
    )
    const writer = new TestDevice(vault, 'writer', device.disk)
    await writer.read()
    const checkpoint = writer.checkpoint()
    const reader = new TestDevice(vault, 'reader', device.disk)
    expect((await reader.read()).known.began?.heads).toHaveLength(1)
    device.disk.files.set(copyName(), other)
    // One that began with it reads anew; one that begins now doesn't use it.
    await reader.read()
    expect(reader.known.began).toBeNull()
    const fresh = await readFresh(vault, device.disk)
    expect(fresh.reading.findings).toContainEqual({ kind: 'checkpoint-unfit', name: checkpoint.name })
    expect([...fresh.state.items.keys()].sort()).toEqual([item, left, right].sort())
    expect(shownName(reader.state)).toBe(shownName(fresh.state))
  })

  it('behind what a checkpoint covers leaves the checkpoint in use', async () => {
    const writer = new TestDevice(vault, 'writer', device.disk)
    await writer.read()
    writer.checkpoint()
    const { other } = await fork([folderOps(newId(), 'left')], [folderOps(newId(), 'right')])
    device.disk.files.set(copyName(), other)
    const { state, reading } = await readFresh(vault, device.disk)
    expect(reading.known.began?.heads).toHaveLength(1)
    expect(state.items.size).toBe(3)
  })

  it('elsewhere, of which another device names the other branch, is missing here', async () => {
    const { one, other } = await fork([folderOps(newId(), 'left')], [folderOps(newId(), 'right')])
    const there = new TestDevice(vault, 'there', new MemoryDisk())
    there.disk.files.set(name, other)
    await there.read()
    await there.append([folderOps(newId(), 'x')])
    const here = new MemoryDisk()
    here.files.set(name, one)
    here.pull(there.disk, there.files)
    const missing = [{ kind: 'missing', because: 'other-branch', by: there.writer?.segment }]
    expect((await readFresh(vault, here)).reading.findings).toMatchObject(missing)
    // The same for one who read this branch before it heard of the other.
    const reader = new TestDevice(vault, 'reader')
    reader.disk.files.set(name, one)
    await reader.read()
    reader.disk.pull(here)
    expect((await reader.read()).findings).toMatchObject(missing)
  })
})
