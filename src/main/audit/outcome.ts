import { CODES } from '../contract/codes.ts'

/** How an act ended: done; refused, for want of a right, a secret or a usable key; or failed otherwise. */
export type Ending = 'ok' | 'refused' | 'failed'

/** Exit codes of refusals (docs/cli.md): locked, a key that can't be used, the vault's policy. */
const REFUSALS: ReadonlySet<number> = new Set([3, 5, 6])

/** What a note's outcome amounts to. A code of a later version is a failure: which one is not known here. */
export function endingOf(outcome: string): Ending {
  if (outcome === 'ok') return 'ok'
  const entry = Object.entries(CODES).find(([code]) => code === outcome)
  return entry && REFUSALS.has(entry[1].exit) ? 'refused' : 'failed'
}
