import { BlockList, isIP } from 'node:net'
import { literally, lowerCase, matches, type Pattern, splitAtColons } from './pattern.ts'
import { every, not, type Tri, tri } from './three-valued.ts'

/**
 * The operators of a condition (IAM guide, "Condition operators"). Each compares one value of the request with
 * one of the policy; `unknown` if one of them is not of the operator's kind, which the guide leaves open.
 */
type Compare = (wanted: Pattern, actual: string) => Tri

/** An operator name taken apart: ForAllValues:StringNotLikeIfExists. */
export type Operator = {
  readonly set: 'all' | 'any' | null
  readonly negated: boolean
  readonly ifExists: boolean
  readonly compare: Compare
}

/** `Null`, the operator taken apart, or undefined: no such operator. */
export function parseOperator(name: string): Operator | 'Null' | undefined {
  if (name === 'Null') return 'Null'
  const [, set, rest] = /^(?:(ForAllValues|ForAnyValue):)?(.+)$/.exec(name) ?? []
  if (rest === undefined) return undefined
  const ifExists = rest.endsWith('IfExists')
  const entry = TABLE.get(ifExists ? rest.slice(0, -'IfExists'.length) : rest)
  if (entry === undefined) return undefined
  return { set: set === undefined ? null : set === 'ForAllValues' ? 'all' : 'any', ifExists, ...entry }
}

/** Why a policy can't have this operator; undefined if it can. */
export function operatorProblem(name: string): string | undefined {
  return parseOperator(name) === undefined ? `There is no operator ${name}.` : undefined
}

const equalText: Compare = (wanted, actual) => tri(literally(wanted) === actual)
const equalIgnoringCase: Compare = (wanted, actual) =>
  tri(literally(wanted).toLowerCase() === actual.toLowerCase())
const like: Compare = (wanted, actual) => tri(matches(wanted, actual))

const bool: Compare = (wanted, actual) => {
  const [left, right] = [literally(wanted).toLowerCase(), actual.toLowerCase()]
  const known = [left, right].every((value) => value === 'true' || value === 'false')
  return known ? tri(left === right) : 'unknown'
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const binary: Compare = (wanted, actual) => {
  const text = literally(wanted)
  return BASE64.test(text) && BASE64.test(actual) ? tri(text === actual) : 'unknown'
}

/** Six parts between colons, each matched by itself: a star never reaches over a colon but in the last part. */
const arn: Compare = (wanted, actual) => {
  const parts = splitAtColons(wanted, 6)
  const given = actual.split(':')
  if (parts.length < 6) return 'unknown'
  if (given.length < 6) return 'no'
  const six = [...given.slice(0, 5), given.slice(5).join(':')]
  return every(six.map((part, index) => tri(matches(parts[index] ?? [], part))))
}

const address: Compare = (wanted, actual) => {
  const [network = '', prefix, ...more] = literally(wanted).split('/')
  const [family, actualFamily] = [isIP(network), isIP(actual)]
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)
  const sound = /^\d{1,3}$/.test(prefix ?? '0') && bits <= (family === 4 ? 32 : 128) && more.length === 0
  if (family === 0 || actualFamily === 0 || !sound) return 'unknown'
  if (family !== actualFamily) return 'no'
  const list = new BlockList()
  list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6')
  return tri(list.check(actual, family === 4 ? 'ipv4' : 'ipv6'))
}

type Order = (difference: number) => boolean
const ORDERS: readonly (readonly [name: string, order: Order])[] = [
  ['Equals', (difference) => difference === 0],
  ['LessThan', (difference) => difference < 0],
  ['LessThanEquals', (difference) => difference <= 0],
  ['GreaterThan', (difference) => difference > 0],
  ['GreaterThanEquals', (difference) => difference >= 0],
]

/** Compares `actual` with `wanted` as numbers, once `read` has made numbers of both. */
function ordered(read: (text: string) => number | undefined, order: Order): Compare {
  return (wanted, actual) => {
    const [left, right] = [read(actual), read(literally(wanted))]
    return left === undefined || right === undefined ? 'unknown' : tri(order(left - right))
  }
}

const readNumber = (text: string): number | undefined =>
  /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined

const DATE = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/
/** ms since 1970 of a date of ISO 8601 as W3C profiles it, or of seconds since 1970. */
function readDate(text: string): number | undefined {
  // Four digits are a year; epoch seconds of four digits would be the first hours of 1970.
  if (/^\d{5,12}$/.test(text)) return Number(text) * 1000
  if (!DATE.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

type Entry = { readonly negated: boolean; readonly compare: Compare }
const TABLE: ReadonlyMap<string, Entry> = new Map([
  ...pair('StringEquals', 'StringNotEquals', equalText),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', equalIgnoringCase),
  ...pair('StringLike', 'StringNotLike', like),
  ...pair('ArnEquals', 'ArnNotEquals', arn),
  ...pair('ArnLike', 'ArnNotLike', arn),
  ...pair('IpAddress', 'NotIpAddress', address),
  ['Bool', { negated: false, compare: bool }],
  ['BinaryEquals', { negated: false, compare: binary }],
  ...numbers('Numeric', readNumber),
  ...numbers('Date', readDate),
])

function pair(name: string, opposite: string, compare: Compare): [string, Entry][] {
  return [
    [name, { negated: false, compare }],
    [opposite, { negated: true, compare }],
  ]
}

function numbers(prefix: string, read: (text: string) => number | undefined): [string, Entry][] {
  return [
    ...ORDERS.map(([name, order]): [string, Entry] => [
      `${prefix}${name}`,
      { negated: false, compare: ordered(read, order) },
    ]),
    [`${prefix}NotEquals`, { negated: true, compare: ordered(read, (difference) => difference === 0) }],
  ]
}

/** Matches one action: case does not count, stars do. */
export function actionMatches(pattern: Pattern, action: string): boolean {
  return matches(lowerCase(pattern), action.toLowerCase())
}

/** Turned round for a negated operator. */
export const signed = (operator: Operator, fits: Tri): Tri => (operator.negated ? not(fits) : fits)
