/** Random policies, requests and grants: both evaluators must agree, and no answer may rest on what isn't known. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate, type Grant } from '../../src/main/iam/index.ts'
import { callerOf, policyOf } from './ask.ts'
import {
  ACCOUNT,
  ALICE,
  BOB,
  type Json,
  KEY,
  OTHER_ACCOUNT,
  OTHER_ROOT,
  ROLE,
  ROOT,
  STRANGER,
} from './cases/case.ts'
import { type RawGrant, type RawPolicies, secondOpinion, type World } from './second-evaluator.ts'

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const listOf = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(value, fc.uniqueArray(value, { minLength: 1, maxLength: 3 }))

/** Operators by key, with values that often fit. */
const TAG = 'aws:PrincipalTag/x'
const conditions = fc.oneof(
  triple(
    some(
      'StringEquals',
      'StringNotEquals',
      'StringLike',
      'StringNotLike',
      'StringEqualsIgnoreCase',
      'StringEqualsIfExists',
      'StringNotLikeIfExists',
    ),
    TAG,
    listOf(some('a', 'A', 'ab', 'a*', '?', '*b')),
  ),
  triple(
    some(
      'ForAllValues:StringEquals',
      'ForAnyValue:StringEquals',
      'ForAnyValue:StringNotEquals',
      'ForAllValues:StringLike',
    ),
    'kms:EncryptionContextKeys',
    listOf(some('v', 'w', 'V', '*')),
  ),
  triple(
    some('StringEquals', 'StringNotEquals', 'StringLike'),
    'kms:EncryptionContext:V',
    listOf(some('1', '2', '*')),
  ),
  triple(some('StringEquals', 'StringNotEquals'), 'kms:CallerAccount', some(ACCOUNT, OTHER_ACCOUNT)),
  triple(
    some('ArnLike', 'ArnNotLike'),
    'aws:PrincipalArn',
    some(ALICE, `arn:aws:iam::${ACCOUNT}:user/*`, 'arn:aws:iam::*:role/Papers'),
  ),
  triple(some('Bool', 'BoolIfExists'), 'aws:MultiFactorAuthPresent', some('true', 'false')),
  triple(
    some('Null'),
    some('aws:MultiFactorAuthPresent', TAG, 'kms:EncryptionContextKeys'),
    some('true', 'false'),
  ),
  triple(
    some('IpAddress', 'NotIpAddress'),
    'aws:SourceIp',
    listOf(some('203.0.113.0/24', '203.0.113.9', '203.0.0.0/13')),
  ),
  triple(
    some('NumericLessThan', 'NumericEquals', 'NumericNotEquals'),
    'aws:MultiFactorAuthAge',
    some('10', '9.5'),
  ),
  triple(some('DateGreaterThan'), 'aws:CurrentTime', some('2026-01-01T00:00:00Z', '2027-01-01')),
)
function triple(
  operator: fc.Arbitrary<string>,
  key: string | fc.Arbitrary<string>,
  value: fc.Arbitrary<unknown>,
): fc.Arbitrary<Json> {
  return fc
    .tuple(operator, typeof key === 'string' ? fc.constant(key) : key, value)
    .map(([a, b, c]) => ({ [a]: { [b]: c } }))
}

const FACTS: Readonly<Record<string, readonly (readonly string[] | null)[]>> = {
  [TAG]: [['a'], ['AB'], ['ab'], ['*'], null],
  'aws:MultiFactorAuthPresent': [['true'], ['false'], null],
  'aws:SourceIp': [['203.0.113.9'], ['203.7.0.1'], ['198.51.100.1'], null],
  'aws:MultiFactorAuthAge': [['9'], ['9.5'], ['10'], null],
  'aws:CurrentTime': [['2026-06-01T00:00:00Z'], ['2027-06-01T00:00:00Z']],
}
const facts = fc.record(
  Object.fromEntries(Object.entries(FACTS).map(([key, values]) => [key, some(...values)])),
)

