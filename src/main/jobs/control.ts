/**
 * The memory that a job's threads share: one command for all, and for each worker what it is doing. Read at
 * every chunk, so that a pause or a stop takes effect within a mebibyte, without messages in between.
 *
 *     command i32 ‖ unused 4 ‖ per worker: plain bytes done i64 ‖ task at hand i32 ‖ unused 4
 */
const RUN = 0
const PAUSE = 1
const STOP = 2

const COMMAND = 0
const HEAD_BYTES = 8
const WORKER_BYTES = 16
/** No file in particular: between files, or syncing a group. */
export const NO_TASK = -1

const counterOf = (shared: SharedArrayBuffer, worker: number) =>
  new BigInt64Array(shared, HEAD_BYTES + worker * WORKER_BYTES, 1)
const taskIndex = (worker: number) => (HEAD_BYTES + worker * WORKER_BYTES + 8) / 4

/** Thrown inside a worker when the job was stopped; never leaves the jobs room. */
export class Stopped extends Error {}

/** The pool's side. */
export class JobControl {
  readonly shared: SharedArrayBuffer
  readonly #ints: Int32Array
  readonly #workers: number

  constructor(workers: number) {
    this.shared = new SharedArrayBuffer(HEAD_BYTES + workers * WORKER_BYTES)
    this.#ints = new Int32Array(this.shared)
    this.#workers = workers
    for (let worker = 0; worker < workers; worker++) this.forget(worker)
  }

  pause(): void {
    Atomics.compareExchange(this.#ints, COMMAND, RUN, PAUSE)
  }

  resume(): void {
    Atomics.compareExchange(this.#ints, COMMAND, PAUSE, RUN)
    Atomics.notify(this.#ints, COMMAND)
  }

  stop(): void {
    Atomics.store(this.#ints, COMMAND, STOP)
    Atomics.notify(this.#ints, COMMAND)
  }

  get stopped(): boolean {
    return Atomics.load(this.#ints, COMMAND) === STOP
  }

  /** Plain bytes worked through by all workers so far. */
  get bytesDone(): number {
    let sum = 0n
    for (let worker = 0; worker < this.#workers; worker++)
      sum += Atomics.load(counterOf(this.shared, worker), 0)
    return Number(sum)
  }

  /** The file that a worker is at; NO_TASK between files. */
  taskOf(worker: number): number {
    return Atomics.load(this.#ints, taskIndex(worker))
  }

  forget(worker: number): void {
    Atomics.store(this.#ints, taskIndex(worker), NO_TASK)
  }
}

/** The worker's side. */
export class WorkerControl {
  readonly #ints: Int32Array
  readonly #counter: BigInt64Array
  readonly #taskIndex: number

  constructor(shared: SharedArrayBuffer, worker: number) {
    this.#ints = new Int32Array(shared)
    this.#counter = counterOf(shared, worker)
    this.#taskIndex = taskIndex(worker)
  }

  at(task: number): void {
    Atomics.store(this.#ints, this.#taskIndex, task)
  }

  progress(bytes: number): void {
    Atomics.add(this.#counter, 0, BigInt(bytes))
  }

  /** Waits while the job is paused. @throws Stopped */
  check(): void {
    while (Atomics.load(this.#ints, COMMAND) === PAUSE) Atomics.wait(this.#ints, COMMAND, PAUSE)
    if (Atomics.load(this.#ints, COMMAND) === STOP) throw new Stopped()
  }
}
