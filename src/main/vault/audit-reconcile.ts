import { type AuditEvent, type Comparison, reconcile, type Span } from '../audit/index.ts'
import { fail } from '../base/index.ts'
import { type ItemId, parseId } from '../contract/ids.ts'
import { auditEvents } from './audit.ts'
import { type TrailTrouble, trailRecords } from './audit-trail.ts'
import type { OpenVault } from './open-vault.ts'

export type ReconcileLine = Comparison | Span

export type ReconcileRequest = {
  /** Files of CloudTrail, or folders of such. */
  readonly trail: readonly string[]
  /** What the trail covers; else from its first event to its last. */
  readonly sinceMs?: number
  readonly untilMs?: number
  readonly onTrouble: (trouble: TrailTrouble) => void
  readonly onGap: Parameters<typeof auditEvents>[1]
}

/**
 * Compares what the vault records of its calls to KMS with what AWS's trail tells of the vault's keys. Calls nothing.
 *
 * @throws KEY_NOT_FOUND the vault has no KMS key · NOT_FOUND · USAGE there is no trail
 */
export async function* reconcileAudit(
  vault: OpenVault,
  request: ReconcileRequest,
): AsyncGenerator<ReconcileLine> {
  const arns = new Map<string, string>()
  for (const file of vault.keys.versions.values()) {
    if (file.provider === 'kms') arns.set(file.keyId, file.arn)
  }
  if (arns.size === 0) fail('KEY_NOT_FOUND', 'The vault has no key at KMS, so AWS has no trail of it.')
  const { trail, onTrouble, onGap, sinceMs, untilMs } = request
  const facts = {
    vault: vault.vaultId,
    arns,
    subjectsOf: (event: AuditEvent) => subjectsOf(vault, event),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
  }
  yield* reconcile(facts, auditEvents(vault, onGap), trailRecords(trail, onTrouble))
}

/** What a note's calls may have had in their context: versions of its items, the vault's metadata keys. */
function subjectsOf({ index, keys }: OpenVault, { ids }: AuditEvent): readonly string[] {
  const ofItems = ids.flatMap((id) => {
    const item = parseId<ItemId>(id)
    return item === undefined ? [] : index.versions.of(item)
  })
  return [...ids, ...ofItems.map(({ version }) => version), ...keys.metadata.all().map(({ id }) => id)]
}
