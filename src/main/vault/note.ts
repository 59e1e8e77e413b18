import { VaultError } from '../base/index.ts'
import type { Id } from '../contract/ids.ts'
import type { Group, KmsCall } from '../journal/index.ts'
import type { OpenVault } from './open-vault.ts'
import { wrappingKeys } from './wrapping-keys.ts'

/** Of a longer list the audit keeps the beginning: a record has at most 1 MiB. */
const MAX_IDS = 10_000
const MAX_CALLS = 5_000

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
    const [first, ...more] = callsOf(vault)
    const note = (calls: readonly KmsCall[], of: readonly Id<string>[]): Group => [
      { kind: 'note', act, outcome, ids: of, kmsCalls: calls },
    ]
    await vault.record(note(first ?? [], ids.slice(0, MAX_IDS)), ...more.map((calls) => note(calls, [])))
  } catch (error) {
    if (!(error instanceof VaultError) || error.code === 'BUG') throw error
  }
}

/** Notes the KMS calls of a job that says by itself what it did. */
export async function noteKmsCalls(vault: OpenVault, act: string): Promise<void> {
  try {
    const parts = callsOf(vault)
    if (parts.length === 0) return
    await vault.record(
      ...parts.map((kmsCalls): Group => [{ kind: 'note', act, outcome: 'ok', ids: [], kmsCalls }]),
    )
  } catch (error) {
    if (!(error instanceof VaultError) || error.code === 'BUG') throw error
  }
}

/** The calls since the last note, as the journal keeps them: by the key's id here. */
export function callsOf(vault: OpenVault): readonly (readonly KmsCall[])[] {
  const keys = new Map(wrappingKeys(vault).map(({ arn, keyId }) => [arn, keyId]))
  const calls = vault.kms.takeCalls().flatMap(({ operation, arn, requestId }): KmsCall[] => {
    const key = keys.get(arn)
    // Cut off before an answer, it may have been done all the same: noted without its id.
    return key === undefined ? [] : [{ operation, key, requestId: requestId ?? '' }]
  })
  const parts: KmsCall[][] = []
  for (let at = 0; at < calls.length; at += MAX_CALLS) parts.push(calls.slice(at, at + MAX_CALLS))
  return parts
}
