import { describe, expect, it } from 'vitest'
import { type LintFacts, type LintId, lint, parsePolicy } from '../../src/main/iam/index.ts'
import { callerOf, policyOf } from './ask.ts'
import {
  ACCOUNT,
  ALICE,
  allow,
  BOB,
  deny,
  type Json,
  KEY,
  OTHER_ROOT,
  ROLE,
  ROOT,
  when,
} from './cases/case.ts'
import { VAULT } from './vault.ts'

const facts: LintFacts = { keyArn: KEY, vaultId: VAULT }
const manage = allow(ROOT, ['kms:PutKeyPolicy', 'kms:DescribeKey'])
const ids = (statements: readonly Json[], more: Partial<LintFacts> = {}): readonly LintId[] =>
  lint(policyOf('key', statements), { ...facts, ...more }).map(({ id }) => id)
const everyone = (condition: Json, action: unknown = 'kms:Encrypt') => [manage, allow('*', action, condition)]
const contextOf = when('StringEquals', 'kms:EncryptionContext:strongroom-vault', VAULT)

/** For each finding: policies that have it, and ones near by that have not. */
const TABLE: readonly (readonly [
  id: LintId,
  there: readonly (readonly Json[])[],
  notThere: readonly (readonly Json[])[],
  facts?: Partial<LintFacts>,
])[] = [
  [
    'anyone',
    [
      everyone({}),
      everyone(when('StringNotEquals', 'kms:CallerAccount', '444455556666')),
      everyone(when('StringEqualsIfExists', 'kms:CallerAccount', ACCOUNT)),
      everyone(when('ForAllValues:StringEquals', 'aws:PrincipalOrgID', 'o-1')),
      everyone(when('StringLike', 'aws:PrincipalOrgID', '*')),
      everyone(when('StringLike', 'aws:PrincipalOrgID', ['o-1', 'o-*'])),
      everyone(when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/Papers')),
      everyone(when('StringEquals', 'kms:ViaService', 's3.us-west-2.amazonaws.com')),
      everyone(when('IpAddress', 'aws:SourceIp', '0.0.0.0/0')),
      everyone(when('Null', 'aws:PrincipalOrgID', 'false')),
      everyone(contextOf),
      [manage, { Effect: 'Allow', NotPrincipal: { AWS: ALICE }, Action: 'kms:Encrypt', Resource: '*' }],
    ],
    [
      everyone(when('StringEquals', 'kms:CallerAccount', ACCOUNT)),
      everyone(when('StringEquals', 'aws:PrincipalOrgID', 'o-1')),
      everyone(when('ArnLike', 'aws:PrincipalArn', `arn:aws:iam::${ACCOUNT}:role/P*`)),
      everyone({
        Condition: {
          StringEquals: { 'kms:ViaService': 's3.us-west-2.amazonaws.com', 'kms:CallerAccount': ACCOUNT },
        },
      }),
      [manage, deny('*', 'kms:Decrypt')],
    ],
  ],
  [
    'via-service-alone',
    [everyone(when('StringEquals', 'kms:ViaService', 's3.us-west-2.amazonaws.com'))],
    [
      everyone({
        Condition: {
          StringEquals: { 'kms:ViaService': 's3.us-west-2.amazonaws.com', 'kms:CallerAccount': ACCOUNT },
        },
      }),
      [
        manage,
        allow(ALICE, 'kms:Encrypt', when('StringEquals', 'kms:ViaService', 's3.us-west-2.amazonaws.com')),
      ],
    ],
  ],
  [
    'decrypt-for-all',
    [everyone({}, 'kms:*'), everyone(when('StringEquals', 'kms:CallerAccount', ACCOUNT), 'kms:De*')],
    [
      everyone(when('StringEquals', 'kms:CallerAccount', ACCOUNT)),
      everyone(when('ArnEquals', 'aws:PrincipalArn', ROLE), 'kms:Decrypt'),
    ],
  ],
  [
    'not-principal-allow',
    [[manage, { Effect: 'Allow', NotPrincipal: { AWS: ALICE }, Action: 'kms:Encrypt', Resource: '*' }]],
    [
      [
        manage,
        { Effect: 'Deny', NotPrincipal: { AWS: [ALICE, ROOT] }, Action: 'kms:Encrypt', Resource: '*' },
      ],
    ],
  ],
  [
    'unknown-principal',
    [[manage, allow({ AWS: [ALICE, 'AROACKCEVSQ6C2EXAMPLE'] }, 'kms:Encrypt')]],
    [[manage, allow(ALICE, 'kms:Encrypt')]],
  ],
  ['foreign-account', [[manage, allow(OTHER_ROOT, 'kms:Encrypt')]], [[manage]]],
  [
    'no-encryption-context',
    [[manage, allow(ALICE, 'kms:Decrypt')]],
    [
      [manage, allow(ALICE, 'kms:Decrypt', contextOf)],
      [manage, allow(ALICE, 'kms:Encrypt')],
    ],
  ],
  [
    'wildcard-actions',
    [
      [manage, allow(ALICE, 'kms:*')],
      [manage, allow(ALICE, '*')],
      [manage, { ...allow(ALICE), Action: undefined, NotAction: 'kms:Sign' }],
    ],
    [
      [manage, allow(ALICE, 'kms:GenerateDataKey*')],
      [manage, allow(ROOT, 'kms:*')],
      [manage, allow(ALICE, 'kms:Put*')],
    ],
  ],
  [
    'wildcard-actions',
    [[manage, allow(ALICE, 'kms:Put*')]],
    [[manage, allow(BOB, 'kms:*')]],
    { admins: [BOB] },
  ],
  ['no-effect', [[manage, allow(ALICE, 'kms:Encrypt', { Resource: undefined })]], [[manage]]],
  ['unread', [[manage, allow('arn:aws:iam::111122223333:user/*', 'kms:Encrypt')]], [[manage]]],
  [
    'no-administrator',
    [
      [allow(ALICE, 'kms:Encrypt')],
      [manage, deny('*', 'kms:PutKeyPolicy')],
      [allow('AIDACKCEVSQ6C2EXAMPLE')],
      [allow({ Service: 's3.amazonaws.com' })],
      [allow(ALICE, 'kms:*', when('Bool', 'aws:MultiFactorAuthPresent', 'true'))],
    ],
    [[allow(ALICE, 'kms:Put*')], [manage], [allow('*')]],
  ],
  [
    'locks-you-out',
    [[allow(ALICE, 'kms:*')], [manage, deny(BOB)]],
    [[manage], [allow(BOB, 'kms:PutKeyPolicy')]],
    { self: callerOf(BOB) },
  ],
  [
    'missing-delegation',
    [[allow(ALICE, 'kms:*')], [allow(OTHER_ROOT, 'kms:*')]],
    [[manage], [allow({ AWS: ACCOUNT }, 'kms:*')]],
  ],
  [
    'missing-member',
    [
      [manage, allow(BOB, 'kms:*')],
      [allow(ROOT), deny(ALICE, 'kms:Decrypt')],
      [
        manage,
        allow(ALICE, 'kms:*', when('StringEquals', 'kms:EncryptionContext:strongroom-vault', 'another')),
      ],
    ],
    [[manage, allow(ALICE, 'kms:*')], [allow(ROOT)]],
    { members: [ALICE] },
  ],
]

describe.each(TABLE.map(([id, ...rest]) => [id, ...rest] as const))(
  'the finding %s',
  (id, there, notThere, more) => {
    it.each(there.map((policy) => [policy]))('is there for %j', (policy) => {
      expect(ids(policy, more)).toContain(id)
    })
    it.each(notThere.map((policy) => [policy]))('is not there for %j', (policy) => {
      expect(ids(policy, more)).not.toContain(id)
    })
  },
)

describe('a finding', () => {
  it('names the statement, what stands there, what follows and what to do', () => {
    const findings = TABLE.flatMap(([, there, , more]) =>
      there.flatMap((policy) => lint(policyOf('key', policy), { ...facts, ...more })),
    )
    for (const { evidence, consequence, fix } of findings)
      for (const text of [evidence, consequence, fix]) expect(text).toMatch(/^.{8,}[.]$/)
    expect(lint(policyOf('key', everyone({})), facts)).toMatchObject([
      { id: 'anyone', severity: 'danger', statement: 2, evidence: 'statement 2 names everyone.' },
    ])
  })

  it('that hangs on facts is a warning, one that is certain a danger', () => {
    const severity = (statement: Json) =>
      lint(policyOf('key', [manage, statement]), { ...facts, self: callerOf(BOB) })
        .filter(({ id }) => id === 'locks-you-out')
        .map((finding) => finding.severity)
    expect(severity(deny(BOB))).toEqual(['danger'])
    expect(severity(deny(BOB, 'kms:*', when('Bool', 'aws:MultiFactorAuthPresent', 'false')))).toEqual([
      'warning',
    ])
  })

  it('tells of what the parser found in the policy as a whole', () => {
    const parsed = parsePolicy(
      JSON.stringify({ Version: '2012-10-17', Statement: [{ ...manage, Sid: '鍵' }] }),
      'key',
    )
    if (parsed.kind !== 'read') throw new Error('unreadable')
    expect(lint(parsed.policy, facts, parsed.problems)).toMatchObject([{ id: 'unread', statement: null }])
  })
})
