/**
 * A second evaluator, written from the same pages in another style: raw JSON is compiled to predicates over a
 * world in which every fact has a value, so there are two answers only. It shares no code with src/main/iam and
 * knows only what worlds.ts makes up.
 */
import type { Json } from './cases/case.ts'

/** Everything there is to know. A key that `facts` lacks is absent from the request. */
export type World = {
  readonly arn: string
  readonly account: string
  readonly keyArn: string
  readonly action: string
  readonly pairs: Readonly<Record<string, string>>
  readonly facts: Readonly<Record<string, readonly string[]>>
}
export type RawGrant = {
  readonly grantee: string
  readonly operations: readonly string[]
  readonly issuer: string
  readonly equals?: Readonly<Record<string, string>>
  readonly subset?: Readonly<Record<string, string>>
}
export type RawPolicies = {
  readonly key: readonly Json[]
  readonly own: readonly Json[]
  readonly boundary?: readonly Json[] | undefined
  readonly scp?: readonly Json[] | undefined
  readonly grants: readonly RawGrant[]
}
type Predicate = (world: World) => boolean

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).map(String)
const glob = (pattern: string, flags = ''): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    `s${flags}`,
  )

/** The facts of a world under one key, or nothing. */
function look(world: World, name: string): readonly string[] | undefined {
  const key = name.toLowerCase()
  if (key === 'kms:encryptioncontextkeys')
    return Object.keys(world.pairs).length > 0 ? Object.keys(world.pairs) : undefined
  if (key.startsWith('kms:encryptioncontext:')) {
    const pair = Object.entries(world.pairs).find(
      ([one]) => `kms:encryptioncontext:${one.toLowerCase()}` === key,
    )
    return pair && [pair[1]]
  }
  if (key === 'kms:calleraccount' || key === 'aws:principalaccount') return [world.account]
  if (key === 'aws:principalarn') return [world.arn]
  return world.facts[name]
}

const TESTS: Readonly<Record<string, (wanted: string, actual: string) => boolean>> = {
  StringEquals: (wanted, actual) => wanted === actual,
  StringEqualsIgnoreCase: (wanted, actual) => wanted.toUpperCase() === actual.toUpperCase(),
  StringLike: (wanted, actual) => glob(wanted).test(actual),
  ArnLike: (wanted, actual) => {
    const [a, b] = [wanted.split(':'), actual.split(':')]
    return (
      b.length >= 6 &&
      [0, 1, 2, 3, 4].every((n) => glob(a[n] ?? '').test(b[n] ?? '')) &&
      glob(a.slice(5).join(':')).test(b.slice(5).join(':'))
    )
  },
  Bool: (wanted, actual) => wanted === actual,
  NumericLessThan: (wanted, actual) => Number.parseFloat(actual) < Number.parseFloat(wanted),
  NumericEquals: (wanted, actual) => Number.parseFloat(actual) === Number.parseFloat(wanted),
  DateGreaterThan: (wanted, actual) => new Date(actual) > new Date(wanted),
  IpAddress: (wanted, actual) => {
    const bits = (address: string) =>
      address
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('')
    const [network = '', length = '32'] = wanted.split('/')
    return bits(actual).startsWith(bits(network).slice(0, Number(length)))
  },
}

function condition(written: string, key: string, value: unknown): Predicate {
  if (written === 'Null')
    return (world) => listOf(value).some((one) => (look(world, key) === undefined) === (one === 'true'))
  const set = /^For(All|Any)/.exec(written)?.[1]
  const base = written.replace(/^For\w+:/, '').replace(/IfExists$/, '')
  const positive = base
    .replace('StringNot', 'String')
    .replace('ArnNot', 'Arn')
    .replace('NotIp', 'Ip')
    .replace('NumericNot', 'Numeric')
  const test = TESTS[positive]
  if (test === undefined) throw new Error(`the generator made ${written}`)
  const flip = positive !== base
  const one: (actual: string) => boolean = (actual) =>
    listOf(value).some((wanted) => test(wanted, actual)) !== flip
  return (world) => {
    const actual = look(world, key)
    if (actual === undefined)
      return written.endsWith('IfExists') || set === 'All' || (set === undefined && flip)
    return set === 'Any' ? actual.some(one) : actual.every(one)
  }
}

