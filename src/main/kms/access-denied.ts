import { type Facts, VaultError } from '../base/index.ts'
import { accountOf } from './arn.ts'

/**
 * What AWS says when it denies, as far as it does:
 *
 *     User: <ARN> is not authorized to perform: kms:Decrypt on resource: <ARN>
 *       because no identity-based policy allows the kms:Decrypt action
 *       because no resource-based policy allows …              (of KMS: the key policy)
 *       with an explicit deny in an identity-based policy      (or another kind of policy)
 *       because the resource does not exist in this Region, no resource-based policies allow access, or …
 *     The ciphertext refers to a customer master key that does not exist, …          (older: says nothing more)
 */
const PRINCIPAL = /User: (arn:[^\s]+)/
const ACTION = /perform: (kms:\w+)/
const DENY = /explicit deny in an? ([a-z -]+? policy|permissions boundary)/i
const LACK = /because no ([a-z -]+? policy|permissions boundary) allows/i
const GRANT = /\bgrants?\b/

export type DeniedBy =
  | { readonly kind: 'explicit-deny'; readonly policy: string }
  | { readonly kind: 'not-allowed'; readonly policy: string }
  | { readonly kind: 'grant' }
  /** AWS keeps it to itself. */
  | { readonly kind: 'unsaid' }

/** KMS_ACCESS_DENIED with its cause, who can mend it, and the statement that is missing. */
export function accessDenied(
  error: { readonly message: string; readonly cause: unknown },
  asked: { readonly operation: string; readonly key: string },
): VaultError {
  const { message } = error
  const principal = PRINCIPAL.exec(message)?.[1]
  const action = ACTION.exec(message)?.[1] ?? `kms:${asked.operation}`
  const by = deniedBy(message)
  const policy = 'policy' in by ? { policy: by.policy } : {}
  const statement = missingStatement(by, action, asked.key, principal)
  const who = whoCanFix(by, asked.key, principal)
  const text = [
    `AWS denied ${action} with ${asked.key || 'this account'}: ${causeText(by, principal)}`,
    statement === undefined
      ? `Ask ${who}.`
      : `Ask ${who} to add this statement to the ${'policy' in by ? by.policy : 'policy'}: ${statement}`,
  ].join(' ')
  const facts: Facts = {
    operation: asked.operation,
    ...(asked.key !== '' && { key: asked.key }),
    action,
    ...(principal !== undefined && { principal }),
    cause: by.kind,
    ...policy,
    whoCanFix: who,
    ...(statement !== undefined && { missingStatement: statement }),
  }
  return new VaultError('KMS_ACCESS_DENIED', text, facts, error.cause)
}

function deniedBy(message: string): DeniedBy {
  const denied = DENY.exec(message)?.[1]
  if (denied !== undefined) return { kind: 'explicit-deny', policy: inOurWords(denied) }
  const lacking = LACK.exec(message)?.[1]
  if (lacking !== undefined) return { kind: 'not-allowed', policy: inOurWords(lacking) }
  return GRANT.test(message) ? { kind: 'grant' } : { kind: 'unsaid' }
}

const inOurWords = (policy: string): string => policy.replace('resource-based policy', 'key policy')

function causeText(by: DeniedBy, principal: string | undefined): string {
  const who = principal ?? 'these credentials'
  switch (by.kind) {
    case 'explicit-deny':
      return `a ${by.policy} denies it to ${who}, whatever else allows it.`
    case 'not-allowed':
      return `no ${by.policy} allows it to ${who}.`
    case 'grant':
      return `no grant of the key allows it to ${who}.`
    case 'unsaid':
      return `AWS does not say why. Nothing allows it to ${who}, or the key is not there.`
  }
}

/** Access takes a key policy, or a grant, or IAM where the key policy leaves it to the account; abroad both. */
function whoCanFix(by: DeniedBy, key: string, principal: string | undefined): string {
  const owner = accountOf(key)
  const keyAdmin = `an administrator of the KMS key${owner === undefined ? '' : ` in account ${owner}`}`
  const account = principal?.split(':')[4]
  const iamAdmin = `an administrator of IAM${account === undefined ? '' : ` in account ${account}`}`
  if (by.kind === 'grant') return keyAdmin
  if (by.kind === 'unsaid') return `${keyAdmin}, or ${iamAdmin}`
  if (by.policy === 'key policy') return keyAdmin
  if (/control policy/.test(by.policy)) return 'an administrator of the AWS organization'
  if (/VPC endpoint/i.test(by.policy)) return 'an administrator of the network that the call goes through'
  return iamAdmin
}

/** JSON to be pasted; undefined where adding a statement mends nothing, or nobody knows where. */
function missingStatement(
  by: DeniedBy,
  action: string,
  key: string,
  principal: string | undefined,
): string | undefined {
  if (by.kind !== 'not-allowed' || key === '') return undefined
  if (by.policy === 'identity-based policy') {
    return JSON.stringify({ Effect: 'Allow', Action: action, Resource: key })
  }
  if (by.policy !== 'key policy' || principal === undefined) return undefined
  return JSON.stringify({
    Effect: 'Allow',
    Principal: { AWS: lasting(principal) },
    Action: action,
    Resource: '*',
  })
}

/** A session's ARN ends with the session: policies name its role. A path of the role is not in it. */
function lasting(principal: string): string {
  const session = /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(principal)
  return session === null ? principal : `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`
}
