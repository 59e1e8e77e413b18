import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/main/base/index.ts'
import type { DeviceId, VaultId } from '../../src/main/contract/ids.ts'
import { Anchors, StateFolder, VaultIndex, WriteLock } from '../../src/main/index/index.ts'
import { folderOps, newId, TestDevice, TestVault } from '../journal/support.ts'
import { queryOf, TempFolder } from './support.ts'

let folder: TempFolder
let state: StateFolder
const vault = newId<VaultId>()
beforeEach(async () => {
  folder = new TempFolder()
  state = await StateFolder.open(join(folder.path, 'state'))
})
afterEach(() => folder[Symbol.dispose]())

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  )
}

describe('what this computer keeps of a vault', () => {
  it('is private to its user under any umask: the databases, their logs, and the folders (control 6)', async () => {
    const before = process.umask(0)
    try {
      const paths = await state.placeOf(vault, '/vault')
      using anchors = await Anchors.open(await state.anchorsOf(vault))
      await anchors.act((act) => act.pinArn('arn'))
      using lock = WriteLock.open(paths.lock)
      using held = await lock.acquire(0).then((each) => (each === 'busy' ? undefined : each))
      const device = new TestDevice(new TestVault())
      await device.append([folderOps(newId(), 'folder')])
      const key = Secret.random('index key')
      await using index = await VaultIndex.open({ path: paths.index, key, device: newId<DeviceId>() })
      await index.catchUp(queryOf(device.vault, device.disk))
      const found = filesBelow(join(folder.path, 'state', 'vaults'))
      const ends = [
        'anchors.db',
        'anchors.db-wal',
        'anchors.db-shm',
        'index.db',
        'index.db-wal',
        'index.db-shm',
        'lock.db',
      ]
      for (const end of ends) expect(found.filter((path) => path.endsWith(`/${end}`)).length).toBe(1)
      for (const path of found) {
        const { mode } = lstatSync(path)
        expect([path, mode & 0o777]).toEqual([path, lstatSync(path).isDirectory() ? 0o700 : 0o600])
      }
      expect(held).toBeDefined()
    } finally {
      process.umask(before)
    }
  })

  it('has a place for each real path of a vault, the same each time', async () => {
    const first = await state.placeOf(vault, '/vault')
    expect(await state.placeOf(vault, '/vault')).toEqual(first)
    const other = await state.placeOf(vault, '/other')
    expect(new Set([first.index, first.lock, other.index, other.lock]).size).toBe(4)
    for (const path of Object.values(other)) expect(statSync(path).size).toBe(0)
  })

  it('is found again; an asking alone makes nothing', async () => {
    expect(await state.findAnchors(vault)).toBeUndefined()
    expect(await state.vaults()).toEqual([])
    const path = await state.anchorsOf(vault)
    const other = newId<VaultId>()
    await state.anchorsOf(other)
    const again = await StateFolder.open(state.path)
    expect(await again.findAnchors(vault)).toBe(path)
    expect(await again.vaults()).toEqual([vault, other].sort())
  })

  it('lists no vault for folders of other names, or without anchors', async () => {
    await state.placeOf(vault, '/vault')
    mkdirSync(join(state.path, 'vaults', 'notes'))
    writeFileSync(join(state.path, 'vaults', 'notes', 'anchors.db'), '')
    expect(await state.vaults()).toEqual([])
  })

  it('is made once, though many ask at once', async () => {
    const other = await StateFolder.open(state.path)
    const asked = Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? state : other).placeOf(vault, '/vault'),
    )
    const places = await Promise.all(asked)
    expect(new Set(places.map(({ lock }) => lock)).size).toBe(1)
    expect(filesBelow(state.path).filter((path) => path.includes('.tmp'))).toEqual([])
  })

  it('of one place is forgotten without a trace, and the rest stays', async () => {
    const [one, two] = [await state.placeOf(vault, '/one'), await state.placeOf(vault, '/two')]
    await state.anchorsOf(vault)
    await state.forgetPlace(vault, '/one')
    expect([existsSync(join(one.index, '..')), existsSync(two.index)]).toEqual([false, true])
    expect(await state.vaults()).toEqual([vault])
  })

  it('is forgotten without a trace, twice if need be', async () => {
    const other = newId<VaultId>()
    for (const each of [vault, other]) await state.anchorsOf(each)
    await state.placeOf(vault, '/vault')
    for (let round = 0; round < 2; round++) await state.forget(vault)
    expect(await state.vaults()).toEqual([other])
    expect(filesBelow(state.path).filter((path) => path.includes(vault))).toEqual([])
  })

  it('an index that is discarded is gone with its log, and is made anew', async () => {
    const { index, lock } = await state.placeOf(vault, '/vault')
    for (const end of ['', '-wal', '-shm']) writeFileSync(`${index}${end}`, 'junk')
    await state.discardIndex(vault, '/vault')
    expect(readdirSync(join(index, '..'))).toEqual(['lock.db'])
    await state.placeOf(vault, '/vault')
    expect([statSync(index).size, existsSync(lock)]).toEqual([0, true])
  })

  it.skipIf(process.getuid?.() === 0)('can’t be made where nothing may be written: it says so', async () => {
    chmodSync(state.path, 0o500)
    await expect(state.anchorsOf(vault)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
  })
})
