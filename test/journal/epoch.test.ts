import { beforeEach, describe, expect, it } from 'vitest'
import type { CborValue } from '../../src/main/base/index.ts'
import { type ItemId, idBytes, parseId } from '../../src/main/contract/ids.ts'
import {
  acceptOp,
  type Batch,
  type CheckpointId,
  coverableHeads,
  type EpochOp,
  type Finding,
  type Head,
  hashOf,
  readJournal,
  State,
} from '../../src/main/journal/index.ts'
import { writeHead, writeOp } from '../../src/main/journal/op-codec.ts'
import {
  craftCheckpoint,
  folderOps,
  newId,
  putOp,
  readFresh,
  saying,
  TestDevice,
  TestVault,
} from './support.ts'

let vault: TestVault
/** The one who removes a member, one who stays, one who is removed; each with a disk of its own. */
let owner: TestDevice
let member: TestDevice
let leaver: TestDevice

beforeEach(async () => {
  vault = new TestVault()
  owner = new TestDevice(vault, 'owner')
  member = new TestDevice(vault, 'member')
  leaver = new TestDevice(vault, 'leaver')
  await owner.append([folderOps(newId(), 'of the owner')])
  await member.append([folderOps(newId(), 'of the member')])
  await leaver.append([folderOps(newId(), 'of the leaver')])
  await sync(member, leaver)
})

/** Brings everybody's files to the owner, and the owner's to `to`. */
async function sync(...from: TestDevice[]): Promise<void> {
  for (const device of from) owner.disk.pull(device.disk)
  await owner.read()
}

/** A device's first words under a new metadata key: checkpoint, then segment with op `epoch`. */
async function beginEpoch(device: TestDevice, withCheckpoint = true): Promise<readonly Batch[]> {
  await device.writer?.close(device.seen)
  await device.read()
  device.metadataKey = vault.newEpoch()
  device.writer = undefined
  if (withCheckpoint) device.checkpoint()
  const op: EpochOp = {
    kind: 'epoch',
    metadataKey: device.metadataKey,
    deviceName: device.name,
    app: 'test 1',
    heads: withCheckpoint ? [] : device.known.cursors.map(({ place }) => place.head),
    checkpoint: withCheckpoint ? (device.known.checkpoint?.ref ?? null) : null,
  }
  return await device.append([[op]])
}

const names = (device: { state: TestDevice['state'] }): unknown[] =>
  [...device.state.items.values()].map(({ name }) => name?.value).sort()
const heldOf = (findings: readonly Finding[]) => findings.filter((each) => each.kind === 'held')
const kindsOf = (findings: readonly Finding[]) => findings.map(({ kind }) => kind)
const fresh = () => readFresh(vault, owner.disk)
const SETTLED = ['of the leaver', 'of the member', 'of the owner']