const actions = some('kms:Decrypt', 'kms:*', 'KMS:de*', 'kms:Encrypt', 'kms:?ecrypt', 'kms:DescribeKey', '*')
const what = fc.oneof(
  { weight: 4, arbitrary: listOf(actions).map((Action): Json => ({ Action })) },
  { weight: 1, arbitrary: listOf(actions).map((NotAction): Json => ({ NotAction })) },
)
const where = fc.oneof(
  { weight: 6, arbitrary: some<Json>({ Resource: '*' }) },
  {
    weight: 2,
    arbitrary: some<Json>(
      { Resource: KEY },
      { Resource: `arn:aws:kms:*:${ACCOUNT}:key/*` },
      { Resource: `${KEY}x` },
      { NotResource: KEY },
      { NotResource: 'arn:aws:s3:::*' },
    ),
  },
)
const when = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Json>({}) },
  { weight: 3, arbitrary: conditions.map((Condition): Json => ({ Condition })) },
  // Two operators; of the same one the second would replace the first, which is a smaller policy and no harm.
  {
    weight: 1,
    arbitrary: fc.tuple(conditions, conditions).map(([a, b]): Json => ({ Condition: { ...a, ...b } })),
  },
)
const effect = fc.oneof(
  { weight: 3, arbitrary: fc.constant('Allow') },
  { weight: 1, arbitrary: fc.constant('Deny') },
)
const principals = some(ROOT, OTHER_ROOT, ALICE, BOB, ROLE, STRANGER, ACCOUNT)
const who = fc.oneof(
  { weight: 6, arbitrary: listOf(principals).map((AWS): Json => ({ Principal: { AWS } })) },
  { weight: 1, arbitrary: some<Json>({ Principal: '*' }, { Principal: { AWS: '*' } }) },
  // Lists in full: of others AWS itself says that they may go either way.
  {
    weight: 1,
    arbitrary: some<Json>(
      { NotPrincipal: { AWS: [ALICE, ROOT] } },
      { NotPrincipal: { AWS: [STRANGER, OTHER_ROOT] } },
    ),
  },
)
const parts = fc.tuple(
  effect.map((Effect): Json => ({ Effect })),
  what,
  where,
  when,
)
const merged = (list: readonly Json[]): Json => Object.assign({}, ...list)
const ownStatement = parts.map(merged)
const keyStatement = fc.tuple(parts, who).map(([rest, one]) => merged([...rest, one]))
const pairs = some<Readonly<Record<string, string>>>(
  {},
  { v: '1' },
  { v: '2' },
  { v: '1', w: '1' },
  { w: '1' },
)

const rawGrant: fc.Arbitrary<RawGrant> = fc.record(
  {
    grantee: some(ALICE, BOB, ROLE, STRANGER),
    operations: fc.uniqueArray(some('Decrypt', 'Encrypt', 'DescribeKey'), { minLength: 1 }),
    issuer: some(ACCOUNT, OTHER_ACCOUNT),
    equals: pairs,
    subset: pairs,
  },
  { requiredKeys: ['grantee', 'operations', 'issuer'] },
)
const scenario = fc
  .record({
    arn: some(ALICE, ALICE, BOB, ROLE, STRANGER, ROOT),
    action: some('kms:Decrypt', 'kms:Decrypt', 'kms:Encrypt', 'kms:DescribeKey'),
    pairs,
    facts,
    key: fc.array(keyStatement, { minLength: 1, maxLength: 4 }),
    own: fc.array(ownStatement, { maxLength: 3 }),
    scp: fc.option(fc.array(ownStatement, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 4 }),
    grants: fc.array(rawGrant, { maxLength: 2 }),
  })
  .map(({ arn, action, pairs, facts, ...policies }) => {
    const known = Object.entries(facts).filter(
      (entry): entry is [string, readonly string[]] => entry[1] !== null,
    )
    const account = arn.split(':')[4] ?? ''
    const world: World = { arn, account, keyArn: KEY, action, pairs, facts: Object.fromEntries(known) }
    return { world, policies: policies as RawPolicies }
  })

