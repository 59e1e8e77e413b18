import type { ErrorCode, SkipCode, VaultError } from '../base/index.ts'

/** What a bulk act tells while it runs. Paths are the person's own, as they are on disk. */
export type JobEvent =
  /** Files and bytes that were found so far; `complete` when there are no more. */
  | { readonly kind: 'found'; readonly files: number; readonly bytes: number; readonly complete: boolean }
  | { readonly kind: 'key'; readonly seconds: number }
  | { readonly kind: 'done'; readonly path: string; readonly target: string; readonly bytes: number }
  | { readonly kind: 'skipped'; readonly path: string; readonly code: SkipCode; readonly target?: string }
  | { readonly kind: 'failed'; readonly path: string; readonly error: VaultError }

/** How a bulk act is followed and steered. */
export type JobOptions = {
  readonly onEvent?: (event: JobEvent) => void
  readonly signal?: AbortSignal
  /** Given the running job's handle: bytes so far, pause, resume. */
  readonly onStart?: (handle: JobHandle) => void
}

export type JobHandle = { readonly bytesDone: number; pause(): void; resume(): void }

/** How a bulk act ended. Failed files never stop the others; each is here with its reason. */
export type JobReport = {
  readonly files: number
  readonly bytes: number
  readonly folders: number
  readonly skipped: number
  readonly failed: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
  readonly stopped: boolean
  readonly seconds: number
}

/** Counts events into a report. */
export class Reporter {
  readonly #onEvent: (event: JobEvent) => void
  readonly #startedAtMs = performance.now()
  readonly #failed: { readonly path: string; readonly code: ErrorCode; readonly message: string }[] = []
  #files = 0
  #bytes = 0
  #folders = 0
  #skipped = 0
  #stopped = false

  constructor(onEvent: (event: JobEvent) => void = () => {}) {
    this.#onEvent = onEvent
  }

  tell(event: JobEvent): void {
    switch (event.kind) {
      case 'done':
        this.#files++
        this.#bytes += event.bytes
        break
      case 'skipped':
        this.#skipped++
        break
      case 'failed':
        this.#failed.push({ path: event.path, code: event.error.code, message: event.error.message })
        break
      default:
    }
    this.#onEvent(event)
  }

  folder(): void {
    this.#folders++
  }

  stopped(): void {
    this.#stopped = true
  }

  report(): JobReport {
    return {
      files: this.#files,
      bytes: this.#bytes,
      folders: this.#folders,
      skipped: this.#skipped,
      failed: this.#failed,
      stopped: this.#stopped,
      seconds: (performance.now() - this.#startedAtMs) / 1000,
    }
  }
}
