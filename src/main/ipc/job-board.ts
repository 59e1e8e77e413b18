import { fail } from '../base/index.ts'
import type { JobId } from '../contract/ipc/inputs.ts'
import type { JobView } from '../contract/ipc/job-nouns.ts'
import { BoardJob, type JobPlan } from './job.ts'

/** Events of a job are at most ten a second (UI, "Jobs"). */
const TELL_EVERY_MS = 100

export type BoardEvents = {
  readonly job: (job: JobView) => void
  readonly gone: (job: JobId) => void
  /** It ended, and how. */
  readonly ended: (job: JobView) => void
}

/** The jobs of this run of the program, newest first: those at work, and those that ended and were not dismissed. */
export class JobBoard {
  readonly #events: BoardEvents
  readonly #jobs = new Map<JobId, BoardJob>()
  readonly #told = new Map<JobId, string>()
  #timer: NodeJS.Timeout | undefined

  constructor(events: BoardEvents) {
    this.#events = events
  }

  get views(): readonly JobView[] {
    return [...this.#jobs.values()].reverse().map((job) => job.view())
  }

  get running(): boolean {
    return [...this.#jobs.values()].some((job) => job.running)
  }

  /** Whether a job is at work on the open vault. */
  get vaultAtWork(): boolean {
    return [...this.#jobs.values()].some((job) => job.running && job.plan.ofVault)
  }

  /** Starts a job. @param signal ends it, as a lock does */
  start(plan: JobPlan, signal?: AbortSignal): JobView {
    const job = new BoardJob(plan)
    this.#jobs.set(job.id, job)
    job.start(signal)
    void job.ended.then(() => this.#end(job))
    this.#timer ??= setInterval(() => this.#tell(), TELL_EVERY_MS)
    this.#tell()
    return job.view()
  }

  /** Runs what ended once more, as it was: what is done is skipped. @throws CALL_REFUSED it can't be */
  retry(id: JobId, signal?: AbortSignal): JobView {
    const job = this.#at(id)
    if (!job.view().can.retry) fail('CALL_REFUSED', 'This job can’t be run again as it was.')
    this.#remove(job)
    return this.start(job.plan, signal)
  }

  pause(id: JobId): JobView {
    return this.#do(id, (job) => job.pause())
  }

  resume(id: JobId): JobView {
    return this.#do(id, (job) => job.resume())
  }

  cancel(id: JobId): JobView {
    return this.#do(id, (job) => job.cancel())
  }

  /** Takes an ended job off the list. @throws CALL_REFUSED it is at work */
  dismiss(id: JobId): void {
    const job = this.#at(id)
    if (job.running) fail('CALL_REFUSED', 'This job is still at work.')
    this.#remove(job)
  }

  /** @throws HANDLE_UNKNOWN */
  job(id: JobId): BoardJob {
    return this.#at(id)
  }

  /** At lock: the vault's jobs and their file names go, as soon as each has stopped. */
  dropVaultJobs(): void {
    for (const job of this.#jobs.values()) {
      if (!job.plan.ofVault) continue
      job.cancel()
      this.#remove(job)
    }
  }

  /** Tells all to stop; resolves when they have. */
  async stopAll(): Promise<void> {
    for (const job of this.#jobs.values()) job.cancel()
    await Promise.all([...this.#jobs.values()].map((job) => job.ended))
  }

  #do(id: JobId, act: (job: BoardJob) => void): JobView {
    const job = this.#at(id)
    act(job)
    this.#tell()
    return job.view()
  }

  #at(id: JobId): BoardJob {
    return this.#jobs.get(id) ?? fail('HANDLE_UNKNOWN', 'That job is not on the list any more.')
  }

  #end(job: BoardJob): void {
    if (!this.#jobs.has(job.id)) return
    this.#tell()
    this.#events.ended(job.view())
  }

  #remove(job: BoardJob): void {
    this.#jobs.delete(job.id)
    this.#told.delete(job.id)
    this.#events.gone(job.id)
  }

  /** Tells of each job that is different from when it was last told of. */
  #tell(): void {
    for (const job of this.#jobs.values()) {
      const view = job.view()
      const text = JSON.stringify({ ...view, seconds: Math.floor(view.seconds) })
      if (this.#told.get(job.id) === text) continue
      this.#told.set(job.id, text)
      this.#events.job(view)
    }
    if (this.running) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
