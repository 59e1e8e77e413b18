import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Secret, VaultError } from '../../src/main/base/index.ts'
import { Job, type JobKey, type Outcome, type Task } from '../../src/main/jobs/index.ts'
import { TestFolder } from '../support/folder.ts'

const WORKER = join(import.meta.dirname, '../../out/main/worker.js')
const SEAL = { kind: 'seal', context: [['purpose', 'test']] } as const

const keyOf = (key: Secret): JobKey => ({ namespace: 'tests', name: 'k', key, proven: false, context: [] })

/** Files of a few bytes; said to be larger than a mebibyte each goes to its worker alone. */
async function* tasksFor(folder: TestFolder, count: number, sizeBytes = 10): AsyncGenerator<Task> {
  for (let id = 0; id < count; id++) {
    const source = folder.write(`plain/${id}`, `contents ${id}`)
    const place = { root: folder.path, steps: ['out'] }
    yield { id, source, sizeBytes, ...place, name: `${id}`, exists: 'refuse', resumable: false }
  }
}

function testFolder(): TestFolder {
  return new TestFolder({ 'out/.keep': '', 'plain/.keep': '' })
}

describe('keys on their way to worker threads', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('travel in transferred buffers alone, which empties the sender; the Secret stays its owner’s', async () => {
    using folder = testFolder()
    const bytes = randomBytes(32)
    using key = Secret.take(new Uint8Array(bytes), 'test key')
    const sent: { readonly kind: string; readonly holdsKey: boolean; readonly inList: boolean }[] = []
    const buffers: ArrayBuffer[] = []
    const post = Worker.prototype.postMessage
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (
      this: Worker,
      message: unknown,
      list?: unknown,
    ) {
      const found = buffersIn(message)
      const holding = found.filter((buffer) => Buffer.from(buffer).includes(bytes))
      const inList = holding.every((buffer) => Array.isArray(list) && list.includes(buffer))
      sent.push({ kind: kindOf(message), holdsKey: holding.length > 0, inList })
      buffers.push(...holding)
      Reflect.apply(post, this, [message, list])
    })
    const job = new Job({ workerPath: WORKER, work: SEAL, keys: [keyOf(key)], workers: 2 })
    await job.run(tasksFor(folder, 40), async () => [])
    expect(folder.names('out')).toHaveLength(41)
    const withKey = sent.filter(({ holdsKey }) => holdsKey)
    expect(withKey).toEqual([
      { kind: 'key', holdsKey: true, inList: true },
      { kind: 'key', holdsKey: true, inList: true },
    ])
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set(['begin', 'key', 'group']))
    expect(buffers.map((buffer) => buffer.byteLength)).toEqual([0, 0])
    expect(key.use((own) => Buffer.from(own).equals(bytes))).toBe(true)
  })
})

