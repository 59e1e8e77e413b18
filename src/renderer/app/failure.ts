import type { Refusal } from '../../main/contract/ipc/call.ts'
import type { Failure } from '../ui/States.tsx'
import { errorNext, errorTitle } from '../words/errors.ts'
import { Refused } from './bridge.ts'

type Said = Pick<Refusal, 'code' | 'message'>

/** A refusal in the window's words. */
export const failureOf = ({ code, message }: Said): Failure => ({
  code,
  title: errorTitle(code),
  message,
  next: errorNext(code),
})

/** Whatever was thrown, as it is shown. What is no refusal is a bug of ours. */
export const asFailure = (error: unknown): Failure =>
  failureOf(
    error instanceof Refused
      ? error.refusal
      : { code: 'BUG', message: error instanceof Error ? error.message : String(error) },
  )

/** The code that main refused with; undefined for anything else. */
export const codeOf = (error: unknown) => (error instanceof Refused ? error.refusal.code : undefined)
