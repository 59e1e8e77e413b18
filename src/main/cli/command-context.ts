import type { JobEvent, JobHandle, Runtime } from '../vault/index.ts'
import type { JobOutput } from './job-output.ts'
import type { Output } from './output.ts'

/** What a command is given by the program. */
export type CommandContext = {
  readonly runtime: Runtime
  readonly output: (json: boolean) => Output
  /** From the call on Ctrl-C and SIGTERM abort this signal; before, they end the program at once. */
  readonly interrupts: () => AbortSignal
  /** Sets the exit code. */
  readonly exit: (code: number) => void
  /** Sets the exit code unless the command fails with one of its own. */
  readonly atLeast: (code: number) => void
}

/** A job's options: shown by `shown`, stopped by Ctrl-C. */
export function shownBy(shown: JobOutput, { interrupts }: CommandContext) {
  return {
    signal: interrupts(),
    onEvent: (event: JobEvent) => shown.event(event),
    onStart: (handle: JobHandle) => shown.start(handle),
  }
}