describe.each([true, false])('a new epoch (by a checkpoint: %s)', (withCheckpoint) => {
  it('keeps all that was known when it began', async () => {
    await beginEpoch(owner, withCheckpoint)
    const { state, reading } = await fresh()
    expect(names({ state })).toEqual(SETTLED)
    expect(reading.findings).toEqual([])
  })

  it('holds what is appended to an older epoch’s segment afterwards, and tells how much', async () => {
    await beginEpoch(owner, withCheckpoint)
    leaver.clockMs = 8_000_000_000_000
    await leaver.append([folderOps(newId(), 'late')])
    await leaver.append([folderOps(newId(), 'later')])
    owner.disk.pull(leaver.disk)
    const { state, reading } = await fresh()
    expect(names({ state })).toEqual(SETTLED)
    const upTo = leaver.writer?.head
    const held = { kind: 'held', segment: upTo?.segment, device: leaver.device, batches: 2, upTo }
    expect(reading.findings).toEqual([held])
    // The owner, who has an index, sees the same.
    expect((await owner.read()).findings).toEqual([held])
    expect(names(owner)).toEqual(SETTLED)
    // Held, so not seen: a time that was made up doesn't drive the clock.
    expect(reading.known.greatestTime).toBeLessThan(8e15)
  })

  it('holds a whole new segment under an older key', async () => {
    await beginEpoch(owner, withCheckpoint)
    leaver.writer = undefined
    await leaver.append([folderOps(newId(), 'late')])
    await sync(leaver)
    expect(heldOf((await fresh()).reading.findings)).toMatchObject([{ batches: 1, device: leaver.device }])
    expect(names(owner)).toEqual(SETTLED)
  })

  it('lets a person accept what is held: up to the head that was shown, no further', async () => {
    await beginEpoch(owner, withCheckpoint)
    await leaver.append([folderOps(newId(), 'late')])
    owner.disk.pull(leaver.disk)
    const [held] = heldOf((await owner.read()).findings)
    if (!held) throw new Error('nothing held')
    await owner.append([[acceptOp(held.upTo)]])
    expect((await owner.read()).findings).toEqual([])
    expect(names(owner)).toEqual(['late', ...SETTLED])
    expect(names(await fresh())).toEqual(names(owner))
    await leaver.append([folderOps(newId(), 'later')])
    owner.disk.pull(leaver.disk)
    expect(heldOf((await owner.read()).findings)).toMatchObject([{ batches: 1 }])
    expect(names(owner)).toEqual(['late', ...SETTLED])
    expect(saying((await fresh()).state)).toEqual(saying(owner.state))
  })

  it('doesn’t take the leaver’s own word for what is accepted', async () => {
    await beginEpoch(owner, withCheckpoint)
    const [late] = await leaver.append([folderOps(newId(), 'late')])
    if (!late) throw new Error('nothing written')
    await leaver.append([[acceptOp(late.head)]])
    leaver.writer = undefined
    await leaver.append([[acceptOp(late.head)]])
    await sync(leaver)
    expect(names(owner)).toEqual(SETTLED)
    expect(names(await fresh())).toEqual(SETTLED)
  })

  it('doesn’t take a word that the leaver gave before either', async () => {
    // Frames that are kept back, and accepted in advance by a record that everybody sees in time.
    const before = leaver.disk.copy()
    const [late] = await leaver.append([folderOps(newId(), 'late')])
    const kept = leaver.disk
    leaver.disk = before
    leaver.writer = undefined
    await leaver.append([[acceptOp(late?.head as Head)]])
    await sync(leaver)
    await beginEpoch(owner, withCheckpoint)
    owner.disk.pull(kept)
    await owner.read()
    expect(names(owner)).toEqual(SETTLED)
    expect(names(await fresh())).toEqual(SETTLED)
  })

  it('doesn’t let a covered open vouch for frames that were kept back', async () => {
    const before = leaver.disk.copy()
    await leaver.append([folderOps(newId(), 'late')])
    const kept = leaver.disk
    const accomplice = new TestDevice(vault, 'accomplice', kept.copy())
    await accomplice.read()
    await accomplice.append([folderOps(newId(), 'of the accomplice')])
    leaver.disk = before
    owner.disk.pull(accomplice.disk, accomplice.files)
    await sync(leaver)
    await beginEpoch(owner, withCheckpoint)
    owner.disk.pull(kept)
    await owner.read()
    expect(names(owner)).toEqual(['of the accomplice', ...SETTLED])
    expect(names(await fresh())).toEqual(names(owner))
  })

  it('takes back what a device applied before it knew of the epoch', async () => {
    await beginEpoch(owner, withCheckpoint)
    await leaver.append([folderOps(newId(), 'late')])
    member.disk.pull(leaver.disk)
    await member.read()
    expect(names(member)).toContain('late')
    member.disk.pull(owner.disk)
    expect(kindsOf((await member.read()).findings)).toEqual(['held'])
    expect(names(member)).toEqual(SETTLED)
    expect(saying(member.state)).toEqual(saying((await fresh()).state))
  })

  it('covers a segment that arrives only afterwards, as far as it was known', async () => {
    const reader = new TestDevice(vault, 'reader')
    await beginEpoch(owner, withCheckpoint)
    reader.disk.pull(owner.disk, owner.files)
    await reader.read()
    reader.disk.pull(owner.disk)
    expect((await reader.read()).findings).toEqual([])
    expect(names(reader)).toEqual(SETTLED)
  })

  it('lets the devices that stay go on under the new key', async () => {
    await beginEpoch(owner, withCheckpoint)
    member.disk.pull(owner.disk)
    await member.read()
    member.metadataKey = owner.metadataKey
    member.writer = undefined
    await member.append([folderOps(newId(), 'new')])
    await sync(member)
    expect(names(owner)).toEqual(['new', ...SETTLED])
    expect((await fresh()).reading.findings).toEqual([])
  })

  it('can be followed by another one', async () => {
    await beginEpoch(owner, withCheckpoint)
    await leaver.append([folderOps(newId(), 'late')])
    owner.disk.pull(leaver.disk)
    const [held] = heldOf((await owner.read()).findings)
    await owner.append([[acceptOp(held?.upTo as Head)]])
    await owner.read()
    await beginEpoch(owner, withCheckpoint)
    // What was accepted in the second epoch is known in the third.
    expect(names(await fresh())).toEqual(['late', ...SETTLED])
    await leaver.append([folderOps(newId(), 'too late')])
    owner.disk.pull(leaver.disk)
    const { state, reading } = await fresh()
    expect(names({ state })).toEqual(['late', ...SETTLED])
    expect(kindsOf(reading.findings)).toEqual(['held'])
  })

  it('covers only what its own op names, not what an earlier epoch’s did', async () => {
    await beginEpoch(owner, withCheckpoint)
    // `second` has nothing of the leaver's when it begins a third epoch.
    const second = new TestDevice(vault, 'second', owner.disk.copy())
    for (const each of leaver.files) second.disk.files.delete(each)
    for (const each of owner.files) if (each.endsWith('.ckpt')) second.disk.files.delete(each)
    await second.read()
    second.metadataKey = owner.metadataKey
    await beginEpoch(second, false)
    owner.disk.pull(second.disk)
    const { state, reading } = await fresh()
    expect(heldOf(reading.findings).map(({ device }) => device)).toContain(leaver.device)
    expect(names({ state })).not.toContain('of the leaver')
  })

  it('holds the branch of a conflict copy that it doesn’t cover, and applies the one it covers', async () => {
    const copy = leaver.files[0]?.replace('.log', ' copy.log') ?? ''
    await beginEpoch(owner, withCheckpoint)
    await leaver.append([folderOps(newId(), 'late')])
    owner.disk.files.set(copy, leaver.disk.at(leaver.files[0] ?? ''))
    const { state, reading } = await fresh()
    expect(names({ state })).toEqual(SETTLED)
    expect(kindsOf(reading.findings).sort()).toEqual(['copy', 'held'])
  })
})

