import { VaultError } from '../base/index.ts'
import type { Id } from '../contract/ids.ts'
import type { OpenVault } from './open-vault.ts'
import type { JobReport } from './report.ts'

/** Of a longer list the audit keeps the beginning: a record has at most 1 MiB. */
const MAX_IDS = 10_000

/**
 * Notes in the journal that a job brought plain text out: for the audit (docs/format.md §4, op 9). On media
 * that take no writes the job is done without.
 */
export async function noteJob(
  vault: OpenVault,
  act: string,
  { failed }: Pick<JobReport, 'failed'>,
  ids: readonly Id<string>[],
): Promise<void> {
  const outcome = failed[0]?.code ?? 'ok'
  try {
    await vault.record([{ kind: 'note', act, outcome, ids: ids.slice(0, MAX_IDS), kmsCalls: [] }])
  } catch (error) {
    if (!(error instanceof VaultError) || error.code === 'BUG') throw error
  }
}
