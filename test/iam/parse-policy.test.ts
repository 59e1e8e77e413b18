import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  evaluate,
  MAX_POLICY_BYTES,
  type PolicyKind,
  parsePolicy,
  policyInWords,
} from '../../src/main/iam/index.ts'
import { callerOf, policyOf } from './ask.ts'
import { ALICE, allow, deny, type Json, KEY, permit, ROLE, ROOT, when } from './cases/case.ts'

const sound = { Version: '2012-10-17', Statement: [allow(ALICE)] }
const parse = (value: unknown, kind: PolicyKind = 'key') =>
  parsePolicy(typeof value === 'string' ? value : JSON.stringify(value), kind)
const withStatement = (change: Json) => ({ ...sound, Statement: [{ ...allow(ALICE), ...change }] })

describe('the text of a policy', () => {
  it('is read without a problem where AWS takes it', () => {
    expect(parse(sound)).toMatchObject({ kind: 'read', problems: [] })
    expect(
      parse({ ...sound, Id: 'x', Statement: allow(ALICE, ['kms:*'], { Sid: 'may use it' }) }),
    ).toMatchObject({ kind: 'read', problems: [] })
  })

  it.each([
    ['no JSON', '{', ''],
    ['no object', '[]', ''],
    ['over 32 KiB', `${JSON.stringify(sound)}${' '.repeat(MAX_POLICY_BYTES)}`, ''],
    ['an unknown element', { ...sound, Statements: [] }, 'Statements'],
    ['an unknown version', { ...sound, Version: '2020-01-01' }, 'Version'],
    ['no statement', { Version: '2012-10-17' }, 'Statement'],
    ['an empty list of statements', { ...sound, Statement: [] }, 'Statement'],
    ['a statement that is text', { ...sound, Statement: ['x'] }, 'Statement[0]'],
    [
      'a member twice',
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow"}]}',
      'Statement[0].Effect',
    ],
    [
      'a condition key twice',
      '{"Statement":[{"Condition":{"Bool":{"a":"1","b":"2","a":"3"}}}]}',
      'Statement[0].Condition.Bool.a',
    ],
    [
      'a member twice, once spelled with an escape',
      '{"Version":"2012-10-17","Statement":[],"\\u0053tatement":[]}',
      'Statement',
    ],
  ])('with %s is unreadable, and says where', (_, text, element) => {
    expect(parse(text)).toMatchObject({ kind: 'unreadable', problems: [{ severity: 'error', element }] })
  })

  it('with the same name in two objects, or in text, has no member twice', () => {
    const tricky = {
      ...sound,
      Id: '{"Id":1,"Id":2}',
      Statement: [allow(ALICE, 'kms:*', { Sid: 'a "Sid", \\' }), allow(ALICE)],
    }
    expect(parse(tricky)).toMatchObject({ kind: 'read', problems: [] })
  })

  it.each([
    ['an unknown element', { Resorce: '*' }, 'Resorce'],
    ['an effect of another spelling', { Effect: 'allow' }, 'Effect'],
    ['no action', { Action: undefined }, 'Action'],
    ['Action and NotAction', { NotAction: 'kms:Encrypt' }, 'Action'],
    ['Resource and NotResource', { NotResource: KEY }, 'Resource'],
    ['Principal and NotPrincipal', { NotPrincipal: '*' }, 'Principal'],
    ['no principal', { Principal: undefined }, 'Principal'],
    ['a principal of unknown type', { Principal: { Aws: ALICE } }, 'Principal.Aws'],
    [
      'a wildcard within a principal',
      { Principal: { AWS: 'arn:aws:iam::111122223333:role/*' } },
      'Principal.AWS',
    ],
    ['a group as principal', { Principal: { AWS: 'arn:aws:iam::111122223333:group/g' } }, 'Principal.AWS'],
    ['a principal that is none', { Principal: { AWS: 'Alice' } }, 'Principal.AWS'],
    ['a service that is none', { Principal: { Service: 'Alice' } }, 'Principal.Service'],
    ['an action without its service', { Action: 'Decrypt' }, 'Action'],
    ['a list of numbers and objects', { Action: [{}] }, 'Action'],
    ['an unknown operator', when('StringEqual', 'aws:username', 'x'), 'Condition.StringEqual'],
    ['NullIfExists', when('NullIfExists', 'aws:username', 'true'), 'Condition.NullIfExists'],
    [
      'values that are objects',
      when('StringEquals', 'aws:username', { a: 1 }),
      'Condition.StringEquals.aws:username',
    ],
    ['a condition that is text', { Condition: 'x' }, 'Condition'],
  ])(
    'keeps a statement with %s, names it, and never answers as if it were not there',
    (_, change, element) => {
      const parsed = parse(withStatement(change))
      if (parsed.kind !== 'read') throw new Error('unreadable')
      expect(parsed.problems).toContainEqual(
        expect.objectContaining({ severity: 'error', statement: 1, element }),
      )
      const request = { caller: callerOf(ALICE), action: 'kms:Decrypt', resource: KEY }
      const denying = parse({
        ...sound,
        Statement: [allow(ALICE), { ...deny(ALICE), ...change, Effect: change.Effect ?? 'Deny' }],
      })
      if (denying.kind !== 'read') throw new Error('unreadable')
      // Read in full it would deny or not; unread it must not be passed over.
      expect(denying.policy.statements[1]?.unread.length).toBeGreaterThan(0)
      expect(evaluate(request, { keyPolicy: parsed.policy, identity: [], grants: [] }).answer).not.toBe(
        'allowed',
      )
    },
  )

  it('without Resource is a warning in a key policy and an error in an identity policy', () => {
    const severity = (kind: PolicyKind, statement: Json) => {
      const parsed = parse({ ...sound, Statement: [statement] }, kind)
      return parsed.problems.map((problem) => [problem.element, problem.severity])
    }
    expect(severity('key', allow(ALICE, 'kms:*', { Resource: undefined }))).toEqual([['Resource', 'warning']])
    expect(severity('identity', permit('kms:*', { Resource: undefined }))).toEqual([['Resource', 'error']])
  })

  it('warns of a missing version and of a Sid used twice', () => {
    const parsed = parse({
      Statement: [allow(ALICE, 'kms:*', { Sid: 'a' }), allow(ROLE, 'kms:*', { Sid: 'a' })],
    })
    expect(parsed.problems.map(({ element, severity, statement }) => [element, severity, statement])).toEqual(
      [
        ['Version', 'warning', null],
        ['Sid', 'warning', 2],
      ],
    )
  })

  it('with characters beyond Latin-1 is refused for a key policy', () => {
    expect(parse(withStatement({ Sid: 'Schlüssel' })).problems).toEqual([])
    expect(parse(withStatement({ Sid: '鍵' })).problems).toMatchObject([{ severity: 'error', element: '' }])
  })

  it('whatever it is, ends in a policy or in problems, never in a crash', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((text) => `{"Statement":[${text}]}`),
        ),
        (text) => {
          const parsed = parsePolicy(text, 'key')
          if (parsed.kind === 'unreadable') expect(parsed.problems.length).toBeGreaterThan(0)
          else parsed.policy.statements.map(policyInWords)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('a statement in words', () => {
  const words = (statement: Json) => policyOf('key', [statement]).statements.map(policyInWords).join()

  it.each([
    [allow(ALICE, 'kms:Decrypt'), 'User Alice of account 111122223333 may decrypt.'],
    [
      allow({ AWS: [ALICE, ROLE] }, ['kms:Decrypt', 'kms:Encrypt', 'kms:DescribeKey']),
      'User Alice of account 111122223333 and role Papers of account 111122223333 may decrypt, encrypt and see the key’s facts.',
    ],
    [
      allow(ROOT),
      'Account 111122223333 may do anything with the key. An account passes this on only to those whom its own IAM policies allow it.',
    ],
    [
      deny('*', 'kms:PutKeyPolicy', when('Bool', 'aws:MultiFactorAuthPresent', 'false')),
      'Everyone in every account may never change the key policy, if aws:MultiFactorAuthPresent is “false”.',
    ],
    [
      allow('*', 'kms:Decrypt', when('StringEquals', 'kms:CallerAccount', '111122223333')),
      'Everyone in every account may decrypt, if the caller’s account is “111122223333”.',
    ],
    [
      allow(ALICE, 'kms:Decrypt', when('ForAllValues:StringEquals', 'kms:EncryptionContextKeys', ['a', 'b'])),
      'User Alice of account 111122223333 may decrypt, if each of the encryption context’s names is “a” or “b”.',
    ],
    [
      allow(ALICE, 'kms:Decrypt', when('StringEqualsIfExists', 'kms:EncryptionContext:team', 'law')),
      'User Alice of account 111122223333 may decrypt, if the encryption context’s team is “law” or it is absent.',
    ],
    [
      allow(ALICE, 'kms:Sign', { Resource: undefined }),
      'User Alice of account 111122223333 may call kms:Sign. It names no resource, so it has no effect.',
    ],
    [
      { Effect: 'Deny', NotPrincipal: { AWS: ALICE }, NotAction: 'kms:Decrypt', Resource: '*' },
      'Everyone in every account except user Alice of account 111122223333 may never do anything except decrypt.',
    ],
    [allow({ Service: 's3.amazonaws.com' }, 'kms:Decrypt'), 'The AWS service s3.amazonaws.com may decrypt.'],
  ])('%j', (statement, sentence) => {
    expect(words(statement)).toBe(sentence)
  })
})
