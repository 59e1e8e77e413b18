/**
 * Who may do what with a key, by AWS's rule, as far as tests need it: an explicit deny wins; else a grant, or a key
 * policy that names the caller, or one that leaves it to the caller's account together with the caller's IAM policy;
 * callers of another account always need both. What this evaluator does not know it refuses to guess.
 */
export type Statement = {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  /** Key policies only. */
  readonly Principal?: '*' | { readonly AWS: string | readonly string[] }
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}
export type Policy = {
  readonly Version?: string
  readonly Id?: string
  readonly Statement: readonly Statement[]
}

export type Grant = {
  readonly GrantId: string
  readonly GranteePrincipal: string
  readonly Operations: readonly string[]
  readonly Constraints?: {
    readonly EncryptionContextEquals?: Readonly<Record<string, string>>
    readonly EncryptionContextSubset?: Readonly<Record<string, string>>
  }
}

export type Question = {
  readonly principal: string
  readonly action: string
  readonly keyArn: string
  readonly context: Readonly<Record<string, string>>
  readonly keyPolicy: Policy
  readonly iam: Policy
  readonly grants: readonly Grant[]
}

const DENIED_BY_KEY = 'with an explicit deny in a resource-based policy'
const DENIED_BY_IAM = 'with an explicit deny in an identity-based policy'
const lacking = (policy: string, action: string) => `because no ${policy} policy allows the ${action} action`

/** Undefined: allowed. Else the end of AWS's sentence. */
export function whyDenied(question: Question): string | undefined {
  const { keyPolicy, iam, action, principal, keyArn } = question
  const inKey = keyPolicy.Statement.filter((statement) => applies(statement, question, true))
  const inIam = iam.Statement.filter((statement) => applies(statement, question, false))
  if (inKey.some(({ Effect }) => Effect === 'Deny')) return DENIED_BY_KEY
  if (inIam.some(({ Effect }) => Effect === 'Deny')) return DENIED_BY_IAM
  if (question.grants.some((grant) => grants(grant, question))) return undefined

  const named = inKey.some((statement) =>
    principalsOf(statement).some((who) => who === '*' || who === principal),
  )
  const abroad = accountIn(principal) !== accountIn(keyArn)
  if (named && !abroad) return undefined
  if (inKey.length === 0) return lacking('resource-based', action)
  return inIam.length > 0 ? undefined : lacking('identity-based', action)
}

/** Of the IAM policy alone: calls that name no key. */
export function whyDeniedByIam(iam: Policy, action: string, principal: string): string | undefined {
  const question = {
    iam,
    action,
    principal,
    keyArn: '*',
    context: {},
    keyPolicy: { Statement: [] },
    grants: [],
  }
  const found = iam.Statement.filter((statement) => applies(statement, question, false))
  if (found.some(({ Effect }) => Effect === 'Deny')) return DENIED_BY_IAM
  return found.length > 0 ? undefined : lacking('identity-based', action)
}

function applies(statement: Statement, question: Question, ofKey: boolean): boolean {
  for (const part of Object.keys(statement)) {
    if (!/^(Sid|Effect|Principal|Action|Resource|Condition)$/.test(part)) {
      throw new Error(`the gate knows no ${part} in a policy`)
    }
  }
  const { action, keyArn, principal } = question
  if (ofKey && !principalsOf(statement).some((who) => covers(who, principal))) return false
  // In a key policy "*" is the key itself.
  if (!listOf(statement.Resource).some((pattern) => matches(pattern, keyArn))) return false
  return listOf(statement.Action).some((pattern) => matches(pattern, action)) && holds(statement, question)
}

/** A principal of a policy covers a caller: itself, anybody, or its whole account (by root or number). */
function covers(who: string, principal: string): boolean {
  const account = accountIn(principal)
  return who === '*' || who === principal || who === account || who === `arn:aws:iam::${account}:root`
}

const principalsOf = ({ Principal: principal }: Statement): readonly string[] =>
  principal === undefined ? [] : principal === '*' ? ['*'] : listOf(principal.AWS)

function holds({ Condition: condition = {} }: Statement, question: Question): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => test(operator, valueAt(key, question), listOf(wanted))),
  )
}

function test(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
      return value !== undefined && wanted.includes(value)
    case 'StringNotEquals':
      return value === undefined || !wanted.includes(value)
    case 'StringLike':
      return value !== undefined && wanted.some((pattern) => matches(pattern, value))
    case 'Null':
      return wanted.includes(String(value === undefined))
    default:
      throw new Error(`the gate knows no condition ${operator}`)
  }
}

function valueAt(key: string, { context, principal }: Question): string | undefined {
  const pair = /^kms:EncryptionContext:(.+)$/.exec(key)?.[1]
  if (pair !== undefined) return context[pair]
  if (key === 'kms:CallerAccount') return accountIn(principal)
  // No call of ours comes by way of an AWS service.
  if (key === 'kms:ViaService') return undefined
  throw new Error(`the gate knows no condition key ${key}`)
}

function grants(grant: Grant, { principal, action, context }: Question): boolean {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = grant.Constraints ?? {}
  if (grant.GranteePrincipal !== principal || !grant.Operations.includes(action.slice('kms:'.length)))
    return false
  const has = (pairs: Readonly<Record<string, string>>) =>
    Object.entries(pairs).every(([key, value]) => context[key] === value)
  if (subset !== undefined) return has(subset)
  if (equals === undefined) return true
  return has(equals) && Object.keys(equals).length === Object.keys(context).length
}

const listOf = (one: string | readonly string[]): readonly string[] => (typeof one === 'string' ? [one] : one)

const accountIn = (arn: string): string => arn.split(':')[4] ?? ''

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i').test(text)
}
