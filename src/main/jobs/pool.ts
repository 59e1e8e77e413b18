import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { bug, type Secret } from '../base/index.ts'
import { openBelow, removeStaleTemporaries } from '../files/index.ts'
import { JobControl, NO_TASK } from './control.ts'
import { Grouper } from './groups.ts'
import type { FromWorker, KeyParcel, Outcome, PlainError, Task, ToWorker, Work } from './protocol.ts'

/** A raw AES key for a job. The Secret stays its owner's, and must live as long as the job. */
export type JobKey = Omit<KeyParcel, 'bytes'> & { readonly key: Secret }

export type JobOptions = {
  /** The built worker entry, handed down by the program's entry. */
  readonly workerPath: string
  readonly work: Work
  readonly keys: readonly JobKey[]
  readonly prepare?: Prepare
  readonly signal?: AbortSignal
  /** Threads; two are enough for small files, and one disk seldom feeds more. */
  readonly workers?: number
}

/**
 * Asked for what each file of a group needs that only the caller can get, just before a worker takes the group; again
 * for each new attempt. @returns one for each file, in any order
 */
export type Prepare = (group: readonly Task[]) => Promise<readonly Prepared[]>

/** A file with the keys that it alone is for, which end with its group; or why it can't be done. */
export type Prepared =
  | { readonly task: Task; readonly keys: readonly JobKey[] }
  | { readonly task: Task; readonly error: PlainError }

/** A file and how it ended. */
export type Settled = { readonly task: Task; readonly outcome: Outcome }

/**
 * Told of the files that were synced together, in one call, so that one record can be made of them; calls
 * may overlap. @returns the tasks to be done (again)
 */
export type OnGroup = (group: readonly Settled[]) => Promise<readonly Task[]>

/**
 * Runs a job's files on worker threads. A crashing worker fails the file it was at; the other files of its
 * group are done again with new ids and keys, by a new worker.
 */
export class Job {
  readonly #options: JobOptions
  readonly #control: JobControl
  readonly #keys: JobKey[]
  readonly #workers: (WorkerThread | undefined)[]
  /** Workers that found no means to start, while another one works on. */
  readonly #retired = new Set<number>()

