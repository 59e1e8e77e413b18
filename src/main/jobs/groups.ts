import type { Task } from './protocol.ts'

/** Larger files are worked on alone; smaller ones share a sync. */
const SMALL_FILE_BYTES = 1024 * 1024
const GROUP_FILES = 512
const GROUP_BYTES = 64 * 1024 * 1024

/**
 * Cuts a stream of tasks into groups for workers: one large file, or up to 512 small ones. Reads ahead no
 * further than one group for each worker, and deals a short rest evenly.
 */
export class Grouper {
  readonly #tasks: AsyncIterator<Task>
  readonly #workers: number
  readonly #again: (readonly Task[])[] = []
  readonly #small: Task[] = []
  #ended = false
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

  /** One caller at a time: the stream is read in order. */
  #inTurn(): Promise<readonly Task[] | undefined> {
    const result = this.#turn.then(() => this.#cut())
    this.#turn = result.catch(() => undefined)
    return result
  }

  async #cut(): Promise<readonly Task[] | undefined> {
    const again = this.#again.shift()
    if (again !== undefined) return again
    while (!this.#ended && this.#small.length < this.#workers * GROUP_FILES) {
      const step = await this.#tasks.next()
      if (step.done === true) this.#ended = true
      else if (step.value.sizeBytes > SMALL_FILE_BYTES) return [step.value]
      else this.#small.push(step.value)
    }
    if (this.#small.length === 0) return undefined
    const fair = Math.min(GROUP_FILES, Math.ceil(this.#small.length / this.#workers))
    let files = 0
    for (let bytes = 0; files < fair && bytes < GROUP_BYTES; files++)
      bytes += this.#small[files]?.sizeBytes ?? 0
    return this.#small.splice(0, files)
  }
}
