import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ItemId } from '../../src/main/contract/ids.ts'
import { VaultIndex } from '../../src/main/index/index.ts'
import { loadState, type State } from '../../src/main/journal/index.ts'
import { fileOps, folderOps, MemoryDisk, newId, TestDevice, TestVault } from '../journal/support.ts'
import { type Child, SharedVault } from './children.ts'
import { openTestIndex, shownBy, shownByProjection, type TestIndex } from './support.ts'

let test: TestIndex
let shared: SharedVault
let state: State
const children: Child[] = []

/** A journal of several segments, so that there are moments between two readings of a file. */
beforeEach(async () => {
  test = await openTestIndex()
  await test.close()
  const [vault, disk] = [new TestVault(), new MemoryDisk()]
  const folders = Array.from({ length: 6 }, () => newId<ItemId>())
  for (const [number, folder] of folders.entries()) {
    const device = new TestDevice(vault, `device ${number}`, disk)
    await device.read()
    const files = Array.from({ length: 200 }, (_, n) => fileOps(newId(), `file ${n % 150}`, folder))
    await device.append([folderOps(folder, `folder ${number}`, folders[number + 1]), ...files])
  }
  shared = new SharedVault(test, vault, disk)
  state = (await loadState(shared.query)).state
})
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill()
  await test[Symbol.asyncDispose]()
})

function spawn(changed: Parameters<SharedVault['spawn']>[1] = {}): Child {
  const child = shared.spawn('fill', changed)
  children.push(child)
  return child
}

async function demandWhole(): Promise<void> {
  const index = await test.open()
  const { changed } = await index.catchUp(shared.query)
  expect(changed).toBe(false)
  expect(shownBy(index, state)).toEqual(shownByProjection(state))
}

describe('an index that processes fill', () => {
  it('at once is filled once, and all of them agree', async () => {
    const together = [spawn(), spawn(), spawn()]
    for (const { ended } of together) expect((await ended).code).toBe(0)
    const said = together.flatMap(({ lines }) => lines).sort()
    expect(said).toEqual(['changed', 'same', 'same'])
    await demandWhole()
  })

  it('is as before when one is killed at any reading of the journal; the next fills it', async () => {
    for (let read = 1; ; read++) {
      const { code, signal } = await spawn({ dieAtRead: read }).ended
      if (code === 0) {
        // All readings were tried: one of each file’s head, and of each its frames.
        expect(read).toBeGreaterThan(12)
        break
      }
      expect(signal).toBe('SIGKILL')
      const index = await test.open()
      expect(index.items.counts()).toEqual({ items: 0, versions: 0, binned: 0 })
      await test.close()
    }
    await demandWhole()
  })

  it('shows what is committed, at once, while another process is filling it', async () => {
    const child = spawn({ standAtRead: 8 })
    await child.says('standing')
    const index = await test.open()
    const start = performance.now()
    expect(index.items.counts().items).toBe(0)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('makes others wait without blocking them, and goes to them when its process is killed', async () => {
    const child = spawn({ standAtRead: 8 })
    await child.says('standing')
    const index = await test.open()
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    const waiting = index.catchUp(shared.query)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(ticks).toBeGreaterThan(3)
    clearInterval(timer)
    await child.kill()
    expect((await waiting).changed).toBe(true)
    expect(shownBy(index, state)).toEqual(shownByProjection(state))
  })

  it('is busy (x9) for whoever waits in vain', async () => {
    const child = spawn({ standAtRead: 8 })
    await child.says('standing')
    await using index = await VaultIndex.open(test.facts({ timeoutMs: 200 }))
    await expect(index.catchUp(shared.query)).rejects.toMatchObject({ code: 'VAULT_BUSY', exit: 9 })
  })

  it('tells that another process changed it, once, and not of its own changes', async () => {
    const index = await test.open()
    expect(index.changedElsewhere()).toBe(false)
    await index.beginJob([newId()])
    expect(index.changedElsewhere()).toBe(false)
    expect((await spawn().ended).code).toBe(0)
    expect(index.changedElsewhere()).toBe(true)
    expect(index.changedElsewhere()).toBe(false)
    expect(index.items.counts().items).toBe(state.items.size)
  })
})
