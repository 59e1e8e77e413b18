import { CODES, type ErrorCode } from '../contract/codes.ts'

/** Facts of an error for `--json`: ids, sizes, the person's own path. Never a secret. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** The only error a door shows: what happened to what (message), what to do next (the codes table). */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  readonly code: ErrorCode
  readonly facts: Facts

  constructor(code: ErrorCode, message: string, facts: Facts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.facts = facts
  }

  get exit(): number {
    return CODES[this.code].exit
  }

  get next(): string {
    return CODES[this.code].next
  }
}

/** Throws a VaultError. The message says what happened to what; the codes table says what to do next. */
export function fail(code: ErrorCode, message: string, facts?: Facts, cause?: unknown): never {
  throw new VaultError(code, message, facts, cause)
}

/** Throws for what can't happen unless our own code is wrong. */
export function bug(message: string): never {
  throw new VaultError('BUG', `BUG: ${message}`)
}

/** Ends a `switch` over a closed union: a new member doesn't compile until it is handled. */
export function assertNever(value: never): never {
  return bug(`unhandled case ${JSON.stringify(value)}`)
}

/** The VaultError in `error`, or a BUG around anything else that was thrown. */
export function asVaultError(error: unknown): VaultError {
  if (error instanceof VaultError) return error
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new VaultError('BUG', `BUG: ${text}`, {}, error)
}
