import type { Reply } from './call.ts'
import type { CallInput, CallName, CallReply } from './calls.ts'
import type { AppEvent } from './events.ts'
import type { Source } from './job-nouns.ts'

/** The two channels of the bridge, and the one by which only the preload speaks. */
export const CHANNELS = {
  call: 'strongroom:call',
  dropped: 'strongroom:dropped',
  event: 'strongroom:event',
} as const

/** `window.strongroom`: all that a page of Strongroom can reach. */
export type Bridge = {
  readonly call: <N extends CallName>(name: N, input: CallInput<N>) => Promise<CallReply<N>>
  /** @returns a function that ends the listening */
  readonly on: (listener: (event: AppEvent) => void) => () => void
  /**
   * Handles for what was dropped or chosen in an `<input type=file>`. The preload asks the system for their
   * paths and gives them to main; the page sees none and can name none. A File that a script made is left out.
   */
  readonly dropped: (files: readonly File[]) => Promise<Reply<readonly Source[]>>
}
