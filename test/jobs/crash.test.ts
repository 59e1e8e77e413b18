import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/main/base/index.ts'
import { isTemporaryName } from '../../src/main/files/index.ts'
import { Job, type JobKey, type Outcome, type Task } from '../../src/main/jobs/index.ts'
import { openMessage, unwrapByRawAes } from '../../src/main/message/index.ts'
import { TestFolder } from '../support/folder.ts'

const WORKER = join(import.meta.dirname, '../support/worker-fixtures.mts')
const MIB = 1024 * 1024

/** One job over files in `plain/`, by threads that crash as `mode` says. */
class CrashingJob implements Disposable {
  readonly folder: TestFolder
  readonly #key = Secret.random('test key')
  readonly #sizes: Readonly<Record<string, number>>

  constructor(sizes: Readonly<Record<string, number>>) {
    this.#sizes = sizes
    const files = Object.entries(sizes).map(([name, size]) => [`plain/${name}`, randomBytes(size)] as const)
    this.folder = new TestFolder({ ...Object.fromEntries(files), log: '' })
    this.folder.write('out/.keep', '')
  }

  /** Runs it to its end. @returns each file's outcome, as “done” or an error code */
  async run(mode: string, more: Partial<Task> = {}): Promise<Readonly<Record<string, string>>> {
    process.env.STRONGROOM_TEST_WORKER = `${this.folder.at('log')}:${mode}`
    const key: JobKey = { namespace: 'tests', name: 'k', key: this.#key, proven: false, context: [] }
    const job = new Job({ workerPath: WORKER, work: { kind: 'seal', context: [] }, keys: [key] })
    const said = new Map<string, string>()
    await job.run(this.#tasks(more), async (group) => {
      for (const { task, outcome } of group) {
        // A file has one outcome, whatever crashed around it.
        expect(said.has(task.name)).toBe(false)
        said.set(task.name, wordOf(outcome))
      }
      return []
    })
    return Object.fromEntries([...said].sort())
  }

  /** The ids of all messages that were ever begun, in order. */
  get ids(): readonly string[] {
    return this.folder
      .read('log')
      .toString()
      .split('\n')
      .flatMap((line) => line.split(' ')[0] || [])
  }

  /** What is there under final names, opened: equal to its source or an error. */
  get sealed(): readonly string[] {
    const names = this.folder.names('out').filter((name) => name.endsWith('.sealed'))
    const key = { namespace: 'tests', name: 'k', key: this.#key.keyObject() }
    return names.map((name) => {
      const { plain } = openMessage(this.folder.read(`out/${name}`), { unwrap: unwrapByRawAes([key]) })
      const source = name.slice(0, -'.sealed'.length)
      expect(plain.equals(this.folder.read(`plain/${source}`))).toBe(true)
      return source
    })
  }

  get temporaries(): readonly string[] {
    return this.folder.names('out').filter(isTemporaryName)
  }

  async *#tasks(more: Partial<Task>): AsyncGenerator<Task> {
    for (const [id, [name, sizeBytes]] of Object.entries(this.#sizes).entries()) {
      const source = this.folder.at(`plain/${name}`)
      const place = { root: this.folder.path, steps: ['out'] }
      yield { id, source, sizeBytes, ...place, name, exists: 'refuse', resumable: true, ...more }
    }
  }

  [Symbol.dispose](): void {
    this.#key[Symbol.dispose]()
    this.folder[Symbol.dispose]()
  }
}

const wordOf = (outcome: Outcome): string =>
  outcome.status === 'failed'
    ? outcome.error.code
    : outcome.status === 'skipped'
      ? outcome.code
      : outcome.status

const SMALL = { a: 10, b: 20, 'crash here': 30, d: 40, e: 50, f: 60 }
const BIG = { a: 10, big: 3 * MIB, 'crash big': 5 * MIB, z: 40 }

describe('a worker that crashes', () => {
  afterEach(() => {
    delete process.env.STRONGROOM_TEST_WORKER
  })

  it('never, is what the others are measured by', async () => {
    using job = new CrashingJob({ ...SMALL, ...BIG })
    const outcomes = await job.run('ids')
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['done']))
    expect(job.ids).toHaveLength(9)
    expect(job.sealed).toHaveLength(9)
  })