describe('the checkpoint that an epoch names', () => {
  it('is awaited: until it is there, a new reader holds the older epochs, and one with an index keeps them', async () => {
    const indexed = new TestDevice(vault, 'indexed', owner.disk.copy())
    await indexed.read()
    await beginEpoch(owner)
    const name = owner.files.find((each) => each.endsWith('.ckpt')) ?? ''
    const without = owner.disk.copy()
    without.files.delete(name)
    const reading = await readFresh(vault, without)
    expect(names(reading)).toEqual([])
    expect(kindsOf(reading.reading.findings).sort()).toEqual(['checkpoint-awaited', 'held', 'held', 'held'])
    await leaver.append([folderOps(newId(), 'late')])
    indexed.disk.pull(without)
    indexed.disk.pull(leaver.disk)
    // The owner closed its old segment before it began the epoch: that is held here too, for now.
    for (let time = 0; time < 2; time++) {
      expect(kindsOf((await indexed.read()).findings).sort()).toEqual(['checkpoint-awaited', 'held', 'held'])
      expect(names(indexed)).toEqual(SETTLED)
    }
    indexed.disk.files.set(name, owner.disk.at(name))
    expect(kindsOf((await indexed.read()).findings)).toEqual(['held'])
    expect(names(indexed)).toEqual(SETTLED)
  })

  it('may be gone once a newer one is there, whose writer knew of the epoch', async () => {
    // `member` has all older epochs in its index, and of the new one nothing yet.
    member.disk.pull(owner.disk)
    await member.read()
    await beginEpoch(owner)
    const name = owner.files.find((each) => each.endsWith('.ckpt')) ?? ''
    await owner.append([folderOps(newId(), 'new')])
    owner.checkpoint()
    owner.disk.files.delete(name)
    const reader = new TestDevice(vault, 'reader', owner.disk.copy())
    member.disk.pull(owner.disk)
    for (const each of [reader, reader, member, member]) {
      expect((await each.read()).findings).toEqual([])
      expect(names(each)).toEqual(['new', ...SETTLED])
    }
    // And what it tells of the epoch is enough to hold what comes too late.
    await leaver.append([folderOps(newId(), 'late')])
    for (const each of [reader, member]) {
      each.disk.pull(leaver.disk)
      expect(kindsOf((await each.read()).findings)).toEqual(['held'])
      expect(names(each)).toEqual(['new', ...SETTLED])
    }
  })

  it('that is newer still tells what was accepted', async () => {
    await beginEpoch(owner)
    const before = owner.disk.copy()
    const [late] = await leaver.append([folderOps(newId(), 'late')])
    if (!late) throw new Error('nothing written')
    // Accepted by one who hasn't the frames any more, so that its checkpoint doesn't cover them.
    await owner.append([[acceptOp(late.head)]])
    owner.checkpoint()
    expect(before.files.size).toBeLessThan(owner.disk.files.size)
    owner.disk.pull(leaver.disk)
    const { state, reading } = await fresh()
    expect([kindsOf(reading.findings), names({ state })]).toEqual([[], ['late', ...SETTLED]])
  })

  it('written in good faith under the new key, without knowing of the epoch, vouches for nothing', async () => {
    member.disk.pull(owner.disk)
    await beginEpoch(owner)
    await leaver.append([folderOps(newId(), 'late')])
    // `member` has the new key, but the owner's new segment has not arrived there.
    member.disk.pull(leaver.disk)
    await member.read()
    member.metadataKey = owner.metadataKey
    member.checkpoint()
    expect(names(member)).toEqual(['late', ...SETTLED])
    // One that began with it, and in whose folder the leaver's segment never was.
    const indexed = new TestDevice(vault, 'indexed', member.disk.copy())
    for (const each of leaver.files) indexed.disk.files.delete(each)
    await indexed.read()
    expect(names(indexed)).toEqual(['late', ...SETTLED])
    for (const disk of [member.disk, indexed.disk]) {
      disk.pull(owner.disk)
      const { state } = await readFresh(vault, disk)
      expect(names({ state })).toEqual(SETTLED)
    }
    await indexed.read()
    expect(names(indexed)).toEqual(SETTLED)
    expect(kindsOf((await member.read()).findings)).toContain('held')
    expect(names(member)).toEqual(SETTLED)
  })

  it('written by the leaver under the old key afterwards is not even tried', async () => {
    await beginEpoch(owner, false)
    await leaver.append([[putOp(newId<ItemId>(), { itemKind: 'folder', name: 'late '.repeat(100) })]])
    leaver.checkpoint()
    owner.disk.pull(leaver.disk)
    const state = new State()
    const reading = await readJournal({ access: vault.access(owner.disk) }, state)
    expect([reading.kind, names({ state })]).toEqual(['read', SETTLED])
  })

  it('spares an index that began with another one from being read anew', async () => {
    owner.checkpoint()
    const indexed = new TestDevice(vault, 'indexed', owner.disk.copy())
    await indexed.read()
    expect(indexed.known.began).not.toBeNull()
    const { state } = indexed
    await beginEpoch(owner)
    await owner.append([folderOps(newId(), 'new')])
    indexed.disk.pull(owner.disk)
    expect((await indexed.read()).findings).toEqual([])
    expect(indexed.state).toBe(state)
    expect(names(indexed)).toEqual(['new', ...SETTLED])
  })

  it('of an earlier epoch is awaited no more', async () => {
    await beginEpoch(owner)
    const name = owner.files.find((each) => each.endsWith('.ckpt')) ?? ''
    await beginEpoch(owner, false)
    owner.disk.files.delete(name)
    expect((await fresh()).reading.findings).toEqual([])
  })

  it('under an older key, with a row that no writer writes, covers but isn’t the start', async () => {
    await owner.writer?.close(owner.seen)
    await owner.read()
    const heads = owner.known.cursors.map(({ place }) => place.head)
    const [head] = heads
    if (!head) throw new Error('nothing written')
    const row = (op: CborValue): CborValue => [1000, idBytes(head.segment), 1, 0, op]
    const good = writeOp(putOp(newId<ItemId>(), { itemKind: 'folder', name: 'made up' }))
    const name = craftCheckpoint(owner, [
      [1, heads.map(writeHead)],
      [2, [row(good), row([2])]],
      [3, 2],
    ])
    const sha256 = hashOf(owner.disk.at(name))
    const id = parseId<CheckpointId>(name.slice(-37, -5)) ?? newId()
    owner.metadataKey = vault.newEpoch()
    owner.writer = undefined
    const { metadataKey } = owner
    const witness = { deviceName: '', app: '', heads: [], checkpoint: { id, sha256 } }
    await owner.append([[{ kind: 'epoch', metadataKey, ...witness }]])
    const { state, reading } = await fresh()
    expect([names({ state }), reading.findings]).toEqual([SETTLED, []])
  })

  it('is awaited, and meanwhile no other is written', async () => {
    await beginEpoch(owner)
    const disk = owner.disk.copy()
    for (const each of owner.files) if (each.endsWith('.ckpt')) disk.files.delete(each)
    const { reading } = await readFresh(vault, disk)
    expect(kindsOf(reading.findings)).toContain('checkpoint-awaited')
    expect(coverableHeads(reading.known)).toBeUndefined()
  })

  it.each(['damaged', 'another whole one'])('is awaited also if the file of its name is %s', async (what) => {
    await beginEpoch(owner)
    const name = owner.files.find((each) => each.endsWith('.ckpt')) ?? ''
    const id = owner.known.checkpoint?.ref.id
    if (what === 'damaged') owner.disk.flip(name, owner.disk.at(name).length * 8 - 1)
    else
      craftCheckpoint(
        owner,
        [
          [1, []],
          [3, 0],
        ],
        id,
      )
    const { state, reading } = await fresh()
    expect(names({ state })).toEqual([])
    expect(kindsOf(reading.findings)).toContain('checkpoint-awaited')
  })
})
