import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VersionId } from '../../src/main/contract/ids.ts'
import { connect } from '../../src/main/index/sqlite.ts'
import { MemoryDisk, newId, TestVault } from '../journal/support.ts'
import { SharedVault } from './children.ts'
import { openTestIndex, type TestIndex } from './support.ts'

let test: TestIndex
beforeEach(async () => {
  test = await openTestIndex()
})
afterEach(async () => {
  await test[Symbol.asyncDispose]()
})

describe('a batch whose messages are being written', () => {
  it('is not left over while its process runs, be it ours or another', async () => {
    await test.index.beginJob([newId<VersionId>()])
    const child = new SharedVault(test, new TestVault(), new MemoryDisk()).spawn('beginJob')
    await child.says('begun')
    expect(test.index.leftJobs()).toEqual([])
    await child.kill()
    expect(test.index.leftJobs().map(({ versions }) => versions)).toEqual([
      ['0a'.repeat(16), '0b'.repeat(16)],
    ])
  })

  it('is left over by a killed process until it is ended, through a reopening', async () => {
    const child = new SharedVault(test, new TestVault(), new MemoryDisk()).spawn('beginJob')
    await child.says('begun')
    await child.kill()
    const index = await test.reopen()
    const [left] = index.leftJobs()
    if (!left) throw new Error('nothing left')
    await index.endJob(left.job)
    expect(index.leftJobs()).toEqual([])
  })

  it('is left over by an earlier process that had our number', async () => {
    const versions = [newId<VersionId>(), newId<VersionId>()]
    await test.index.beginJob(versions)
    const db = connect(test.path)
    db.prepare('UPDATE job SET run = ?').run(Buffer.alloc(16))
    db.close()
    expect(test.index.leftJobs().map((left) => left.versions)).toEqual([versions])
  })

  it('that is ended is gone, and the others stay', async () => {
    const [one, two] = [await test.index.beginJob([newId()]), await test.index.beginJob([newId()])]
    expect(one).not.toBe(two)
    await test.index.endJob(one)
    const db = connect(test.path)
    expect(db.prepare('SELECT number FROM job').pluck().all()).toEqual([two])
    db.close()
  })
})
