import { randomUUID } from 'node:crypto'
import {
  type AuditEvent,
  type Comparison,
  type ReconcileFacts,
  reconcile,
  type Span,
} from '../../src/main/audit/index.ts'
import type { DeviceId, Id, KeyId, SegmentId, VaultId } from '../../src/main/contract/ids.ts'
import type { KmsCall } from '../../src/main/journal/index.ts'
import { newId } from '../journal/support.ts'

export const VAULT = newId<VaultId>()
export const KEY = newId<KeyId>()
export const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/0d5e2f3a-9d5e-4c0e-8f0e-1a2b3c4d5e6f'
export const OTHER_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/ffffffff-9d5e-4c0e-8f0e-1a2b3c4d5e6f'
export const MINUTE = 60_000
/** The trail of the tests begins and ends here. */
export const FROM = Date.parse('2026-11-24T00:00:00Z')
export const TO = Date.parse('2026-11-24T12:00:00Z')

export const FACTS: ReconcileFacts = {
  vault: VAULT,
  arns: new Map([[KEY, ARN]]),
  subjectsOf: ({ ids }) => ids,
}

const DEVICE = newId<DeviceId>()

/** A note of the vault, with its calls to KMS. */
export function note(
  timeMs: number,
  kmsCalls: readonly KmsCall[],
  ids: readonly Id<string>[] = [],
): AuditEvent {
  return {
    place: { time: timeMs * 1000, segment: newId<SegmentId>(), record: 1, index: 0 },
    device: DEVICE,
    deviceName: 'laptop',
    did: { act: 'note', word: 'get' },
    outcome: 'ok',
    items: [],
    versions: [],
    keys: [],
    ids,
    kmsCalls,
    held: false,
  }
}

export const decrypt = (requestId: string): KmsCall => ({ operation: 'Decrypt', key: KEY, requestId })

/** A record as CloudTrail writes it (AWS's own example of Decrypt, with these things changed). */
export function record(
  timeMs: number,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'EX_PRINCIPAL_ID',
      arn: 'arn:aws:iam::111122223333:user/Alice',
      accountId: '111122223333',
      userName: 'Alice',
    },
    eventTime: new Date(timeMs).toISOString().replace(/\.\d+Z/, 'Z'),
    eventSource: 'kms.amazonaws.com',
    eventName: 'Decrypt',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '192.0.2.0',
    userAgent: 'aws-cli/2.31',
    requestParameters: {
      encryptionContext: { 'strongroom-vault': VAULT, 'strongroom-version': newId() },
      keyId: ARN,
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    },
    responseElements: null,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: true,
    resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN }],
    eventType: 'AwsApiCall',
    recipientAccountId: '111122223333',
    ...changes,
  }
}

/** An event of another service: only its time counts. */
export const noise = (timeMs: number) =>
  record(timeMs, { eventSource: 's3.amazonaws.com', eventName: 'GetObject' })

export async function compared(
  ours: readonly AuditEvent[],
  theirs: readonly unknown[],
  facts: Partial<ReconcileFacts> = {},
): Promise<readonly (Comparison | Span)[]> {
  return await collected(reconcile({ ...FACTS, ...facts }, ours, theirs))
}

/** What a comparison says, as "kind id", sorted: the request id of a call, the event id of an event. */
export function told(lines: readonly (Comparison | Span)[]): readonly string[] {
  return lines
    .flatMap((line) => {
      if (line.kind === 'span') return []
      if (line.kind === 'malformed') return ['malformed']
      return [`${line.kind} ${'call' in line ? line.call.requestId : line.event.eventId}`]
    })
    .sort()
}

export async function collected<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}
