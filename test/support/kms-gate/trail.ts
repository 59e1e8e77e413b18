import { randomUUID } from 'node:crypto'
import type { GateCall } from './faults.ts'

/** A call that ended. */
export type SeenCall = GateCall & {
  readonly requestId: string
  readonly atMs: number
  readonly region: string
  /** The key it was about; undefined when it never got that far. */
  readonly arn: string | undefined
  readonly accessKeyId: string
  /** AWS's name of the refusal; undefined: it was done. */
  readonly error: string | undefined
  readonly errorMessage: string | undefined
  readonly keyMaterialId: string | undefined
}

const WRITES = /^(?!Encrypt|Decrypt|GenerateDataKey|ReEncrypt|Describe|List|Get)/

/** The call as CloudTrail logs it (AWS's format 1.11): never a plaintext or a blob. */
export function trailEvent(call: SeenCall): Readonly<Record<string, unknown>> {
  const account = (call.arn ?? call.principal).split(':')[4]
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: call.principal.includes(':assumed-role/') ? 'AssumedRole' : 'IAMUser',
      arn: call.principal,
      accountId: call.principal.split(':')[4],
      accessKeyId: call.accessKeyId,
    },
    eventTime: `${new Date(call.atMs).toISOString().slice(0, 19)}Z`,
    eventSource: 'kms.amazonaws.com',
    eventName: call.operation,
    awsRegion: call.region,
    sourceIPAddress: '127.0.0.1',
    userAgent: 'gate of the tests',
    ...(call.error !== undefined && { errorCode: call.error, errorMessage: call.errorMessage }),
    requestParameters: {
      ...(call.key !== undefined && { keyId: call.key }),
      ...(Object.keys(call.context).length > 0 && { encryptionContext: call.context }),
    },
    responseElements: null,
    ...(call.keyMaterialId !== undefined && { additionalEventData: { keyMaterialId: call.keyMaterialId } }),
    requestID: call.requestId,
    eventID: randomUUID(),
    readOnly: !WRITES.test(call.operation),
    resources: call.arn === undefined ? [] : [{ accountId: account, type: 'AWS::KMS::Key', ARN: call.arn }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  }
}
