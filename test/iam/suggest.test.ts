import { describe, expect, it } from 'vitest'
import {
  compare,
  lint,
  type Policies,
  parsePolicy,
  simulate,
  suggestedPolicy,
  whatVaultNeeds,
} from '../../src/main/iam/index.ts'
import { callerOf, policyOf } from './ask.ts'
import {
  ACCOUNT,
  ALICE,
  allow,
  BOB,
  deny,
  KEY,
  permit,
  ROLE,
  ROOT,
  SESSION,
  STRANGER,
  when,
} from './cases/case.ts'
import { VAULT } from './vault.ts'

const ADMIN = `arn:aws:iam::${ACCOUNT}:role/KeyAdmin`
const request = {
  account: ACCOUNT,
  keyArn: KEY,
  vaultId: VAULT,
  admins: [ADMIN],
  members: [ROLE, ALICE, STRANGER],
}
const suggestion = suggestedPolicy(request)

function read(text: string, kind: 'key' | 'identity') {
  const parsed = parsePolicy(text, kind)
  if (parsed.kind !== 'read') throw new Error('unreadable')
  expect(parsed.problems).toEqual([])
  return parsed.policy
}
const keyPolicy = read(suggestion.keyPolicy, 'key')
const whole = { grants: [], boundary: null, session: null, scps: null, rcps: null } as const
const answers = (caller: string, policies: Partial<Policies> = {}, vaultId = VAULT) =>
  simulate(callerOf(caller), KEY, vaultId, { keyPolicy, identity: [], ...whole, ...policies }).map(
    ({ decision }) => decision.answer,
  )

describe('the suggested policy', () => {
  it('lints clean', () => {
    const { admins, members } = request
    expect(lint(keyPolicy, { keyArn: KEY, vaultId: VAULT, admins, members, self: callerOf(ADMIN) })).toEqual(
      [],
    )
  })

  it('lets each member make every call that a vault makes, and needs no other policy', () => {
    for (const member of [ROLE, SESSION, ALICE])
      expect(new Set(answers(member))).toEqual(new Set(['allowed']))
  })

  it('comes with the policy that a member of another account needs there', () => {
    expect(suggestion.memberPolicies.map(({ member }) => member)).toEqual([STRANGER])
    expect(new Set(answers(STRANGER))).toEqual(new Set(['denied']))
    const identity = suggestion.memberPolicies.map(({ policy }) => read(policy, 'identity'))
    expect(new Set(answers(STRANGER, { identity }))).toEqual(new Set(['allowed']))
  })

  it('opens no other vault, no message without the vault’s context, and nothing to admins or the account', () => {
    const opens = (caller: string, vaultId = VAULT, identity = [policyOf('identity', [permit()])]) =>
      answers(caller, { identity }, vaultId).filter((answer) => answer !== 'denied').length
    const other = VAULT.replace('0', '1') as typeof VAULT
    expect(opens(ALICE, other)).toBe(1) // DescribeKey
    expect(opens(ADMIN)).toBe(1)
    expect(opens(ROOT)).toBe(1)
    expect(opens(BOB)).toBe(1)
    expect(opens(BOB, VAULT, [])).toBe(0)
  })

  it('lets no member manage the key', () => {
    const gains = compare(policyOf('key', [deny('*')]), keyPolicy, KEY, VAULT)
    const managing = gains
      .filter(({ action, after }) => /Put|Schedule|Disable|Grant/.test(action) && after === 'by-itself')
      .map(({ principal }) => principal)
    expect(new Set(managing)).toEqual(new Set([ROOT, ADMIN]))
  })

  it.each([
    ['an account that is none', { account: '1' }],
    ['a key of another account', { keyArn: KEY.replace(ACCOUNT, '444455556666') }],
    ['a session as member', { members: [SESSION] }],
    ['a star as admin', { admins: ['*'] }],
    ['no member', { members: [] }],
  ])('is refused for %s', (_, change) => {
    expect(() => suggestedPolicy({ ...request, ...change })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    )
  })
})

