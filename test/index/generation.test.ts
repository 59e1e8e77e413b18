import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/main/base/index.ts'
import { type DeviceId, ROOT_ID, type VersionId } from '../../src/main/contract/ids.ts'
import { VaultIndex } from '../../src/main/index/index.ts'
import { connect } from '../../src/main/index/sqlite.ts'
import { fileOps, folderOps, newId, TestDevice, TestVault } from '../journal/support.ts'
import { openTestIndex, queryOf, RawWriter, type TestIndex } from './support.ts'

let test: TestIndex
let device: TestDevice
beforeEach(async () => {
  test = await openTestIndex()
  device = new TestDevice(new TestVault())
  await device.append([fileOps(newId(), 'one.txt'), fileOps(newId(), 'two.txt')])
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
})

const query = () => queryOf(device.vault, device.disk)
const names = (index: VaultIndex) => index.items.list(ROOT_ID).map(({ name }) => name)

describe('an index', () => {
  it('is empty at first and says why; opened again it holds what it held', async () => {
    expect(test.index.emptied).toBe('new')
    expect(names(test.index)).toEqual([])
    expect((await test.index.catchUp(query())).changed).toBe(true)
    const again = await test.reopen()
    expect(again.emptied).toBeUndefined()
    expect(names(again)).toEqual(['one.txt', 'two.txt'])
    expect((await again.catchUp(query())).changed).toBe(false)
  })

  it.each([
    ['key', () => ({ key: Secret.random('another key') })],
    ['device', () => ({ device: newId<DeviceId>() })],
  ])('under another %s is emptied in place while others hold it; they are told', async (_what, other) => {
    await test.index.catchUp(query())
    const held = test.index
    await using taker = await VaultIndex.open(test.facts(other()))
    expect([taker.emptied, names(taker)]).toEqual(['key', []])
    await taker.catchUp(query())
    expect(names(taker)).toEqual(['one.txt', 'two.txt'])
    const refused = { code: 'INDEX_REPLACED', exit: 9 }
    expect(() => names(held)).toThrow(expect.objectContaining(refused))
    await expect(held.catchUp(query())).rejects.toMatchObject(refused)
    await expect(held.search.find('one')).rejects.toMatchObject(refused)
    expect(() => held.snapshot()).toThrow(expect.objectContaining(refused))
    // It took nothing from the taker.
    expect(names(taker)).toEqual(['one.txt', 'two.txt'])
  })

  it('of another schema number is emptied in place', async () => {
    await test.index.catchUp(query())
    await test.close()
    const db = connect(test.path)
    db.exec('DROP TABLE member; CREATE TABLE leftover (x)')
    db.pragma('user_version = 7')
    db.close()
    const index = await test.open()
    expect(index.emptied).toBe('schema')
    await index.catchUp(query())
    expect(names(index)).toEqual(['one.txt', 'two.txt'])
    using raw = new RawWriter(test.facts())
    expect(() => raw.rows('leftover')).toThrow('no such table')
  })

  it('is emptied when that is asked for, and read anew', async () => {
    await test.index.catchUp(query())
    await test.index.search.unpack()
    await test.index.empty()
    expect(names(test.index)).toEqual([])
    expect((await test.index.search.find('one')).entries).toEqual([])
    expect((await test.index.catchUp(query())).changed).toBe(true)
    expect((await test.index.search.find('one')).entries.length).toBe(1)
  })

  it('that is emptied keeps the jobs of this device', async () => {
    const versions = [newId<VersionId>()]
    await test.index.beginJob(versions)
    await using _ = await VaultIndex.open(test.facts({ key: Secret.random('another key') }))
    using raw = new RawWriter(test.facts())
    expect(raw.rows('job').length).toBe(1)
  })

  it('that is no database is refused as damaged, so that it can be made anew', async () => {
    await test.close()
    writeFileSync(test.path, Buffer.alloc(8192, 'junk'))
    await expect(test.open()).rejects.toMatchObject({ code: 'INDEX_DAMAGED' })
  })

  it('never shows what was changed in its file', async () => {
    await test.index.catchUp(query())
    await test.close()
    const whole = readFileSync(test.path)
    for (const table of ['record_page', 'name_page']) {
      const db = connect(test.path)
      const column = table === 'record_page' ? 'records' : 'names'
      const box = db.prepare<[], Buffer>(`SELECT ${column} FROM ${table}`).pluck().get() ?? Buffer.alloc(0)
      box[20] = (box[20] ?? 0) ^ 1
      db.prepare(`UPDATE ${table} SET ${column} = ?`).run(box)
      db.close()
      const index = await test.open()
      expect(() => names(index)).toThrow(expect.objectContaining({ code: 'INDEX_DAMAGED', exit: 4 }))
      await test.close()
      writeFileSync(test.path, whole)
    }
    expect(names(await test.open())).toEqual(['one.txt', 'two.txt'])
  })

  it('never shows a page in another’s place', async () => {
    await device.append(Array.from({ length: 300 }, (_, n) => fileOps(newId(), `more ${n}`)))
    await test.index.catchUp(query())
    await test.close()
    const db = connect(test.path)
    const pages = db.prepare<[], number>('SELECT page FROM record_page ORDER BY page').pluck().all()
    expect(pages).toEqual([1, 2])
    db.exec(
      'UPDATE record_page SET records = (SELECT records FROM record_page WHERE page = 1) WHERE page = 2',
    )
    db.close()
    const index = await test.open()
    expect(() => names(index)).toThrow(expect.objectContaining({ code: 'INDEX_DAMAGED' }))
  })

  it('ends its key when it is closed, or can’t be opened', async () => {
    const key = Secret.random('index key')
    await (await VaultIndex.open(test.facts({ key })))[Symbol.asyncDispose]()
    expect(() => key.keyObject()).toThrow('after its end')
    await test.close()
    writeFileSync(test.path, Buffer.alloc(8192, 'junk'))
    const other = Secret.random('index key')
    await expect(VaultIndex.open(test.facts({ key: other }))).rejects.toThrow()
    expect(() => other.keyObject()).toThrow('after its end')
  })
})

