import { beforeEach, describe, expect, it } from 'vitest'
import type { ItemId } from '../../src/main/contract/ids.ts'
import { acceptOp, type Batch, type EpochOp, type Finding, type Head } from '../../src/main/journal/index.ts'
import { folderOps, newId, putOp, readFresh, saying, TestDevice, TestVault } from './support.ts'

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
    await beginEpoch(owner)
    const name = owner.files.find((each) => each.endsWith('.ckpt')) ?? ''
    const without = owner.disk.copy()
    without.files.delete(name)
    const reading = await readFresh(vault, without)
    expect(names(reading)).toEqual([])
    expect(kindsOf(reading.reading.findings).sort()).toEqual(['checkpoint-awaited', 'held', 'held', 'held'])
    // `member` has read the older epochs before.
    await leaver.append([folderOps(newId(), 'late')])
    member.disk.pull(owner.disk)
    await member.read()
    const indexed = new TestDevice(vault, 'indexed', owner.disk.copy())
    for (const each of owner.files) indexed.disk.files.delete(each)
    indexed.disk.pull(owner.disk, [
      owner.files.find((each) => !each.endsWith('.ckpt') && each !== owner.files[0]) ?? '',
    ])
    await indexed.read()
    indexed.disk.pull(without)
    const known = names(indexed)
    const next = await indexed.read()
    expect(kindsOf(next.findings)).toContain('checkpoint-awaited')
    expect(known.every((each) => names(indexed).includes(each))).toBe(true)
    indexed.disk.files.set(name, owner.disk.at(name))
    expect((await indexed.read()).findings).toEqual([])
    expect(names(indexed)).toEqual(SETTLED)
  })

  it('may be gone once a newer one of the epoch is there', async () => {
    await beginEpoch(owner)
    const name = owner.files.find((each) => each.endsWith('.ckpt')) ?? ''
    await owner.append([folderOps(newId(), 'new')])
    owner.checkpoint()
    owner.disk.files.delete(name)
    const { state } = await fresh()
    expect(names({ state })).toEqual(['new', ...SETTLED])
  })

  it('written by the leaver under the old key afterwards is not used', async () => {
    await beginEpoch(owner)
    await leaver.append([[putOp(newId<ItemId>(), { itemKind: 'folder', name: 'late '.repeat(100) })]])
    leaver.checkpoint()
    owner.disk.pull(leaver.disk)
    const { state } = await fresh()
    expect(names({ state })).toEqual(SETTLED)
  })

  it('is not used in its place if it is another file of its name', async () => {
    await beginEpoch(owner)
    const name = owner.files.find((each) => each.endsWith('.ckpt')) ?? ''
    owner.disk.flip(name, owner.disk.at(name).length * 8 - 1)
    const { state, reading } = await fresh()
    expect(names({ state })).toEqual([])
    expect(kindsOf(reading.findings)).toContain('checkpoint-awaited')
  })
})
