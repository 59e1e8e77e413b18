import { APP_CALLS } from './app-calls.ts'
import type { InputOf, Reply, ValueOf } from './call.ts'
import { ITEM_CALLS } from './item-calls.ts'
import { JOB_CALLS } from './job-calls.ts'
import { KEY_CALLS } from './key-calls.ts'
import { VAULT_CALLS } from './vault-calls.ts'

/** Every call that a window can make: the type in the window, the check in main. */
export const CALLS = { ...APP_CALLS, ...VAULT_CALLS, ...ITEM_CALLS, ...JOB_CALLS, ...KEY_CALLS }

export type CallName = keyof typeof CALLS
export type CallInput<N extends CallName> = InputOf<(typeof CALLS)[N]>
export type CallValue<N extends CallName> = ValueOf<(typeof CALLS)[N]>
export type CallReply<N extends CallName> = Reply<CallValue<N>>

/** Calls of the window that seals without a vault; of all others it is refused. */
export const SEAL_WINDOW_CALLS: ReadonlySet<CallName> = new Set<CallName>([
  'app.state',
  'app.copy',
  'app.help',
  'pick.sources',
  'pick.destination',
  'jobs.seal',
  'jobs.unseal',
  'jobs.list',
  'jobs.pause',
  'jobs.resume',
  'jobs.cancel',
  'jobs.retry',
  'jobs.dismiss',
  'jobs.failed',
  'jobs.show',
])
