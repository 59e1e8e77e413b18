import type { Task } from './protocol.ts'

/** Larger files are worked on alone; smaller ones share a sync. */
const SMALL_FILE_BYTES = 1024 * 1024
const GROUP_FILES = 512
const GROUP_BYTES = 64 * 1024 * 1024
/** A rest is not cut into smaller groups: each costs a sync of its folders. */
const LEAST_FILES = 16

/**
 * Cuts a stream of tasks into groups for workers: one large file, or up to 512 small ones. Reads ahead while the
 * workers are busy, no further than one group for each, and deals a short rest evenly.
 */
export class Grouper {
  readonly #tasks: AsyncIterator<Task>
  readonly #workers: number
  readonly #again: (readonly Task[])[] = []
  readonly #small: Task[] = []
  #large: Task | undefined
  #ended = false
  /** Under way, or broken off by an error that nobody was told yet. */
  #reading: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #underWay = 0
  #settled = Promise.withResolvers<void>()

  constructor(tasks: AsyncIterator<Task>, workers: number) {
    this.#tasks = tasks
    this.#workers = workers
  }

  /** The next group; undefined when the stream has ended and no group under way can put anything back. */
  async next(): Promise<readonly Task[] | undefined> {
    for (;;) {
      const settled = this.#settled.promise
      const group = await this.#inTurn()
      if (group !== undefined) {
        this.#underWay++
        return group
      }
      if (this.#underWay === 0) return undefined
      await settled
    }
  }

  /** Says that a group is done with, but for those groups that have to be done (again). */
  settle(...again: readonly (readonly Task[])[]): void {
    this.#underWay--
    this.#again.push(...again.filter((group) => group.length > 0))
    const { resolve } = this.#settled
    this.#settled = Promise.withResolvers()
    resolve()
  }

  /** Ends the reading, also one that is under way. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#reading?.catch(() => {})
  }

  /** One caller at a time: the stream is read in order. */
  #inTurn(): Promise<readonly Task[] | undefined> {
    const result = this.#turn.then(() => this.#cut())
    this.#turn = result.catch(() => undefined)
    return result
  }

  async #cut(): Promise<readonly Task[] | undefined> {
    const again = this.#again.shift()
    if (again !== undefined) return again
    if (this.#large === undefined && this.#small.length < GROUP_FILES) await this.#readOn()
    const group = this.#take()
    // An error is kept for the next cut.
    if (group !== undefined) this.#startReading().catch(() => {})
    return group
  }

  async #readOn(): Promise<void> {
    try {
      await this.#startReading()
    } catch (error) {
      this.#reading = undefined
      throw error
    }
  }

  #startReading(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading
    this.#reading = this.#read()
    this.#reading.then(
      () => {
        this.#reading = undefined
      },
      () => {},
    )
    return this.#reading
  }

  async #read(): Promise<void> {
    while (!this.#ended && this.#large === undefined && this.#small.length < this.#workers * GROUP_FILES) {
      const step = await this.#tasks.next()
      if (step.done === true) this.#ended = true
      else if (step.value.sizeBytes > SMALL_FILE_BYTES) this.#large = step.value
      else this.#small.push(step.value)
    }
  }

  #take(): readonly Task[] | undefined {
    const large = this.#large
    this.#large = undefined
    if (large !== undefined) return [large]
    if (this.#small.length === 0) return undefined
    const fair = Math.max(LEAST_FILES, Math.ceil(this.#small.length / this.#workers))
    const most = Math.min(this.#small.length, GROUP_FILES, this.#ended ? fair : GROUP_FILES)
    let files = 0
    for (let bytes = 0; files < most && bytes < GROUP_BYTES; files++)
      bytes += this.#small[files]?.sizeBytes ?? 0
    return this.#small.splice(0, files)
  }
}
