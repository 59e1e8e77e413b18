import { statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WriteLock } from '../../src/main/index/index.ts'
import { MemoryDisk, TestVault } from '../journal/support.ts'
import { type Child, SharedVault } from './children.ts'
import { TestIndex } from './support.ts'

let test: TestIndex
let shared: SharedVault
let lock: WriteLock
const children: Child[] = []
beforeEach(async () => {
  test = await TestIndex.make()
  shared = new SharedVault(test, new TestVault(), new MemoryDisk())
  lock = WriteLock.open(test.lock)
})
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill()
  lock[Symbol.dispose]()
  await test[Symbol.asyncDispose]()
})

function spawn(what: string): Child {
  const child = shared.spawn(what)
  children.push(child)
  return child
}

async function taken(timeoutMs: number, of = lock): Promise<Disposable> {
  const held = await of.acquire(timeoutMs)
  if (held === 'busy') throw new Error('busy')
  return held
}

describe('the write lock', () => {
  it('is taken, is held until it is freed, and can be taken again', async () => {
    const held = await taken(0)
    expect(lock.held).toBe(true)
    held[Symbol.dispose]()
    expect(lock.held).toBe(false)
    held[Symbol.dispose]()
    using again = await taken(0)
    expect([lock.held, again]).toEqual([true, again])
  })

  it('keeps out another process, at once where there is no time to wait', async () => {
    const child = spawn('hold')
    await child.says('held')
    const start = performance.now()
    expect(await lock.acquire(0)).toBe('busy')
    expect(performance.now() - start).toBeLessThan(500)
  })

  it('keeps out another process for as long as there is time, without blocking this one', async () => {
    const child = spawn('hold')
    await child.says('held')
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    const start = performance.now()
    expect(await lock.acquire(600)).toBe('busy')
    clearInterval(timer)
    expect(performance.now() - start).toBeGreaterThanOrEqual(599)
    expect(ticks).toBeGreaterThan(10)
  })

  it('is free at once when its holder is killed (F14)', async () => {
    const child = spawn('hold')
    await child.says('held')
    const waiting = lock.acquire(10_000)
    const killedAt = performance.now()
    await child.kill()
    const held = await waiting
    expect(held).not.toBe('busy')
    // Tried every 100 ms; the rest is what a busy machine takes.
    expect(performance.now() - killedAt).toBeLessThan(2000)
  })

  it('this process keeps out another', async () => {
    using held = await taken(0)
    const child = spawn('hold')
    await child.says('busy')
    expect(held).toBeDefined()
  })

  it('keeps out another part of this process, by the same object or by one of its own', async () => {
    using other = WriteLock.open(test.lock)
    const held = await taken(0)
    expect(await lock.acquire(0)).toBe('busy')
    expect(await other.acquire(0)).toBe('busy')
    held[Symbol.dispose]()
    using theirs = await taken(0, other)
    expect(await lock.acquire(0)).toBe('busy')
    expect(theirs).toBeDefined()
  })

  it('is still held after others of this process opened and closed the file as we do', async () => {
    using held = await taken(0)
    WriteLock.open(test.lock)[Symbol.dispose]()
    const child = spawn('hold')
    await child.says('busy')
    expect(held).toBeDefined()
  })

  it('is taken in turns by three processes, never by two at once', async () => {
    const turns = [spawn('takeTurns'), spawn('takeTurns'), spawn('takeTurns')]
    for (const { ended } of turns) expect((await ended).code).toBe(0)
    const spans = turns.flatMap(({ lines }) => {
      const times = lines.map((line) => BigInt(line.split(' ')[1] ?? ''))
      return Array.from({ length: times.length / 2 }, (_, index) => [times[2 * index], times[2 * index + 1]])
    })
    expect(spans.length).toBe(60)
    const ordered = spans.sort(([a], [b]) => ((a ?? 0n) < (b ?? 0n) ? -1 : 1))
    for (const [index, [start]] of ordered.entries()) {
      const [, endBefore] = ordered[index - 1] ?? [0n, 0n]
      expect((start ?? 0n) > (endBefore ?? 0n)).toBe(true)
    }
  })

  it('stops waiting when it is told to', async () => {
    using _ = await taken(0)
    const stop = new AbortController()
    const waiting = lock.acquire(10_000, stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('writes nothing: the file stays empty', async () => {
    using _ = await taken(0)
    expect(statSync(test.lock).size).toBe(0)
  })
})
