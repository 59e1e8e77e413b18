import type { ItemId } from '../ids.ts'

/** What a check found, or the journal's last reading noticed. */
export type HealthFinding = {
  /** Closed in main; the window words those it knows and shows `text` for others. */
  readonly kind: string
  /** `note` alters nothing: a sync still on its way, a leftover. `finding` needs a person. */
  readonly weight: 'finding' | 'note'
  readonly item: ItemId | null
  /** Path in the vault or name of a file of the vault's folder, fit for a screen; empty: the vault. */
  readonly path: string
  /** What it is, in English. */
  readonly text: string
  /** What can be done. */
  readonly remedy: string
}

export type Health = {
  /** When the last check of this run ended; null: none yet. */
  readonly checkedMs: number | null
  /** The last check read all data, too. */
  readonly readData: boolean
  readonly findings: number
  readonly notes: number
}
