import type { Settings } from './app-nouns.ts'
import type { CommandId } from './commands.ts'
import type { Checkout } from './job-calls.ts'
import type { JobView, Source } from './job-nouns.ts'
import type { VaultState } from './vault-nouns.ts'

/** Everything that main tells a window unasked. */
export type AppEvent =
  /** Opened, locked, or its facts changed. `locked`: unmount the screens, empty every cache, close the preview. */
  | { readonly kind: 'vault'; readonly vault: VaultState }
  /** Items changed, here or by another program: what is shown is to be asked for again. */
  | { readonly kind: 'changed'; readonly generation: number }
  | { readonly kind: 'job'; readonly job: JobView }
  /** A job left the list. */
  | { readonly kind: 'job-gone'; readonly job: JobView['job'] }
  /** Main shows a recovery code; these groups of it, from 1, are to be typed back. */
  | { readonly kind: 'recovery-shown'; readonly ask: readonly number[] }
  /** The code's window was closed or the call that showed it has ended. */
  | { readonly kind: 'recovery-hidden' }
  | { readonly kind: 'checkouts'; readonly checkouts: readonly Checkout[] }
  | { readonly kind: 'settings'; readonly settings: Settings }
  /** `.sealed` files that the system handed over; told to the small window only. */
  | { readonly kind: 'handed'; readonly sources: readonly Source[] }
  /** Chosen in the native menu. */
  | { readonly kind: 'command'; readonly command: CommandId }
