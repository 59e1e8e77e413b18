/** The shape of a case from AWS's documentation: policies, a call, and what the page says comes of it. */
import type { Decision, Grant } from '../../../src/main/iam/index.ts'

export const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/'
export const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide/'

export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'
export const KEY = `arn:aws:kms:us-west-2:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const ROOT = `arn:aws:iam::${ACCOUNT}:root`
export const OTHER_ROOT = `arn:aws:iam::${OTHER_ACCOUNT}:root`
export const ALICE = `arn:aws:iam::${ACCOUNT}:user/Alice`
export const BOB = `arn:aws:iam::${ACCOUNT}:user/Bob`
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/Papers`
export const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/Papers/alice-laptop`
export const OTHER_SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/Papers/another`
export const FEDERATED = `arn:aws:sts::${ACCOUNT}:federated-user/Alice`
export const STRANGER = `arn:aws:iam::${OTHER_ACCOUNT}:user/Stranger`

export type Json = Readonly<Record<string, unknown>>

export type Case = {
  /** A sentence: what the page says. */
  readonly says: string
  readonly page: string
  /** Statements of the key policy. */
  readonly key: readonly Json[]
  readonly caller?: string
  readonly action?: string
  readonly resource?: string
  readonly pairs?: Readonly<Record<string, string>>
  readonly context?: Readonly<Record<string, readonly string[] | null>>
  /** Statements of the caller's own policies; given none: it has none. */
  readonly own?: readonly Json[] | 'unknown'
  readonly boundary?: readonly Json[]
  readonly session?: readonly Json[]
  /** One level a list. */
  readonly scps?: readonly (readonly Json[])[]
  readonly rcps?: readonly (readonly Json[])[]
  readonly grants?: readonly Grant[] | 'unknown'
  readonly version?: string
  readonly answer: Decision['answer']
}

/** A statement of a key policy. */
export const allow = (principal: unknown, action: unknown = 'kms:*', rest: Json = {}): Json => ({
  Effect: 'Allow',
  Principal: typeof principal === 'string' && principal !== '*' ? { AWS: principal } : principal,
  Action: action,
  Resource: '*',
  ...rest,
})
export const deny = (principal: unknown, action: unknown = 'kms:*', rest: Json = {}): Json => ({
  ...allow(principal, action, rest),
  Effect: 'Deny',
})
/** A statement of an identity's policy, a boundary, a session policy or one of an organization. */
export const permit = (action: unknown = 'kms:*', rest: Json = {}): Json => ({
  Effect: 'Allow',
  Action: action,
  Resource: '*',
  ...rest,
})
export const forbid = (action: unknown = 'kms:*', rest: Json = {}): Json => ({
  ...permit(action, rest),
  Effect: 'Deny',
})
export const when = (operator: string, key: string, value: unknown): Json => ({
  Condition: { [operator]: { [key]: value } },
})
