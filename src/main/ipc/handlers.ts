import type { CallInput, CallName, CallValue } from '../contract/ipc/calls.ts'
import type { Peer } from './desktop.ts'

/** A handler for every call of a group: one that is missing does not compile. */
export type Handlers<N extends CallName = CallName> = {
  readonly [K in N]: (input: CallInput<K>, from: Peer) => CallValue<K> | Promise<CallValue<K>>
}
