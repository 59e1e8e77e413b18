import { VaultError } from '../base/index.ts'
import type { Id } from '../contract/ids.ts'
import type { OpenVault } from './open-vault.ts'

/** Of a longer list the audit keeps the beginning: a record has at most 1 MiB. */
const MAX_IDS = 10_000

/**
 * Notes in the journal that an act brought plain text out: for the audit (docs/format.md §4, op 9). On media
 * that take no writes the job is done without.
 */
export async function noteJob(
  vault: OpenVault,
  act: string,
  outcome: string,
  ids: readonly Id<string>[],
): Promise<void> {
  try {
    await vault.record([{ kind: 'note', act, outcome, ids: ids.slice(0, MAX_IDS), kmsCalls: [] }])
  } catch (error) {
    if (!(error instanceof VaultError) || error.code === 'BUG') throw error
  }
}
