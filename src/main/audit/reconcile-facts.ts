import type { VaultId } from '../contract/ids.ts'
import type { AuditEvent } from './event.ts'

/** CloudTrail tells of a call after about 5 minutes, seldom after more than this. */
export const DELIVERY_MS = 15 * 60 * 1000
/** How far a call of ours and AWS's event of it may lie apart, where no request id tells. */
export const WINDOW_MS = 15 * 60 * 1000

export type ReconcileFacts = {
  readonly vault: VaultId
  /** The pinned ARNs of the vault's KMS keys, by their ids here: no other key is looked at. */
  readonly arns: ReadonlyMap<string, string>
  /** What the trail covers, where a person knows; else from its first event to its last, of any service. */
  readonly sinceMs?: number
  readonly untilMs?: number
  /** The ids that stand in the encryption contexts of a note's calls; of a note without request ids only. */
  readonly subjectsOf: (event: AuditEvent) => readonly string[]
}

/** A bare key id doesn't tell the partition; account, region and id name the key. */
export function withoutPartition(arn: string): string {
  return arn.replace(/^arn:[a-z-]+:/, '')
}
