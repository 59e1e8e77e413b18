import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/main/base/index.ts'
import { Job, type JobKey, type Outcome, type Task } from '../../src/main/jobs/index.ts'
import { parseHeader } from '../../src/main/message/index.ts'
import { TestFolder } from '../support/folder.ts'

const WORKER = join(import.meta.dirname, '../../out/main/worker.js')

const key = (bytes = randomBytes(32)): JobKey => ({
  namespace: 'tests',
  name: 'k',
  key: Secret.take(new Uint8Array(bytes), 'test key'),
  proven: false,
  context: [],
})

function tasksFor(folder: TestFolder, names: readonly string[], sizeBytes = 1): Task[] {
  return names.map((name, id) => ({
    id,
    source: folder.at(name),
    sizeBytes,
    root: folder.path,
    steps: ['out'],
    name,
    exists: 'refuse',
    resumable: false,
  }))
}

async function* stream(tasks: readonly Task[]): AsyncGenerator<Task> {
  yield* tasks
}

/** Runs a job to its end. @returns each file's outcome by name, in the order they came */
async function run(job: Job, tasks: readonly Task[]): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  await job.run(stream(tasks), async (group) => {
    for (const { task, outcome } of group) {
      // A file has one outcome, whatever crashed around it.
      expect(outcomes.has(task.name)).toBe(false)
      outcomes.set(task.name, outcome)
    }
    return []
  })
  return outcomes
}

const SEAL = { kind: 'seal', context: [] } as const
const files = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, `contents of ${name}`]))

it('no two attempts share a message id, nor two files of a job', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `f${i}`)
  using folder = new TestFolder({ ...files(names), 'out/.keep': '' })
  const ids = new Set<string>()
  const job = new Job({ workerPath: WORKER, work: SEAL, keys: [key()] })
  let again = true
  await job.run(stream(tasksFor(folder, names)), async (group) => {
    for (const { task } of group) ids.add(messageId(folder, task.name))
    const replace = again ? group.map(({ task }) => ({ ...task, exists: 'replace' as const })) : []
    again = false
    return replace
  })
  expect(ids.size).toBeGreaterThan(40)
})

it('a key that comes later opens what was refused before', async () => {
  const bytes = randomBytes(32)
  using folder = new TestFolder({ a: 'hello', 'out/.keep': '' })
  await run(new Job({ workerPath: WORKER, work: SEAL, keys: [key(bytes)] }), tasksFor(folder, ['a']))
  const [task] = tasksFor(folder, ['out/a.sealed'])
  const job = new Job({ workerPath: WORKER, work: { kind: 'unseal', requiredContext: [] }, keys: [] })
  const codes: string[] = []
  await job.run(stream(task ? [{ ...task, name: 'a.sealed' }] : []), async ([settled]) => {
    if (settled?.outcome.status !== 'failed') return []
    codes.push(settled.outcome.error.code)
    job.addKey(key(bytes))
    return [settled.task]
  })
  expect(codes).toEqual(['KEY_MISMATCH'])
  expect(folder.read('out/a').toString()).toBe('hello')
})

describe('a job under way', () => {
  const BIG = 192 * 1024 * 1024

  it('pauses within a moment, goes on, and ends whole', async () => {
    using folder = new TestFolder({ big: Buffer.alloc(BIG), 'out/.keep': '' })
    const job = new Job({ workerPath: WORKER, work: SEAL, keys: [key()] })
    const running = run(job, tasksFor(folder, ['big'], BIG))
    while (job.bytesDone === 0) await sleep(1)
    job.pause()
    await sleep(100)
    const paused = job.bytesDone
    expect(paused).toBeLessThan(BIG)
    await sleep(200)
    expect(job.bytesDone).toBe(paused)
    job.resume()
    expect((await running).get('big')).toMatchObject({ status: 'done', plainBytes: BIG })
    expect(job.bytesDone).toBe(BIG)
  })

  it('stops when asked, also while it is paused, and leaves nothing', async () => {
    using folder = new TestFolder({ big: Buffer.alloc(BIG), 'out/.keep': '' })
    const stop = new AbortController()
    const job = new Job({ workerPath: WORKER, work: SEAL, keys: [key()], signal: stop.signal })
    const running = run(job, tasksFor(folder, ['big'], BIG))
    while (job.bytesDone === 0) await sleep(1)
    job.pause()
    stop.abort()
    expect((await running).get('big')).toEqual({ id: 0, status: 'stopped' })
    expect(folder.names('out')).toEqual(['.keep'])
  })
})

function messageId(folder: TestFolder, name: string): string {
  const header = parseHeader(folder.read(`out/${name}.sealed`))
  return header === 'short' ? 'none' : Buffer.from(header.messageId).toString('hex')
}