/** How a principal names the caller of a world: 0 not, 1 by account, 2 as itself. */
function nameRank(principal: unknown, world: World): number {
  if (principal === '*') return 2
  const names =
    typeof principal === 'object' && principal !== null && 'AWS' in principal ? listOf(principal.AWS) : []
  const rank = (name: string): number => {
    if (name === '*' || name === world.arn) return name === world.arn && name.endsWith(':root') ? 1 : 2
    return name === world.account || name === `arn:aws:iam::${world.account}:root` ? 1 : 0
  }
  return Math.max(0, ...names.map(rank))
}

function applies(statement: Json): Predicate {
  const tests: Predicate[] = []
  const { Action, NotAction, Resource, NotResource, Condition, NotPrincipal } = statement
  if (Action !== undefined)
    tests.push(({ action }) => listOf(Action).some((one) => glob(one, 'i').test(action)))
  if (NotAction !== undefined)
    tests.push(({ action }) => !listOf(NotAction).some((one) => glob(one, 'i').test(action)))
  if (Resource !== undefined)
    tests.push(({ keyArn }) => listOf(Resource).some((one) => glob(one).test(keyArn)))
  if (NotResource !== undefined)
    tests.push(({ keyArn }) => !listOf(NotResource).some((one) => glob(one).test(keyArn)))
  if (Resource === undefined && NotResource === undefined) tests.push(() => false)
  if (NotPrincipal !== undefined) tests.push((world) => nameRank(NotPrincipal, world) === 0)
  for (const [operator, keys] of Object.entries(Object(Condition ?? {})))
    for (const [key, value] of Object.entries(Object(keys))) tests.push(condition(operator, key, value))
  return (world) => tests.every((test) => test(world))
}

/** Whether the call goes through in this world. */
export function secondOpinion(world: World, { key, own, boundary, scp, grants }: RawPolicies): boolean {
  const everything = [...own, ...(boundary ?? []), ...(scp ?? [])]
  const inForce = (list: readonly Json[], effect: string): readonly Json[] =>
    list.filter((statement) => statement.Effect === effect && applies(statement)(world))
  const ofKey = (effect: string): number =>
    Math.max(
      0,
      ...inForce(key, effect).map((one) =>
        one.NotPrincipal === undefined ? nameRank(one.Principal, world) : 2,
      ),
    )
  if (ofKey('Deny') > 0 || inForce(everything, 'Deny').length > 0) return false
  if (scp !== undefined && inForce(scp, 'Allow').length === 0) return false

  const isRoot = world.arn.endsWith(':root')
  const capped = boundary === undefined || inForce(boundary, 'Allow').length > 0
  const ownAllows = isRoot || (inForce(own, 'Allow').length > 0 && capped)
  const rank = ofKey('Allow')
  const home = world.keyArn.split(':')[4] === world.account
  const granted = grants.some(
    (grant) =>
      grant.grantee === world.arn &&
      grant.operations.includes(world.action.slice(4)) &&
      (home || grant.issuer === world.account || ownAllows) &&
      constrained(grant, world),
  )
  if (granted) return true
  if (!home) return rank > 0 && ownAllows
  return rank === 2 || (rank === 1 && ownAllows)
}

function constrained({ equals, subset }: RawGrant, { action, pairs }: World): boolean {
  if (action === 'kms:DescribeKey') return true
  const sorted = (record: object): string => JSON.stringify(Object.entries(record).sort())
  const inside = Object.entries(subset ?? {}).every(([name, value]) => pairs[name] === value)
  return (equals === undefined || sorted(equals) === sorted(pairs)) && inside
}