  it('at a file as it is opened fails that file, and so each such one; the others are done', async () => {
    using job = new CrashingJob({ ...SMALL, 'crash there': 5 })
    const crashed = { 'crash here': 'WORKER_CRASHED', 'crash there': 'WORKER_CRASHED' }
    const done = Object.fromEntries(['a', 'b', 'd', 'e', 'f'].map((name) => [name, 'done']))
    expect(await job.run('open')).toEqual({ ...done, ...crashed })
    expect(job.sealed).toEqual(['a', 'b', 'd', 'e', 'f'])
    expect(job.temporaries).toEqual([])
    expect(new Set(job.ids).size).toBe(job.ids.length)
  })

  it('in the middle of a big file fails that file, and the others are done', async () => {
    using job = new CrashingJob(BIG)
    expect(await job.run('middle')).toEqual({
      a: 'done',
      big: 'done',
      'crash big': 'WORKER_CRASHED',
      z: 'done',
    })
    expect(job.sealed).toEqual(['a', 'big', 'z'])
    expect(job.temporaries).toEqual([])
    // Its header was on the disk already: the crash was really in the middle.
    expect(job.ids.length).toBeGreaterThanOrEqual(4)
  })

  it.each(['late', 'named'])(
    'between files (%s) has each done again by itself, under a new message id; the guilty one alone fails',
    async (mode) => {
      using job = new CrashingJob(SMALL)
      const outcomes = await job.run(mode)
      const { 'crash here': guilty, ...others } = outcomes
      expect(guilty).toBe('WORKER_CRASHED')
      // One that had its name already when the thread crashed is found done.
      for (const word of Object.values(others)) expect(['done', 'DONE']).toContain(word)
      expect(job.sealed.filter((name) => name !== 'crash here')).toEqual(['a', 'b', 'd', 'e', 'f'])
      expect(job.temporaries).toEqual([])
      // Control 3: more messages were begun than files are there, and no id twice.
      expect(job.ids.length).toBeGreaterThan(6)
      expect(new Set(job.ids).size).toBe(job.ids.length)
    },
  )

  it.each(['start', 'message'])('always (%s) fails every file, and the job ends', async (mode) => {
    using job = new CrashingJob(SMALL)
    const outcomes = await job.run(mode)
    expect(Object.keys(outcomes)).toEqual(Object.keys(SMALL).sort())
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['WORKER_CRASHED']))
    expect([job.sealed, job.temporaries, job.ids]).toEqual([[], [], []])
  })

  it('by an error that nobody catches fails no more than the file it is at', async () => {
    using job = new CrashingJob(BIG)
    const outcomes = await job.run('throw')
    const failed = Object.entries(outcomes).filter(([, word]) => word !== 'done')
    expect(failed.every(([name, word]) => name === 'crash big' && word === 'WORKER_CRASHED')).toBe(true)
    expect(job.sealed).toEqual(expect.arrayContaining(['a', 'big', 'z']))
    expect(job.temporaries).toEqual([])
  })

  it('is said with the kind of its error, never with its words or the file’s', async () => {
    using job = new CrashingJob({ 'crash big': 5 * MIB })
    process.env.STRONGROOM_TEST_WORKER = `${job.folder.at('log')}:middle`
    const key = { namespace: 'tests', name: 'k', proven: false, context: [] }
    using secret = Secret.random('test key')
    const errors: unknown[] = []
    const tasks = (async function* (): AsyncGenerator<Task> {
      const place = { root: job.folder.path, steps: ['out'], exists: 'refuse', resumable: false } as const
      yield { id: 7, source: job.folder.at('plain/crash big'), sizeBytes: 5 * MIB, name: 'x', ...place }
    })()
    const options = {
      workerPath: WORKER,
      work: { kind: 'seal', context: [] },
      keys: [{ ...key, key: secret }],
    } as const
    await new Job(options).run(tasks, async (group) => {
      for (const { outcome } of group) if (outcome.status === 'failed') errors.push(outcome.error)
      return []
    })
    expect(errors).toEqual([
      {
        code: 'WORKER_CRASHED',
        message: 'The thread that worked on this file crashed: it ended with 3.',
        facts: {},
      },
    ])
  })

  it('and is run again without crashing goes on with what is missing, under new message ids', async () => {
    using job = new CrashingJob({ ...SMALL, ...BIG })
    await job.run('middle')
    const before = job.ids.length
    const again = await job.run('ids')
    expect(again).toMatchObject({ a: 'DONE', big: 'DONE', 'crash big': 'done', 'crash here': 'DONE' })
    expect(job.sealed).toHaveLength(9)
    expect(job.ids.length).toBe(before + 1)
    expect(new Set(job.ids).size).toBe(job.ids.length)
  })
})
