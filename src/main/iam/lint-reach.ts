import { parseOperator } from './operators.ts'
import { matches, parsePattern } from './pattern.ts'
import type { Condition, Statement } from './policy.ts'

/**
 * How far a condition narrows who may call, where a statement is for everyone. Conditions that a caller can meet
 * by his own doing (an address anyone may have, a tag, an encryption context, a service in between) narrow
 * nothing; neither do negated ones, nor those that a missing key meets.
 */
export type Reach = 'anyone' | 'accounts' | 'identities'

/** Keys that hold who calls or from whose network, and how much each narrows. */
const NARROWING: ReadonlyMap<string, Reach> = new Map([
  ['kms:calleraccount', 'accounts'],
  ['aws:principalaccount', 'accounts'],
  ['aws:principalorgid', 'accounts'],
  ['aws:principalorgpaths', 'accounts'],
  ['aws:sourceaccount', 'accounts'],
  ['aws:sourceorgid', 'accounts'],
  ['aws:sourcevpc', 'accounts'],
  ['aws:sourcevpce', 'accounts'],
  ['aws:principalarn', 'identities'],
  ['aws:userid', 'identities'],
  ['aws:sourcearn', 'identities'],
])

const ORDER: readonly Reach[] = ['anyone', 'accounts', 'identities']

/** The narrowest of what a statement's conditions leave. */
export function reachOf({ conditions }: Pick<Statement, 'conditions'>): Reach {
  const each = conditions.map(reachOfOne)
  return ORDER.findLast((reach) => each.includes(reach)) ?? 'anyone'
}

function reachOfOne({ operator: name, key, values }: Condition): Reach {
  const operator = parseOperator(name)
  if (operator === undefined || operator === 'Null') return 'anyone'
  if (operator.negated || operator.ifExists || operator.set === 'all') return 'anyone'
  const reach = NARROWING.get(key.toLowerCase())
  if (reach === undefined) return 'anyone'
  // One value that fits strangers is enough to let them in.
  const each = values.map((value) => reachOfValue(value, reach, /Like|Arn/.test(name)))
  return ORDER.find((one) => each.includes(one)) ?? 'anyone'
}

function reachOfValue(value: string, reach: Reach, hasWildcards: boolean): Reach {
  if (!hasWildcards || !/[*?]/.test(value)) return reach
  if (reach === 'accounts') return 'anyone'
  const account = value.split(':')[4] ?? ''
  if (!/^\d{12}$/.test(account)) return 'anyone'
  return /:\*$|:(user|role|assumed-role)\/\*$/.test(value) ? 'accounts' : 'identities'
}

/** Whether the statement's actions include `action`. */
export function covers({ action }: Pick<Statement, 'action'>, name: string): boolean {
  const listed = action.values.some((value) => matches(parsePattern(value.toLowerCase()), name.toLowerCase()))
  return listed !== action.except
}

/** Whether a key of a condition is one of the encryption context. */
export const isContextKey = (key: string): boolean => /^kms:EncryptionContext(:.|Keys$)/i.test(key)
