import type { Condition, PrincipalValue, Statement } from './policy.ts'
import { accountNamed, isUniqueId } from './principal.ts'

/** A statement as sentences a person can read: who, may or may not, what, when. */
export function policyInWords(statement: Statement): string {
  const { effect, principal, action, resource, conditions, unread } = statement
  const who = principal === null ? 'Whoever has this policy' : whoInWords(principal.values, principal.except)
  const verb = effect === 'Allow' ? 'may' : 'may never'
  const acts = action.values.map(actionInWords)
  const what = action.except
    ? `do anything except ${list(acts, 'and')}`
    : list(acts, effect === 'Allow' ? 'and' : 'or')
  const sentences = [`${who} ${verb} ${what}${whereInWords(resource)}${whenInWords(conditions)}.`]
  if (resource === null) sentences.push('It names no resource, so it has no effect.')
  if (effect === 'Allow' && principal !== null && !principal.except) {
    const accounts = principal.values.flatMap((value) => accountNamed(value) ?? [])
    if (accounts.length > 0)
      sentences.push(`An account passes this on only to those whom its own IAM policies allow it.`)
  }
  if (unread.length > 0) sentences.push(`Not understood: ${unread.join(' ')}`)
  return sentences.join(' ')
}

function whoInWords(values: readonly PrincipalValue[], except: boolean): string {
  const names = list(values.map(principalInWords), 'and')
  return except ? `Everyone in every account except ${names}` : capital(names)
}

/** A principal in a phrase: “role Papers of account 111122223333”. */
export function principalInWords(principal: PrincipalValue): string {
  const { type, value } = principal
  if (type === '*') return 'everyone in every account'
  if (type === 'Service') return `the AWS service ${value}`
  if (type === 'Federated') return `whoever signed in by ${value}`
  if (type === 'CanonicalUser') return `the canonical user ${value}`
  const account = accountNamed(principal)
  if (account !== undefined) return `account ${account}`
  if (isUniqueId(value)) return `a deleted identity (${value})`
  const [, of, kind, name] = /:(\d{12}):(user|role|assumed-role|federated-user)\/(.+)$/.exec(value) ?? []
  if (of === undefined || kind === undefined) return value
  return `${kind === 'assumed-role' ? 'session' : kind.replace('-', ' ')} ${name} of account ${of}`
}

const ACTIONS: Readonly<Record<string, string>> = {
  '*': 'do anything',
  'kms:*': 'do anything with the key',
  'kms:Decrypt': 'decrypt',
  'kms:Encrypt': 'encrypt',
  'kms:GenerateDataKey': 'make data keys',
  'kms:GenerateDataKey*': 'make data keys of every kind',
  'kms:ReEncryptFrom': 're-encrypt away from the key',
  'kms:ReEncryptTo': 're-encrypt to the key',
  'kms:ReEncrypt*': 're-encrypt',
  'kms:DescribeKey': 'see the key’s facts',
  'kms:CreateGrant': 'create grants',
  'kms:PutKeyPolicy': 'change the key policy',
  'kms:ScheduleKeyDeletion': 'schedule the key’s deletion',
  'kms:DisableKey': 'disable the key',
}
const BY_LOWER_NAME = new Map(Object.entries(ACTIONS).map(([name, words]) => [name.toLowerCase(), words]))

const actionInWords = (action: string): string => BY_LOWER_NAME.get(action.toLowerCase()) ?? `call ${action}`

function whereInWords(resource: Statement['resource']): string {
  if (resource === null || (!resource.except && resource.values.includes('*'))) return ''
  return resource.except
    ? `, on all but ${list(resource.values, 'and')}`
    : `, on ${list(resource.values, 'and')}`
}

const TESTS: Readonly<Record<string, string>> = {
  StringEquals: 'is',
  StringNotEquals: 'is not',
  StringEqualsIgnoreCase: 'is, in any case,',
  StringNotEqualsIgnoreCase: 'is not, in any case,',
  StringLike: 'is like',
  StringNotLike: 'is not like',
  ArnEquals: 'is like',
  ArnNotEquals: 'is not like',
  ArnLike: 'is like',
  ArnNotLike: 'is not like',
  IpAddress: 'is in',
  NotIpAddress: 'is not in',
  Bool: 'is',
  BinaryEquals: 'is',
  NumericEquals: 'equals',
  NumericNotEquals: 'does not equal',
  NumericLessThan: 'is below',
  NumericLessThanEquals: 'is at most',
  NumericGreaterThan: 'is above',
  NumericGreaterThanEquals: 'is at least',
  DateEquals: 'is',
  DateNotEquals: 'is not',
  DateLessThan: 'is before',
  DateLessThanEquals: 'is at latest',
  DateGreaterThan: 'is after',
  DateGreaterThanEquals: 'is at earliest',
}

function whenInWords(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? '' : `, if ${list(conditions.map(conditionInWords), 'and')}`
}

function conditionInWords({ operator, key, values }: Condition): string {
  if (operator === 'Null') return `${keyInWords(key)} is ${values.includes('true') ? 'absent' : 'present'}`
  const [, set, rest = operator] = /^(?:(ForAllValues|ForAnyValue):)?(.+)$/.exec(operator) ?? []
  const plain = rest.replace(/IfExists$/, '')
  const test = TESTS[plain] ?? `meets ${plain}`
  const subject =
    set === undefined
      ? keyInWords(key)
      : `${set === 'ForAllValues' ? 'each of' : 'one of'} ${keyInWords(key)}`
  const quoted = list(
    values.map((value) => `“${value}”`),
    /Not/.test(plain) ? 'nor' : 'or',
  )
  const lenient = rest === plain ? '' : ' or it is absent'
  return `${subject} ${test} ${quoted}${lenient}`
}

function keyInWords(key: string): string {
  const pair = /^kms:EncryptionContext:(.+)$/i.exec(key)?.[1]
  if (pair !== undefined) return `the encryption context’s ${pair}`
  if (/^kms:EncryptionContextKeys$/i.test(key)) return 'the encryption context’s names'
  if (/^kms:ViaService$/i.test(key)) return 'the AWS service in between'
  if (/^(kms:CallerAccount|aws:PrincipalAccount)$/i.test(key)) return 'the caller’s account'
  return key
}

function list(items: readonly string[], last: string): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
