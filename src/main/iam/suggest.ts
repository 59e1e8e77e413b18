import { fail } from '../base/index.ts'
import type { VaultId } from '../contract/ids.ts'
import { type Caller, parseCaller } from './principal.ts'

export type SuggestionRequest = {
  /** 12 digits: the account that owns the key. */
  readonly account: string
  /** Of the key, for the policies of members in other accounts. */
  readonly keyArn: string
  readonly vaultId: VaultId
  /** ARNs of users and roles that manage the key; none: whom the account's IAM policies allow it. */
  readonly admins: readonly string[]
  /** ARNs of users and roles that open the vault. */
  readonly members: readonly string[]
}

/** @property memberPolicies of other accounts: what each member's own account must allow it, as JSON text */
export type Suggestion = {
  readonly keyPolicy: string
  readonly memberPolicies: readonly { readonly member: string; readonly policy: string }[]
}

const MANAGE = [
  'kms:DescribeKey',
  'kms:GetKeyPolicy',
  'kms:PutKeyPolicy',
  'kms:ListKeyPolicies',
  'kms:ListGrants',
  'kms:RevokeGrant',
  'kms:GetKeyRotationStatus',
  'kms:ListKeyRotations',
  'kms:EnableKeyRotation',
  'kms:DisableKeyRotation',
  'kms:RotateKeyOnDemand',
  'kms:EnableKey',
  'kms:DisableKey',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
  'kms:UpdateKeyDescription',
  'kms:CreateAlias',
  'kms:UpdateAlias',
  'kms:DeleteAlias',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:ListResourceTags',
]
const USE = ['kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']
const LOOK = ['kms:DescribeKey', 'kms:GetKeyRotationStatus']
const PAIRS = ['strongroom-vault', 'strongroom-version', 'strongroom-metadata']

/**
 * The key policy that gives a vault's members what the vault needs and no more (docs/format.md §2): use of the key
 * only with this vault's encryption context; management to admins, and to the account, so that it can't be lost.
 *
 * @throws USAGE an account, admin or member that AWS would not take
 */
export function suggestedPolicy(request: SuggestionRequest): Suggestion {
  const { account, keyArn, vaultId, admins, members } = request
  const root = parseCaller(account)
  if (root?.kind !== 'root') return fail('USAGE', `“${account}” is no AWS account: those have 12 digits.`)
  const [, partition, owner] = /^arn:([^:]+):kms:[^:]+:(\d{12}):key\/./.exec(keyArn) ?? []
  if (owner !== account) return fail('USAGE', `The key ${keyArn} is not one of account ${account}.`)
  for (const arn of [...admins, ...members]) userOrRole(arn)
  if (members.length === 0) return fail('USAGE', 'Name at least one member.')

  const manage = { AWS: [`arn:${partition}:iam::${account}:root`, ...admins] }
  const condition = {
    StringEquals: { 'kms:EncryptionContext:strongroom-vault': vaultId },
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': PAIRS },
  }
  const allow = (Sid: string, Principal: object, Action: readonly string[], rest: object = {}) => ({
    Sid,
    Effect: 'Allow',
    Principal,
    Action,
    Resource: '*',
    ...rest,
  })
  const statements = [
    allow('Manage the key, not use it', manage, MANAGE),
    allow('Members use the key for this vault only', { AWS: members }, USE, { Condition: condition }),
    allow('Members see the state of the key', { AWS: members }, LOOK),
  ]
  const foreign = members.filter((member) => userOrRole(member).account !== account)
  const own = [
    { Effect: 'Allow', Action: USE, Resource: keyArn, Condition: condition },
    { Effect: 'Allow', Action: LOOK, Resource: keyArn },
  ]
  return {
    keyPolicy: written(statements),
    memberPolicies: foreign.map((member) => ({ member, policy: written(own) })),
  }
}

function userOrRole(arn: string): Extract<Caller, { kind: 'user' | 'role' }> {
  const caller = parseCaller(arn)
  if (caller?.kind === 'user' || caller?.kind === 'role') return caller
  return fail('USAGE', `“${arn}” is no ARN of a user or role.`)
}

const written = (Statement: readonly object[]): string =>
  `${JSON.stringify({ Version: '2012-10-17', Statement }, null, 2)}\n`