  constructor(options: JobOptions) {
    const workers = options.workers ?? Math.min(2, availableParallelism())
    this.#options = options
    this.#keys = [...options.keys]
    this.#control = new JobControl(workers)
    this.#workers = Array.from({ length: workers }, () => undefined)
    options.signal?.addEventListener('abort', () => this.#control.stop(), { once: true })
    if (options.signal?.aborted) this.#control.stop()
  }

  /** Plain bytes worked through so far. */
  get bytesDone(): number {
    return this.#control.bytesDone
  }

  pause(): void {
    this.#control.pause()
  }

  resume(): void {
    this.#control.resume()
  }

  /** Gives all workers one more key; files that were refused for want of it are given back by `onGroup`. */
  addKey(key: JobKey): void {
    this.#keys.push(key)
    for (const worker of this.#workers) worker?.send(...parcel(key))
  }

  /** Works through `tasks`; ends when each that was read has its outcome. */
  async run(tasks: AsyncIterator<Task>, onGroup: OnGroup): Promise<void> {
    const grouper = new Grouper(tasks, this.#workers.length)
    const serve = async (index: number) => {
      while (!this.#control.stopped && !this.#retired.has(index)) {
        const group = await grouper.next()
        if (group === undefined) return
        let again: readonly (readonly Task[])[] = []
        try {
          again = await this.#runGroup(index, group, onGroup)
        } catch (error) {
          // Ours, not a file's: the other workers finish what they are at, and the job ends with it.
          this.#control.stop()
          throw error
        } finally {
          grouper.settle(...again)
        }
      }
    }
    const served = await Promise.allSettled(this.#workers.map((_, index) => serve(index)))
    await grouper.end()
    await Promise.all(this.#workers.map((worker) => worker?.end()))
    for (const result of served) if (result.status === 'rejected') throw result.reason
  }

  /** @returns the groups that have to be done (again) */
  async #runGroup(
    index: number,
    group: readonly Task[],
    onGroup: OnGroup,
  ): Promise<readonly (readonly Task[])[]> {
    const { ready, keys, failed } = await this.#prepared(group)
    const again = failed.length > 0 ? await onGroup(failed) : []
    if (ready.length === 0) return [again]
    const worker = this.#workerAt(index)
    const result = await worker.run(ready, keys)
    const left = new Map(ready.map((task) => [task.id, task]))
    const take = (outcome: Outcome): Settled => {
      const task = left.get(outcome.id) ?? bug(`an outcome of an unknown file ${outcome.id}`)
      left.delete(outcome.id)
      return { task, outcome }
    }
    if (result.kind === 'done') {
      const settled = result.outcomes.map(take)
      if (left.size > 0) bug(`${left.size} files without an outcome`)
      return [await onGroup(settled), again]
    }
    if (result.unstartable && this.#retire(index)) return [ready, again]
    const guilty = this.#buryWorker(index, worker, ready)
    if (guilty === undefined) return [...[...left.values()].map((task) => [task]), again]
    const message = `The thread that worked on this file crashed: ${result.error}.`
    const crashed = take({
      id: guilty,
      status: 'failed',
      error: { code: 'WORKER_CRASHED', message, facts: {} },
    })
    return [await onGroup([crashed]), [...left.values()], again]
  }

  /** A group with what its files need; those that can't have it are told from the others. */
  async #prepared(group: readonly Task[]) {
    const { prepare } = this.#options
    const ready: Task[] = []
    const keys: JobKey[] = []
    const failed: Settled[] = []
    if (prepare === undefined) return { ready: group, keys, failed }
    for (const prepared of await prepare(group)) {
      const { task } = prepared
      if ('error' in prepared) {
        failed.push({ task, outcome: { id: task.id, status: 'failed', error: prepared.error } })
      } else {
        ready.push(task)
        keys.push(...prepared.keys)
      }
    }
    return { ready, keys, failed }
  }

  /**
   * Does without a worker that could not start, as where the others have taken the last open file that is allowed:
   * its files are not to blame.
   *
   * @returns whether another worker is left
   */
  #retire(index: number): boolean {
    if (this.#retired.size + 1 >= this.#workers.length) return false
    this.#retired.add(index)
    this.#workers[index] = undefined
    return true
  }

  /** @returns the file that the crashed worker was at; undefined if it was between files */
  #buryWorker(index: number, worker: WorkerThread, group: readonly Task[]): number | undefined {
    const at = this.#control.taskOf(index)
    this.#control.forget(index)
    this.#workers[index] = undefined
    sweep(group, worker.threadId)
    if (group.length === 1) return group[0]?.id
    return at === NO_TASK ? undefined : at
  }

  #workerAt(index: number): WorkerThread {
    const known = this.#workers[index]
    if (known !== undefined) return known
    const worker = new WorkerThread(this.#options.workerPath)
    // Known before anything else can fail: a thread that nobody ends keeps the program from ending.
    this.#workers[index] = worker
    worker.send({ kind: 'begin', work: this.#options.work, shared: this.#control.shared, worker: index }, [])
    for (const key of this.#keys) worker.send(...parcel(key))
    return worker
  }
}

type GroupResult =
  | { readonly kind: 'done'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'crashed'; readonly error: string; readonly unstartable: boolean }

/** Garbage here is short-lived buffers and ciphers: collected early, memory stays flat at no cost in time. */
const YOUNG_MB = 6

/** One worker thread and the group it is at. */
class WorkerThread {
  readonly threadId: number
  readonly #worker: Worker
  #settle: ((result: GroupResult) => void) | undefined
  #crash: string | undefined
  #unstartable = false

  constructor(path: string) {
    this.#worker = new Worker(path, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    this.threadId = this.#worker.threadId
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'outcomes') this.#settle?.({ kind: 'done', outcomes: message.outcomes })
    })
    this.#worker.on('error', (error: unknown) => {
      this.#crash = error instanceof Error ? error.name : 'an unknown error'
      this.#unstartable = isForWantOfMeans(error)
    })
    this.#worker.on('exit', (code) => {
      this.#crash ??= `it ended with ${code}`
      this.#settle?.({ kind: 'crashed', error: this.#crash, unstartable: this.#unstartable })
    })
  }

  send(message: ToWorker, transfer: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer)
  }

  /** @param keys of these files alone; they end here */
  async run(tasks: readonly Task[], keys: readonly JobKey[]): Promise<GroupResult> {
    const parcels = keys.map((key) => parcelOf(key, key.key))
    if (this.#crash !== undefined) {
      return { kind: 'crashed', error: this.#crash, unstartable: this.#unstartable }
    }
    return new Promise((resolve) => {
      this.#settle = (result) => {
        this.#settle = undefined
        resolve(result)
      }
      this.send(
        { kind: 'group', tasks, keys: parcels },
        parcels.map(({ bytes }) => bytes),
      )
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** The thread itself, or its program, could not be opened. */
function isForWantOfMeans(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return code === 'ERR_WORKER_INIT_FAILED' || /\b(EMFILE|ENFILE)\b/.test(`${code} ${error.message}`)
}

/** A key as a message whose buffer is a copy made for this one transfer. */
function parcel(key: JobKey): [ToWorker, readonly ArrayBuffer[]] {
  const made = parcelOf(key, key.key.copy())
  return [{ kind: 'key', key: made }, [made.bytes]]
}

function parcelOf({ namespace, name, proven, context }: JobKey, secret: Secret): KeyParcel {
  return { namespace, name, proven, context, bytes: secret.surrender() }
}

/** Removes what a crashed thread left in the folders of its group. */
function sweep(group: readonly Task[], threadId: number): void {
  const folders = new Map(group.map((task) => [`${task.root}\0${task.steps.join('/')}`, task]))
  for (const { root, steps } of folders.values()) {
    try {
      using folder = openBelow(root, steps)
      removeStaleTemporaries(folder, threadId)
    } catch {
      // A folder that can't be opened is reported by the files that go into it.
    }
  }
}