/** Our evaluator's answer, of the world as far as it is told: `hidden` keys are not. */
function ours(
  { arn, keyArn, action, pairs, facts }: World,
  raw: RawPolicies,
  hidden: ReadonlySet<string> = new Set(),
) {
  const told = Object.keys(FACTS).filter((key) => !hidden.has(key))
  const context = Object.fromEntries(told.map((key) => [key, facts[key] ?? null]))
  const request = { caller: callerOf(arn), action, resource: keyArn, context }
  const grants = raw.grants.map(
    ({ grantee, operations, issuer, equals, subset }, index): Grant => ({
      id: String(index),
      grantee,
      operations,
      issuingAccount: issuer,
      ...(equals && { contextEquals: equals }),
      ...(subset && { contextSubset: subset }),
    }),
  )
  return evaluate(hidden.has('pairs') ? request : { ...request, encryptionContext: pairs }, {
    keyPolicy: policyOf('key', raw.key),
    identity: raw.own.length > 0 ? [policyOf('identity', raw.own)] : [],
    grants,
    boundary: raw.boundary ? policyOf('boundary', raw.boundary) : null,
    session: null,
    scps: raw.scp ? [[policyOf('scp', raw.scp)]] : null,
    rcps: null,
  })
}

/**
 * Cases that AWS's pages leave open, so that one evaluator may say so while the other has to choose: a grant across
 * accounts without the caller's own policies, and NotPrincipal that lists the account of a caller but not itself.
 */
function isOpen(world: World, { key, grants }: RawPolicies): boolean {
  const granted = grants.some(({ grantee, issuer }) => grantee === world.arn && issuer !== world.account)
  const halfListed = key.some(({ NotPrincipal }) => {
    const text = JSON.stringify(NotPrincipal ?? {})
    return text.includes(`:iam::${world.account}:root`) && !text.includes(`"${world.arn}"`)
  })
  return (world.account !== ACCOUNT && granted) || halfListed
}

describe('two evaluators, written apart', () => {
  it('agree on random policies, requests and grants of which all is known', () => {
    const seen = { allowed: 0, denied: 0, 'cannot-decide': 0 }
    fc.assert(
      fc.property(scenario, ({ world, policies }) => {
        const { answer } = ours(world, policies)
        seen[answer] += 1
        if (answer === 'cannot-decide' && isOpen(world, policies)) return
        expect(answer).toBe(secondOpinion(world, policies) ? 'allowed' : 'denied')
      }),
      { numRuns: 6000 },
    )
    // Neither answer is so rare that agreeing on it means nothing.
    expect(Math.min(seen.allowed, seen.denied)).toBeGreaterThan(600)
  })

  it('agree under a permissions boundary, where nobody is named by a star', () => {
    const boundary = fc.array(ownStatement, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(scenario, boundary, ({ world, policies }, limit) => {
        const named = policies.key.filter(({ Principal }) => !JSON.stringify(Principal ?? '*').includes('*'))
        // A role is narrowed where it is named, a grant under a boundary is left open by the guide.
        if (world.arn === ROLE || named.length === 0) return
        const raw = { ...policies, key: named, grants: [], boundary: limit }
        expect(ours(world, raw).answer).toBe(secondOpinion(world, raw) ? 'allowed' : 'denied')
      }),
      { numRuns: 3000 },
    )
  })

  it('never differ for any value of a fact that was not told', () => {
    const hidden = fc.uniqueArray(some(...Object.keys(FACTS), 'pairs'), { minLength: 1, maxLength: 3 })
    const seen = { settled: 0, open: 0 }
    fc.assert(
      fc.property(scenario, hidden, facts, pairs, ({ world, policies }, keys, otherFacts, otherPairs) => {
        const hide = new Set(keys)
        const { answer } = ours(world, policies, hide)
        seen[answer === 'cannot-decide' ? 'open' : 'settled'] += 1
        if (answer === 'cannot-decide') return
        const guessed = Object.entries(otherFacts).filter(
          (entry): entry is [string, readonly string[]] => entry[1] !== null && hide.has(entry[0]),
        )
        const kept = Object.entries(world.facts).filter(([key]) => !hide.has(key))
        const other = {
          ...world,
          facts: Object.fromEntries([...kept, ...guessed]),
          pairs: hide.has('pairs') ? otherPairs : world.pairs,
        }
        for (const one of [world, other])
          expect(answer).toBe(secondOpinion(one, policies) ? 'allowed' : 'denied')
      }),
      { numRuns: 6000 },
    )
    expect(Math.min(seen.settled, seen.open)).toBeGreaterThan(300)
  })
})