describe('on the disk', () => {
  it('no name, setting, device name or time of an item stands in clear, in no file beside it either', async () => {
    const canaries = [
      'canary-file-name.txt',
      'canary-setting',
      'canary-value',
      'canary-device',
      'canary-kms-material',
    ]
    const [file, setting, value, deviceName, material] = canaries
    const teller = new TestDevice(device.vault, deviceName, device.disk)
    await teller.read()
    const version = newId<VersionId>()
    await teller.append([
      fileOps(newId(), file ?? '', ROOT_ID, version),
      [{ kind: 'set', name: setting ?? '', value: value ?? '' }],
      [{ kind: 'key', version, key: newId(), edk: new Uint8Array([1]), keyMaterialId: material ?? '' }],
      [{ kind: 'key', version: newId(), key: newId(), edk: null, keyMaterialId: material ?? '' }],
    ])
    await test.index.catchUp(query())
    const read = () =>
      [readFileSync(test.path), readFileSync(`${test.path}-wal`)].map((bytes) => bytes.toString('latin1'))
    // The search for it works: ids do stand there.
    expect(read().some((bytes) => bytes.includes(Buffer.from(version, 'hex').toString('latin1')))).toBe(true)
    for (const canary of canaries) for (const bytes of read()) expect(bytes.includes(canary)).toBe(false)
    expect(test.index.items.resolve([file ?? ''])?.version).toBe(version)
  })

  it('equal names in two folders, and the same vault in two indexes, have nothing in common', async () => {
    const [one, two] = [newId<typeof ROOT_ID>(), newId<typeof ROOT_ID>()]
    await device.append([folderOps(one, 'first'), folderOps(two, 'second')])
    await device.append([fileOps(newId(), 'same.txt', one), fileOps(newId(), 'same.txt', two)])
    await test.index.catchUp(query())
    using raw = new RawWriter(test.facts())
    const tags = raw.rows('member').map((row) => (Array.isArray(row) ? row[1] : row))
    expect(new Set(tags).size).toBe(tags.length)
    await using second = await openTestIndex()
    await second.index.catchUp(query())
    using other = new RawWriter(second.facts())
    const theirs = new Set(other.rows('member').map((row) => (Array.isArray(row) ? row[1] : row)))
    expect(tags.filter((tag) => theirs.has(tag))).toEqual([])
  })
})
