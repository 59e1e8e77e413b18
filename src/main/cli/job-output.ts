import { SingleBar } from 'cli-progress'
import { assertNever, type SkipCode } from '../base/index.ts'
import { CODES, SKIPS } from '../contract/codes.ts'
import { displayText } from '../files/index.ts'
import type { JobEvent, JobHandle, JobReport } from '../vault/index.ts'
import { countText, failureText, type Output, sizeText } from './output.ts'

const TICK_MS = 100
const JSON_PROGRESS_MS = 1000
/** Skips that need no line of their own: they are expected, and counted. */
const COUNTED: ReadonlySet<SkipCode> = new Set(['DONE', 'ALREADY_SEALED', 'NOT_SEALED'])

/** Shows a bulk job: a bar on a terminal, JSON lines for programs; each failure and odd skip a line. */
export class JobOutput implements Disposable {
  readonly #output: Output
  readonly #verbose: boolean
  readonly #bar: SingleBar | undefined
  readonly #timer: NodeJS.Timeout
  readonly #skips = new Map<SkipCode, number>()
  readonly #startedAtMs = performance.now()
  #handle: JobHandle | undefined
  #found = { files: 0, bytes: 0 }
  #filesDone = 0
  #lastTarget = ''

  constructor(output: Output, verbose: boolean) {
    this.#output = output
    this.#verbose = verbose
    if (output.interactive) {
      this.#bar = new SingleBar({
        format: '{bar} {percentage} %  {done} of {all}  {speed}/s  {files}',
        barCompleteChar: '▓',
        barIncompleteChar: '░',
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        fps: 10,
      })
      this.#bar.start(1, 0, { done: '0 B', all: '…', speed: '…', files: '' })
    }
    this.#timer = setInterval(() => this.#tick(), output.json ? JSON_PROGRESS_MS : TICK_MS)
    this.#timer.unref()
  }

  start(handle: JobHandle): void {
    this.#handle = handle
  }

  event(event: JobEvent): void {
    switch (event.kind) {
      case 'found':
        this.#found = event
        return
      case 'key':
        if (event.seconds > 0.05)
          this.#line(`Key derived from the passphrase in ${event.seconds.toFixed(1)} s.`, this.#verbose)
        return
      case 'done':
        this.#filesDone++
        this.#lastTarget = event.target
        this.#output.emit({
          type: 'file',
          status: 'done',
          path: event.path,
          target: event.target,
          bytes: event.bytes,
        })
        this.#line(`${displayText(event.path)} → ${displayText(event.target)}`, this.#verbose)
        return
      case 'skipped':
        this.#skips.set(event.code, (this.#skips.get(event.code) ?? 0) + 1)
        this.#output.emit({
          type: 'file',
          status: 'skipped',
          path: event.path,
          code: event.code,
          target: event.target,
        })
        this.#line(
          `skipped ${displayText(event.path)}: ${SKIPS[event.code]} [${event.code}]`,
          this.#verbose || !COUNTED.has(event.code),
        )
        return
      case 'failed': {
        const { code, message, next, facts } = event.error
        this.#output.emit({ type: 'file', status: 'failed', path: event.path, code, message, next, facts })
        this.#line(`failed ${failureText(event.path, code, message)}`, true)
        return
      }
      default:
        assertNever(event)
    }
  }

  /** Says how it ended. @param verb “Sealed”, “Opened” */
  end(report: JobReport, verb: string): void {
    this[Symbol.dispose]()
    this.#output.emit({ type: 'result', ...report })
    const { files, bytes, seconds, failed, stopped } = report
    if (files === 1 && !this.#verbose) this.#output.say(displayText(this.#lastTarget))
    this.#output.note(`${verb} ${countText(files, 'file')}, ${sizeText(bytes)}, in ${seconds.toFixed(1)} s.`)
    for (const [code, count] of this.#skips) {
      if (COUNTED.has(code)) this.#output.note(`${countText(count, 'file')} skipped: ${SKIPS[code]}.`)
    }
    if (failed.length > 0) this.#output.note(`${countText(failed.length, 'file')} failed; see above.`)
    if (stopped) this.#output.note(`Interrupted. ${CODES.INTERRUPTED.next}`)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#bar?.stop()
  }

  #line(text: string, shown: boolean): void {
    if (!shown) return
    // The bar is drawn again by the next tick.
    if (this.#bar !== undefined) process.stderr.write('\r\x1b[K')
    this.#output.note(text)
  }

  #tick(): void {
    const bytes = this.#handle?.bytesDone ?? 0
    const seconds = (performance.now() - this.#startedAtMs) / 1000
    const { files: foundFiles, bytes: foundBytes } = this.#found
    this.#output.emit({ type: 'progress', files: this.#filesDone, bytes, foundFiles, foundBytes })
    this.#bar?.setTotal(Math.max(1, foundBytes))
    this.#bar?.update(Math.min(bytes, foundBytes), {
      done: sizeText(bytes),
      all: sizeText(foundBytes),
      speed: sizeText(bytes / Math.max(0.1, seconds)),
      files: countText(foundFiles, 'file'),
    })
  }
}