describe('what a vault needs', () => {
  it('is said for each call: allowed, denied, or what is missing', () => {
    const policy = policyOf('key', [
      allow(ALICE, ['kms:Decrypt', 'kms:DescribeKey']),
      allow(ALICE, 'kms:GenerateDataKey', when('StringEquals', 'aws:PrincipalOrgID', 'o-1')),
    ])
    const simulated = simulate(callerOf(ALICE), KEY, VAULT, { keyPolicy: policy, identity: [], ...whole })
    const short = Object.groupBy(simulated, ({ decision }) => decision.answer)
    expect(short.allowed?.map(({ need }) => need.purpose)).toEqual([
      'open the vault and see its names',
      'open files',
      'see that the key is usable',
    ])
    expect(short['cannot-decide']?.map(({ decision }) => decision.missing)).toEqual([
      ['aws:PrincipalOrgID'],
      ['aws:PrincipalOrgID'],
    ])
    const known = simulate(
      callerOf(ALICE),
      KEY,
      VAULT,
      { keyPolicy: policy, identity: [], ...whole },
      { 'AWS:PrincipalOrgId': ['o-1'] },
    )
    expect(known.filter(({ decision }) => decision.answer === 'cannot-decide')).toEqual([])
  })

  it('sends the two pairs of docs/format.md §2, of which the second is any id', () => {
    const needs = whatVaultNeeds(VAULT)
    const names = new Set(needs.map(({ encryptionContext }) => Object.keys(encryptionContext).join()))
    expect(names).toEqual(
      new Set(['strongroom-vault,strongroom-version', 'strongroom-vault,strongroom-metadata', '']),
    )
    const one = policyOf('key', [
      allow(ALICE, 'kms:Decrypt', when('StringEquals', 'kms:EncryptionContext:strongroom-version', VAULT)),
    ])
    const answered = simulate(callerOf(ALICE), KEY, VAULT, { keyPolicy: one, identity: [], ...whole }).slice(
      0,
      2,
    )
    expect(answered.map(({ decision }) => decision.answer)).toEqual(['denied', 'cannot-decide'])
  })

  it('is met by a grant whose constraint names the vault, and hangs on one that names a version', () => {
    const policy = policyOf('key', [allow(ROOT)])
    const grant = { id: 'g', grantee: ALICE, operations: ['Decrypt'], issuingAccount: ACCOUNT }
    const decrypt = (rest: object) =>
      answers(ALICE, { keyPolicy: policy, grants: [{ ...grant, ...rest }] })[1]
    expect(decrypt({ contextSubset: { 'strongroom-vault': VAULT } })).toBe('allowed')
    expect(decrypt({ contextSubset: { 'strongroom-version': VAULT } })).toBe('cannot-decide')
    expect(decrypt({ contextSubset: { 'strongroom-vault': 'another' } })).toBe('denied')
  })
})

describe('two policies compared', () => {
  const before = policyOf('key', [allow(ROOT, 'kms:PutKeyPolicy'), allow(ALICE, 'kms:Decrypt')])

  it('the same policy gives and takes nothing', () => {
    expect(compare(before, before, KEY, VAULT)).toEqual([])
  })

  it('says who gains and who loses which call', () => {
    const after = policyOf('key', [allow(ROOT, 'kms:PutKeyPolicy'), allow(BOB, 'kms:Decrypt')])
    const changes = compare(before, after, KEY, VAULT).map(({ principal, action, change }) => [
      principal,
      action,
      change,
    ])
    expect(changes).toEqual([
      [ALICE, 'kms:Decrypt', 'loses'],
      [ALICE, 'kms:Decrypt', 'loses'],
      [BOB, 'kms:Decrypt', 'gains'],
      [BOB, 'kms:Decrypt', 'gains'],
    ])
  })

  it('sees that access which needed nothing now needs an identity policy', () => {
    const after = policyOf('key', [allow(ROOT)])
    const alice = compare(before, after, KEY, VAULT).filter(
      ({ principal, action }) => principal === ALICE && action === 'kms:Decrypt',
    )
    expect(alice).toMatchObject([
      { before: 'by-itself', after: 'with-own-policy', change: 'loses' },
      { purpose: 'open files' },
    ])
  })

  it('sees that anyone at all gets in', () => {
    const after = policyOf('key', [allow('*')])
    expect(compare(before, after, KEY, VAULT)).toContainEqual(
      expect.objectContaining({
        principal: 'arn:aws:iam::000000000000:user/anyone',
        action: 'kms:Decrypt',
        after: 'with-own-policy',
        change: 'gains',
      }),
    )
  })

  it('says unclear where a condition hangs on facts that are not known', () => {
    const after = policyOf('key', [
      allow(ROOT, 'kms:PutKeyPolicy'),
      allow(ALICE, 'kms:Decrypt', when('IpAddress', 'aws:SourceIp', '203.0.113.0/24')),
    ])
    expect(compare(before, after, KEY, VAULT)).toMatchObject([
      { after: 'unsure', change: 'unclear' },
      { after: 'unsure', change: 'unclear' },
    ])
  })

  it('looks at others too if asked', () => {
    const after = policyOf('key', [allow(ROOT)])
    expect(
      compare(before, after, KEY, VAULT, { others: [BOB] }).some(({ principal }) => principal === BOB),
    ).toBe(true)
  })
})
