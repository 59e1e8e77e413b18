import { asVaultError, type VaultError } from '../base/index.ts'
import { CODES, type ErrorCode } from '../contract/codes.ts'
import { type JobId, jobId } from '../contract/ipc/inputs.ts'
import type { FailedFile, JobKind, JobState, JobView } from '../contract/ipc/job-nouns.ts'
import { displayText } from '../files/index.ts'
import type { JobEvent, JobHandle, JobOptions } from '../vault/index.ts'
import { newToken } from './handles.ts'
import { refusalOf } from './refusal.ts'

/** What a job does and how it is told of. */
export type JobPlan = {
  readonly kind: JobKind
  /** Fit for a screen. */
  readonly place: string
  /** Of the open vault: a lock stops and removes it. */
  readonly ofVault: boolean
  /** Can be run again as it is: nothing that it took is gone since. */
  readonly again: boolean
  /** The folder that it writes into, to be shown. */
  readonly folder?: string
  readonly run: (job: RunningJob) => Promise<void>
}

/** What a job's work has: the service's options, and a word for counts that it makes itself. */
export type RunningJob = {
  readonly options: Required<Pick<JobOptions, 'onEvent' | 'signal' | 'onStart'>>
  counted(done: { readonly files: number; readonly bytes: number }): void
  expects(found: { readonly files: number; readonly bytes: number }): void
  failed(path: string, error: { readonly code: ErrorCode; readonly message: string }): void
}

/** More failed files than anybody reads one by one; all are counted. */
const MAX_FAILED_KEPT = 10_000

/** One job of this run of the program, from its start to its end. */
export class BoardJob {
  readonly id: JobId = newToken(jobId)
  readonly plan: JobPlan
  readonly #stop = new AbortController()
  readonly #startedMs = Date.now()
  readonly #failedFiles: FailedFile[] = []
  #state: JobState = 'running'
  #handle: JobHandle | undefined
  #found = { files: 0, bytes: 0 }
  #foundAll = false
  #done = { files: 0, bytes: 0 }
  #skipped = 0
  #failed = 0
  #refusal: VaultError | undefined
  #workedMs = 0
  #workingSinceMs: number | undefined = performance.now()
  #ended: Promise<void> = Promise.resolve()

  constructor(plan: JobPlan) {
    this.plan = plan
  }

  get running(): boolean {
    return this.#state === 'running' || this.#state === 'paused' || this.#state === 'stopping'
  }

  get ended(): Promise<void> {
    return this.#ended
  }

  /** @param signal ends it from outside, as a lock does */
  start(signal: AbortSignal | undefined): void {
    signal?.addEventListener('abort', () => this.cancel(), { once: true })
    this.#ended = this.#run()
  }

  pause(): void {
    if (this.#state !== 'running' || this.#handle === undefined) return
    this.#handle.pause()
    this.#state = 'paused'
    this.#rest()
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#handle?.resume()
    this.#state = 'running'
    this.#workingSinceMs = performance.now()
  }

  cancel(): void {
    if (!this.running) return
    this.#stop.abort()
    this.#state = 'stopping'
  }

  failedFiles(from: number, count: number): readonly FailedFile[] {
    return this.#failedFiles.slice(from, from + count)
  }

  view(): JobView {
    const steered = this.#handle !== undefined
    const ended = !this.running
    // Until a file is done its bytes are known only to the workers.
    const bytes = Math.max(this.#done.bytes, this.#handle?.bytesDone ?? 0)
    return {
      job: this.id,
      kind: this.plan.kind,
      state: this.#state,
      place: this.plan.place,
      found: this.#found,
      foundAll: this.#foundAll,
      done: { files: this.#done.files, bytes: this.#foundAll ? Math.min(bytes, this.#found.bytes) : bytes },
      skipped: this.#skipped,
      failed: this.#failed,
      startedMs: this.#startedMs,
      seconds: this.#seconds(),
      refusal: this.#refusal ? refusalOf(this.#refusal) : null,
      can: {
        pause: steered && this.#state === 'running',
        cancel: this.#state === 'running' || this.#state === 'paused',
        retry: ended && this.plan.again,
        show: ended && this.plan.folder !== undefined,
      },
    }
  }

  async #run(): Promise<void> {
    const signal = this.#stop.signal
    try {
      await this.plan.run({
        options: { signal, onEvent: (event) => this.#event(event), onStart: (handle) => this.#begun(handle) },
        counted: (done) => {
          this.#done = done
        },
        expects: (found) => {
          this.#found = found
          this.#foundAll = true
        },
        failed: (path, error) => this.#fail(path, error),
      })
      this.#state = signal.aborted ? 'stopped' : 'done'
    } catch (error) {
      const refusal = asVaultError(error)
      const isStop = signal.aborted && (refusal.code === 'INTERRUPTED' || refusal.code === 'VAULT_LOCKED')
      this.#state = isStop ? 'stopped' : 'refused'
      if (!isStop) this.#refusal = refusal
    } finally {
      this.#rest()
    }
  }

  #begun(handle: JobHandle): void {
    this.#handle = handle
    if (this.#state === 'paused') handle.pause()
  }

  #event(event: JobEvent): void {
    switch (event.kind) {
      case 'found':
        this.#found = { files: event.files, bytes: event.bytes }
        this.#foundAll = event.complete
        return
      case 'done':
        this.#done = { files: this.#done.files + 1, bytes: this.#done.bytes + event.bytes }
        return
      case 'skipped':
        this.#skipped++
        return
      case 'failed':
        this.#fail(event.path, event.error)
        return
      case 'key':
    }
  }

  #fail(path: string, { code, message }: { readonly code: ErrorCode; readonly message: string }): void {
    this.#failed++
    if (this.#failedFiles.length >= MAX_FAILED_KEPT) return
    this.#failedFiles.push({
      path: displayText(path),
      code,
      message: displayText(message),
      next: CODES[code].next,
    })
  }

  #rest(): void {
    if (this.#workingSinceMs !== undefined) this.#workedMs += performance.now() - this.#workingSinceMs
    this.#workingSinceMs = undefined
  }

  #seconds(): number {
    const now = this.#workingSinceMs === undefined ? 0 : performance.now() - this.#workingSinceMs
    return (this.#workedMs + now) / 1000
  }
}
