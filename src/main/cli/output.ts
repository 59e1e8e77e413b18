import { VaultError } from '../base/index.ts'
import { CODES, type ErrorCode } from '../contract/codes.ts'
import { displayText } from '../files/index.ts'

/** Where a command's words go: results to `out`, everything else to `err`. */
export type Streams = { readonly out: Writable; readonly err: Writable }
export type Writable = { write(text: string): unknown; readonly isTTY?: boolean }

/** Says things to a person or, with --json, to a program: one JSON document or line at a time. */
export class Output {
  readonly json: boolean
  readonly #streams: Streams

  constructor(streams: Streams, json: boolean) {
    this.#streams = streams
    this.json = json
  }

  /** Whether a progress bar makes sense. */
  get interactive(): boolean {
    return !this.json && this.#streams.err.isTTY === true
  }

  /** A line of the result, for people. */
  say(text: string): void {
    if (!this.json) this.#streams.out.write(`${text}\n`)
  }

  /** A line beside the result, for people. */
  note(text: string): void {
    if (!this.json) this.#streams.err.write(`${text}\n`)
  }

  /** A JSON line, for programs. */
  emit(value: Readonly<Record<string, unknown>>): void {
    if (this.json) this.#streams.out.write(`${JSON.stringify(value)}\n`)
  }

  /** A JSON document, for programs: the whole result at once. */
  document(value: unknown): void {
    if (this.json) this.#streams.out.write(`${JSON.stringify(value)}\n`)
  }

  /** An error beside the result: the command goes on, and what it prints stays one document. */
  warning(error: VaultError): void {
    const { code, message, next, facts } = error
    if (this.json)
      this.#streams.err.write(`${JSON.stringify({ type: 'warning', code, message, next, facts })}\n`)
    this.note(`Warning: ${displayText(message)} [${code}]\n  ${next}`)
  }

  /** An error that ends the command. */
  error(error: VaultError): void {
    const { code, message, next, facts } = error
    this.emit({ type: 'error', code, message, next, facts })
    this.note(`strongroom: ${displayText(message)} [${code}]\n  ${next}`)
  }
}

/** One file's failure, as a line or two for people. */
export function failureText(path: string, code: ErrorCode, message: string): string {
  const shown = displayText(message)
  const where = message.includes(path) ? '' : `${displayText(path)}: `
  return `${where}${shown} [${code}]\n  ${CODES[code].next}`
}

/** “12.3 MB”: decimal units, as file managers show them. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** “1 file”, “1,204 files”. */
export function countText(count: number, one: string, many = `${one}s`): string {
  // Not by Intl: to load its data takes as long as all else that a short command does.
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${count === 1 ? one : many}`
}

/** Throws for words that don't fit a command. */
export function usage(message: string): never {
  throw new VaultError('USAGE', message)
}