describe('a job', () => {
  it('of no files ends', async () => {
    using folder = testFolder()
    using key = Secret.random('k')
    const said: unknown[] = []
    await new Job({ workerPath: WORKER, work: SEAL, keys: [keyOf(key)] }).run(
      tasksFor(folder, 0),
      async (group) => {
        said.push(group)
        return []
      },
    )
    expect(said).toEqual([])
  })

  it('whose worker can’t be started fails every file, and ends', async () => {
    using folder = testFolder()
    using key = Secret.random('k')
    const codes: (string | undefined)[] = []
    const job = new Job({ workerPath: folder.at('no-such-worker.js'), work: SEAL, keys: [keyOf(key)] })
    await job.run(tasksFor(folder, 5), async (group) => {
      for (const { outcome } of group)
        codes.push(outcome.status === 'failed' ? outcome.error.code : outcome.status)
      return []
    })
    expect(codes).toEqual(Array(5).fill('WORKER_CRASHED'))
  })

  it('without a key is a bug, said of each file', async () => {
    using folder = testFolder()
    const codes: (string | undefined)[] = []
    await new Job({ workerPath: WORKER, work: SEAL, keys: [] }).run(tasksFor(folder, 2), async (group) => {
      for (const { outcome } of group)
        codes.push(outcome.status === 'failed' ? outcome.error.code : outcome.status)
      return []
    })
    expect(codes).toEqual(['BUG', 'BUG'])
  })

  it('with a key that has ended is a bug of its caller’s, and leaves no thread that keeps the program', async () => {
    using folder = testFolder()
    const key = Secret.random('k')
    key[Symbol.dispose]()
    const job = new Job({ workerPath: WORKER, work: SEAL, keys: [keyOf(key)] })
    await expect(job.run(tasksFor(folder, 2), async () => [])).rejects.toMatchObject({ code: 'BUG' })
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Worker')).toEqual([])
    expect(threads()).toBe(0)
  })

  it('that was stopped before it began does nothing', async () => {
    using folder = testFolder()
    using key = Secret.random('k')
    const tasks = tasksFor(folder, 5)
    const next = vi.spyOn(tasks, 'next')
    const job = new Job({ workerPath: WORKER, work: SEAL, keys: [keyOf(key)], signal: AbortSignal.abort() })
    await job.run(tasks, async () => [])
    expect([next.mock.calls.length, folder.names('out')]).toEqual([0, ['.keep']])
  })

  it('that is stopped between files tells each file it had read, and reads no more', async () => {
    using folder = testFolder()
    using key = Secret.random('k')
    const stop = new AbortController()
    let read = 0
    const tasks = (async function* () {
      for await (const task of tasksFor(folder, 60, 2_000_000)) {
        read++
        yield task
      }
    })()
    const outcomes: Outcome[] = []
    const job = new Job({ workerPath: WORKER, work: SEAL, keys: [keyOf(key)], signal: stop.signal })
    await job.run(tasks, async (group) => {
      stop.abort()
      outcomes.push(...group.map(({ outcome }) => outcome))
      return []
    })
    const done = outcomes.filter(({ status }) => status === 'done')
    expect(new Set(outcomes.map(({ id }) => id)).size).toBe(outcomes.length)
    expect(done.length).toBeGreaterThan(0)
    expect(read).toBeLessThan(10)
    expect(folder.names('out').filter((name) => name.endsWith('.sealed'))).toHaveLength(done.length)
    expect(folder.names('out')).toHaveLength(done.length + 1)
  })

  it('ends with the error of its caller: of the record that is made of a group, or of the stream', async () => {
    using folder = testFolder()
    using key = Secret.random('k')
    const job = () => new Job({ workerPath: WORKER, work: SEAL, keys: [keyOf(key)] })
    const noRecord = job().run(tasksFor(folder, 4), async () => {
      throw new VaultError('NO_SPACE', 'no room for the record')
    })
    await expect(noRecord).rejects.toMatchObject({ code: 'NO_SPACE' })
    const broken = (async function* (): AsyncGenerator<Task> {
      yield* tasksFor(folder, 1)
      throw new VaultError('IO_ERROR', 'unreadable')
    })()
    await expect(job().run(broken, async () => [])).rejects.toMatchObject({ code: 'IO_ERROR' })
  })

  it('counts the plain bytes that it worked through, of every worker', async () => {
    using folder = testFolder()
    using key = Secret.random('k')
    const job = new Job({ workerPath: WORKER, work: SEAL, keys: [keyOf(key)], workers: 2 })
    let bytes = 0
    await job.run(tasksFor(folder, 60), async (group) => {
      for (const { outcome } of group) bytes += outcome.status === 'done' ? outcome.plainBytes : 0
      return []
    })
    expect(bytes).toBe([...Array(60).keys()].reduce((sum, id) => sum + `contents ${id}`.length, 0))
    expect(job.bytesDone).toBe(bytes)
  })
})

/** Worker threads of this process that still run. */
function threads(): number {
  return readdirSync('/proc/self/task').filter((id) => commOf(id) === 'WorkerThread').length
}

function commOf(id: string): string {
  try {
    return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}

function kindOf(message: unknown): string {
  return typeof message === 'object' && message !== null && 'kind' in message ? String(message.kind) : 'none'
}

/** Every buffer anywhere in a message. */
function buffersIn(value: unknown): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) return [value]
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : []
  if (typeof value !== 'object' || value === null || value instanceof SharedArrayBuffer) return []
  return Object.values(value).flatMap(buffersIn)
}
