import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Grouper } from '../../src/main/jobs/groups.ts'
import type { Task } from '../../src/main/jobs/index.ts'

const MIB = 1024 * 1024
const MOST_FILES = 512
const MOST_BYTES = 65 * MIB

const taskOf = (id: number, sizeBytes: number): Task => ({
  id,
  sizeBytes,
  source: `/${id}`,
  root: '/',
  steps: [],
  name: `${id}`,
  exists: 'refuse',
  resumable: false,
})

/** A stream of files of these sizes that counts how many were read from it. */
class Stream {
  read = 0
  readonly #sizes: readonly number[]

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes
  }

  async *tasks(): AsyncGenerator<Task> {
    for (const size of this.#sizes) yield taskOf(this.read++, size)
  }
}

const sizes = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 10_000 }),
    fc.constantFrom(0, MIB - 1, MIB, MIB + 1, 5_000 * MIB),
    fc.constant(900_000),
  ),
  { maxLength: 3_000, size: 'max' },
)
const workers = fc.integer({ min: 1, max: 8 })

describe('files cut into groups', () => {
  it('are each in one group, whatever their sizes; large ones alone, small ones within bounds', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, workers, async (all, count) => {
        const stream = new Stream(all)
        const grouper = new Grouper(stream.tasks(), count)
        const seen = new Set<number>()
        for (let group = await grouper.next(); group !== undefined; group = await grouper.next()) {
          expect(group.length).toBeGreaterThan(0)
          expect(group.length).toBeLessThanOrEqual(MOST_FILES)
          if (group.some(({ sizeBytes }) => sizeBytes > MIB)) expect(group).toHaveLength(1)
          else expect(group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThan(MOST_BYTES)
          for (const { id } of group) {
            expect(seen.has(id)).toBe(false)
            seen.add(id)
          }
          // What is read and not yet worked on is held in memory: no more than a group for each worker.
          expect(stream.read - seen.size).toBeLessThanOrEqual(count * MOST_FILES)
          grouper.settle()
        }
        expect(seen.size).toBe(all.length)
      }),
      { numRuns: 25 },
    )
  })

  it('come to every worker at once, each in one group, though some are given back again and again', async () => {
    const again = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(sizes, workers, again, async (all, count, rounds) => {
        const grouper = new Grouper(new Stream(all).tasks(), count)
        const times = new Map<number, number>()
        const left = new Map(all.map((_, id) => [id, rounds[id % rounds.length] ?? 0]))
        const serve = async () => {
          for (let group = await grouper.next(); group !== undefined; group = await grouper.next()) {
            await new Promise((done) => setImmediate(done))
            for (const { id } of group) times.set(id, (times.get(id) ?? 0) + 1)
            const back = group.filter(({ id }) => (left.get(id) ?? 0) > 0)
            for (const { id } of back) left.set(id, (left.get(id) ?? 0) - 1)
            const [first, ...rest] = back
            grouper.settle(first === undefined ? [] : [first], rest)
          }
        }
        await Promise.all(Array.from({ length: count }, serve))
        expect([...times].filter(([id, n]) => n !== 1 + (rounds[id % rounds.length] ?? 0))).toEqual([])
        expect(times.size).toBe(all.length)
      }),
      { numRuns: 15 },
    )
  })

  it('that are few are dealt evenly', async () => {
    const grouper = new Grouper(new Stream(Array(101).fill(5)).tasks(), 2)
    const lengths: number[] = []
    for (let group = await grouper.next(); group !== undefined; group = await grouper.next()) {
      lengths.push(group.length)
      grouper.settle()
    }
    expect(lengths.slice(0, 2)).toEqual([51, 25])
    expect(lengths.reduce((sum, length) => sum + length)).toBe(101)
  })

  it('of which one is large come without waiting for the small ones before it', async () => {
    async function* stuck(): AsyncGenerator<Task> {
      yield* new Stream([5, 5, 5, 2 * MIB]).tasks()
      await new Promise(() => {})
    }
    const grouper = new Grouper(stuck(), 2)
    expect((await grouper.next())?.map(({ id }) => id)).toEqual([3])
  })

  it('are looked for while the workers are busy, so that none waits for the next', async () => {
    const stream = new Stream(Array(3_000).fill(5))
    const grouper = new Grouper(stream.tasks(), 2)
    expect(await grouper.next()).toHaveLength(512)
    await vi.waitFor(() => expect(stream.read).toBe(512 + 2 * 512))
  })

  it('come to a second worker though more of the stream is not there yet', async () => {
    async function* slow(): AsyncGenerator<Task> {
      yield* new Stream(Array(1_024).fill(5)).tasks()
      await new Promise(() => {})
    }
    const grouper = new Grouper(slow(), 2)
    expect([await grouper.next(), await grouper.next()].map((group) => group?.length)).toEqual([512, 512])
  })

  it('are no longer looked for once the job has ended, and nothing is read after', async () => {
    const stream = new Stream(Array(5_000).fill(5))
    const grouper = new Grouper(stream.tasks(), 2)
    await grouper.next()
    await grouper.end()
    const { read } = stream
    expect(read).toBeLessThan(1_100)
    await new Promise((done) => setTimeout(done, 20))
    expect(stream.read).toBe(read)
  })

  it('end for nobody while a group is under way, for it may come back', async () => {
    const grouper = new Grouper(new Stream([2 * MIB]).tasks(), 2)
    const group = await grouper.next()
    const waiting = grouper.next()
    expect(await Promise.race([waiting, new Promise((done) => setTimeout(done, 20, 'waits'))])).toBe('waits')
    grouper.settle(group ?? [])
    expect(await waiting).toEqual(group)
    const end = grouper.next()
    grouper.settle()
    expect(await end).toBeUndefined()
    expect(await grouper.next()).toBeUndefined()
  })

  it('end with the error of their stream, which others waiting do not wait behind', async () => {
    async function* broken(): AsyncGenerator<Task> {
      yield taskOf(0, 2 * MIB)
      throw new Error('unreadable')
    }
    const grouper = new Grouper(broken(), 2)
    await grouper.next()
    // Time for the error to come while nobody asks: it must neither end the process nor be lost.
    await new Promise((done) => setTimeout(done, 5))
    await expect(grouper.next()).rejects.toThrow('unreadable')
    grouper.settle()
    expect(await grouper.next()).toBeUndefined()
  })
})
