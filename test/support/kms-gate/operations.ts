import { randomBytes } from 'node:crypto'
import { type Json, pairsIn, parseJson, refuse, textIn } from './answers.ts'
import type { GateKey } from './key-state.ts'
import type { Grant, Policy } from './policy.ts'

const DAY_MS = 86_400_000
/** Rows that AWS gives at once. */
const PAGE = 50

/**
 * What the gate does in moto's place, since moto does not keep it: state, policy, grants, rotation.
 * Each is a call that AWS has, on a key that the caller may use.
 */
export const OWN: Readonly<Record<string, (key: GateKey, body: Json, principal: string) => Json>> = {
  EnableKey: (key) => {
    key.state = 'Enabled'
    return {}
  },
  DisableKey: (key) => {
    key.state = 'Disabled'
    return {}
  },
  ScheduleKeyDeletion: (key, body) => {
    const days = within(body, 'PendingWindowInDays', 7, 30, 30)
    key.state = 'PendingDeletion'
    key.deletionMs = Date.now() + days * DAY_MS
    const DeletionDate = key.deletionMs / 1000
    return { KeyId: key.arn, DeletionDate, KeyState: key.state, PendingWindowInDays: days }
  },
  CancelKeyDeletion: (key) => {
    if (key.state !== 'PendingDeletion')
      refuse('KMSInvalidStateException', `${key.arn} is not pending deletion.`)
    key.state = 'Disabled'
    key.deletionMs = undefined
    return { KeyId: key.arn }
  },
  EnableKeyRotation: (key, body) => {
    key.rotationDays = within(body, 'RotationPeriodInDays', 90, 2_560, 365)
    return {}
  },
  DisableKeyRotation: (key) => {
    key.rotationDays = undefined
    return {}
  },
  GetKeyRotationStatus: (key) => {
    const { rotationDays: days } = key
    if (days === undefined) return { KeyId: key.arn, KeyRotationEnabled: false }
    const since = key.materials.at(-1)?.sinceMs ?? 0
    const NextRotationDate = (since + days * DAY_MS) / 1000
    return { KeyId: key.arn, KeyRotationEnabled: true, RotationPeriodInDays: days, NextRotationDate }
  },
  RotateKeyOnDemand: (key) => {
    key.rotate()
    return { KeyId: key.arn }
  },
  ListKeyRotations: (key, body) => {
    const all = textIn(body, 'IncludeKeyMaterial') === 'ALL_KEY_MATERIAL'
    const rows = key.materials.map(({ id, sinceMs, how }, at) => ({
      KeyId: key.arn,
      KeyMaterialId: id,
      KeyMaterialState: at === key.materials.length - 1 ? 'CURRENT' : 'NON_CURRENT',
      // The first material was made with the key: no rotation brought it.
      ...(how !== null && { RotationDate: sinceMs / 1000, RotationType: how }),
    }))
    return { Rotations: all ? rows : rows.slice(1), Truncated: false }
  },
  GetKeyPolicy: (key) => ({ Policy: key.policyText, PolicyName: 'default' }),
  PutKeyPolicy: (key, body, principal) => {
    const text = textIn(body, 'Policy') ?? ''
    const policy = parsePolicy(text)
    if (body.BypassPolicyLockoutSafetyCheck !== true && !leavesIn(policy, principal)) {
      refuse(
        'MalformedPolicyDocumentException',
        'The new key policy will not allow you to update the key policy in the future.',
      )
    }
    key.setPolicy(policy)
    key.policyText = text
    return {}
  },
  CreateGrant: (key, body) => {
    const grant: Grant & Json = {
      ...body,
      KeyId: key.arn,
      GrantId: randomBytes(32).toString('hex'),
      GranteePrincipal: textIn(body, 'GranteePrincipal') ?? '',
      Operations: Array.isArray(body.Operations) ? body.Operations.map(String) : [],
      CreationDate: Date.now() / 1000,
    }
    key.grants.push(grant)
    return { GrantId: grant.GrantId, GrantToken: randomBytes(32).toString('base64') }
  },
  ListGrants: (key, body) => {
    const from = Number(textIn(body, 'Marker') ?? 0)
    const upTo = from + PAGE
    const truncated = upTo < key.grants.length
    return {
      Grants: key.grants.slice(from, upTo),
      Truncated: truncated,
      ...(truncated && { NextMarker: String(upTo) }),
    }
  },
  RevokeGrant: (key, body) => {
    key.grants = key.grants.filter((grant) => grant.GrantId !== body.GrantId)
    return {}
  },
}

/** Fields of an answer of moto's that the gate knows better. @param source of a ReEncrypt */
export function amended(
  operation: string,
  key: GateKey,
  source: GateKey | undefined,
  body: Json,
  answer: Json,
): Json {
  const blob = textIn(answer, 'CiphertextBlob')
  const given = textIn(body, 'CiphertextBlob') ?? ''
  switch (operation) {
    case 'DescribeKey':
      return { KeyMetadata: key.described(parseJson(JSON.stringify(answer.KeyMetadata))) }
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
      return { ...answer, KeyMaterialId: key.wrapped(blob ?? '') }
    case 'Encrypt':
      // AWS does not say which material an Encrypt used.
      key.wrapped(blob ?? '')
      return answer
    case 'Decrypt':
      return { ...answer, KeyMaterialId: key.materialOf(given) }
    case 'ReEncrypt':
      return {
        ...answer,
        SourceKeyMaterialId: source?.materialOf(given),
        DestinationKeyMaterialId: key.wrapped(blob ?? ''),
      }
    default:
      return answer
  }
}

/** moto puts the id of the key before what it wrapped. */
export const keyIdInBlob = (blob: string): string =>
  Buffer.from(blob, 'base64').subarray(0, 36).toString('latin1')

export const contextOf = (operation: string, body: Json): Readonly<Record<string, string>> =>
  pairsIn(body, operation === 'ReEncrypt' ? 'SourceEncryptionContext' : 'EncryptionContext')

function within(body: Json, name: string, least: number, most: number, usual: number): number {
  const { [name]: days = usual } = body
  if (typeof days === 'number' && days >= least && days <= most) return days
  return refuse('ValidationException', `1 validation error detected: ${name} must be ${least} to ${most}.`)
}

function parsePolicy(text: string): Policy {
  try {
    const policy: Policy = JSON.parse(text)
    if (Array.isArray(policy.Statement)) return policy
  } catch {
    // Said below, in AWS's words.
  }
  return refuse(
    'MalformedPolicyDocumentException',
    'Policy contains a statement with one or more invalid principals.',
  )
}

/** AWS's lock-out check: whoever puts the policy must be able to put another. */
function leavesIn({ Statement: statements }: Policy, principal: string): boolean {
  const account = principal.split(':')[4] ?? ''
  const mine = new Set(['*', principal, account, `arn:aws:iam::${account}:root`])
  return statements.some(({ Effect, Action, Principal }) => {
    const who = Principal === undefined || Principal === '*' ? ['*'] : [Principal.AWS].flat()
    return (
      Effect === 'Allow' &&
      who.some((one) => mine.has(one)) &&
      [Action].flat().some((action) => ['kms:*', 'kms:Put*', 'kms:PutKeyPolicy', '*'].includes(action))
    )
  })
}
