import { describe, expect, it } from 'vitest'
import { type Act, conflictsOf, decide } from '../../src/main/policy/index.ts'
import {
  HOME,
  IN_2026,
  IN_PHOTOS,
  IN_TAX,
  type Line,
  PLACES,
  policyOf,
  ROOT,
  STRANGER,
  TEAM,
  verdictOf,
} from './policy-fixture.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const BOTH = [HOME.keyId, TEAM.keyId]
const purge = (binnedDays: number | null, replacedDays: number | null): Act => ({
  kind: 'purge',
  binnedAgoMs: binnedDays === null ? null : binnedDays * DAY_MS,
  replacedAgoMs: replacedDays === null ? null : replacedDays * DAY_MS,
})

/** Rule, an act that it denies, one that it allows. */
const RULES: readonly (readonly [kind: string, text: string, denied: Act, allowed: Act])[] = [
  [
    'recipients',
    `all ${HOME.keyId} ${TEAM.keyId}`,
    { kind: 'add', recipients: [HOME.keyId] },
    { kind: 'add', recipients: BOTH },
  ],
  [
    'recipients',
    `any ${TEAM.keyId} ${STRANGER}`,
    { kind: 'rewrap', recipients: [HOME.keyId] },
    { kind: 'rewrap', recipients: BOTH },
  ],
  [
    'recipients',
    `all ${TEAM.keyId}`,
    { kind: 'remove-recipient', left: [HOME.keyId] },
    { kind: 'remove-recipient', left: [TEAM.keyId] },
  ],
  [
    'recipients',
    `all ${HOME.keyId}`,
    { kind: 'destroy-key', key: HOME.keyId, files: 3 },
    { kind: 'destroy-key', key: HOME.keyId, files: 0 },
  ],
  [
    'recipients',
    `any ${HOME.keyId}`,
    { kind: 'disable-key', key: HOME.keyId, files: 1 },
    { kind: 'disable-key', key: TEAM.keyId, files: 1 },
  ],
  ['bin-days', '30', purge(29.9, null), purge(30, null)],
  ['bin-days', '30', purge(0, null), purge(null, 0)],
  ['version-days', '365', purge(null, 364), purge(null, 365)],
  ['version-days', '365', purge(400, 1), purge(0, null)],
  ['remove-source', 'never', { kind: 'remove-source' }, { kind: 'add', recipients: BOTH }],
  ['export', 'no', { kind: 'get' }, { kind: 'preview' }],
  ['export', 'no', { kind: 'cat' }, { kind: 'unseal' }],
]

describe('every rule denies one act and allows another', () => {
  it.each(RULES)('%s %s', (kind, text, denied, allowed) => {
    const policy = policyOf(['/Tax', kind, text])
    expect(verdictOf(policy, denied, IN_TAX)).toEqual(['denied', '/Tax'])
    expect(verdictOf(policy, allowed, IN_TAX)).toEqual(['allowed'])
  })

  it.each(RULES)('%s %s is inherited by the folders below, and by no other', (kind, text, denied) => {
    const policy = policyOf(['/Tax', kind, text])
    expect(verdictOf(policy, denied, IN_2026)).toEqual(['denied', '/Tax'])
    expect(verdictOf(policy, denied, IN_PHOTOS)).toEqual(['allowed'])
    expect(verdictOf(policyOf(['/', kind, text]), denied, IN_2026)).toEqual(['denied', '/'])
  })

  it.each<readonly [string, string, Act, Act]>([
    [
      'keys',
      'kms',
      { kind: 'add-key', key: HOME },
      { kind: 'add-key', key: { ...TEAM, arn: `${TEAM.arn}0` } },
    ],
    [
      'keys',
      `local ${TEAM.arn}`,
      { kind: 'add-key', key: { ...TEAM, arn: `${TEAM.arn}0` } },
      { kind: 'add-key', key: TEAM },
    ],
    ['keys', 'kms', { kind: 'add', recipients: BOTH }, { kind: 'add', recipients: [TEAM.keyId] }],
    ['keys', 'kms', { kind: 'seal', key: HOME.keyId }, { kind: 'seal', key: TEAM.keyId }],
    ['passphrase-score', '4', { kind: 'set-passphrase', score: 3 }, { kind: 'set-passphrase', score: 4 }],
  ])('%s %s, for the whole vault alone', (kind, text, denied, allowed) => {
    const policy = policyOf(['/', kind, text])
    expect(verdictOf(policy, denied, IN_2026)).toEqual(['denied', '/'])
    expect(verdictOf(policy, allowed, IN_2026)).toEqual(['allowed'])
  })
})

describe('of several rules', () => {
  it.each<readonly [string, readonly Line[], Act, readonly [string, string?]]>([
    [
      'no below ask',
      [
        ['/', 'export', 'ask'],
        ['/Tax', 'export', 'no'],
      ],
      { kind: 'get' },
      ['denied', '/Tax'],
    ],
    [
      'yes below no',
      [
        ['/', 'export', 'no'],
        ['/Tax', 'export', 'yes'],
      ],
      { kind: 'get' },
      ['denied', '/'],
    ],
    [
      'ask below yes',
      [
        ['/', 'export', 'yes'],
        ['/Tax', 'export', 'ask'],
      ],
      { kind: 'cat' },
      ['ask', '/Tax'],
    ],
    [
      'equal ones: the nearest is named',
      [
        ['/', 'export', 'no'],
        ['/Tax', 'export', 'no'],
      ],
      { kind: 'cat' },
      ['denied', '/Tax'],
    ],
    [
      '7 days below 30',
      [
        ['/', 'bin-days', '30'],
        ['/Tax', 'bin-days', '7'],
      ],
      purge(8, null),
      ['denied', '/'],
    ],
    [
      '30 days below 7',
      [
        ['/', 'bin-days', '7'],
        ['/Tax', 'bin-days', '30'],
      ],
      purge(8, null),
      ['denied', '/Tax'],
    ],
    [
      'after-read-back below never',
      [
        ['/', 'remove-source', 'never'],
        ['/Tax', 'remove-source', 'after-read-back'],
      ],
      { kind: 'remove-source' },
      ['denied', '/'],
    ],
    [
      'required recipients hold beside each other',
      [
        ['/', 'recipients', `all ${HOME.keyId}`],
        ['/Tax', 'recipients', `any ${TEAM.keyId}`],
      ],
      { kind: 'add', recipients: [TEAM.keyId] },
      ['denied', '/'],
    ],
  ])('the strictest holds: %s', (_, lines, act, expected) => {
    expect(verdictOf(policyOf(...lines), act, IN_2026)).toEqual(expected)
    expect(verdictOf(policyOf(...lines.toReversed()), act, IN_2026)).toEqual(expected)
  })

  it('the trace names each of them, and what it came to', () => {
    const policy = policyOf(['/', 'export', 'yes'], ['/Tax', 'export', 'ask'], ['/', 'lock-minutes', '5'])
    expect(decide(policy, { kind: 'get' }, IN_TAX)).toEqual({
      verdict: 'ask',
      rule: 'export',
      sentence: 'Files in /Tax never leave the vault without asking.',
      setAt: '/Tax',
      reason: 'Plain text leaves the vault only when somebody confirms it.',
      comply: 'Confirm it: answer yes, or give --yes.',
      trace: [
        {
          rule: 'export',
          sentence: 'Files in /Tax never leave the vault without asking.',
          setAt: '/Tax',
          verdict: 'ask',
          why: 'Plain text leaves the vault only when somebody confirms it.',
        },
        {
          rule: 'lock-minutes',
          sentence: 'The window locks after 5 minutes without use.',
          setAt: '/',
          verdict: 'silent',
          why: '',
        },
        {
          rule: 'export',
          sentence: 'Files may leave the vault.',
          setAt: '/',
          verdict: 'overruled',
          why: 'Overruled at /Tax: Files in /Tax never leave the vault without asking.',
        },
      ],
    })
  })

  it('a laxer rule that has no effect is shown as a conflict', () => {
    const policy = policyOf(['/', 'export', 'no'], ['/Tax', 'export', 'yes'])
    expect(conflictsOf(policy, PLACES).map(({ kind, at }) => [kind, at])).toEqual([['overruled', '/Tax']])
  })

  it('a folder that is stricter than the vault is no conflict', () => {
    expect(conflictsOf(policyOf(['/', 'export', 'ask'], ['/Tax', 'export', 'no']), PLACES)).toEqual([])
  })

  it('a required key that is not allowed, or not there, is shown as a conflict', () => {
    const barred = policyOf(['/', 'keys', 'local'], ['/Tax', 'recipients', `all ${TEAM.keyId}`])
    expect(conflictsOf(barred, PLACES).map(({ kind, at }) => [kind, at])).toEqual([['contradiction', '/Tax']])
    const gone = policyOf(['/', 'recipients', `all ${STRANGER}`])
    expect(conflictsOf(gone, PLACES).map(({ kind, at }) => [kind, at])).toEqual([['no-such-key', '/']])
  })

  it('“any of” with one key that can be had is no conflict', () => {
    const policy = policyOf(['/', 'keys', 'local'], ['/Tax', 'recipients', `any ${TEAM.keyId} ${HOME.keyId}`])
    expect(conflictsOf(policy, PLACES)).toEqual([])
  })
})

describe('a rule that can’t be read', () => {
  const unread: readonly (readonly [string, Line])[] = [
    ['of a later version', ['/', 'moon-phase', 'full']],
    ['with another value', ['/Tax', 'export', 'sometimes']],
    ['of whole vaults, on a folder', ['/Tax', 'lock-minutes', '5']],
    ['with a number beyond its bounds', ['/', 'passphrase-score', '5']],
    ['with a number in another form', ['/', 'version-days', '07']],
    ['with no key', ['/', 'recipients', 'all']],
    ['with a key twice', ['/', 'recipients', `all ${HOME.keyId} ${HOME.keyId}`]],
    ['with a key that is none', ['/', 'recipients', 'all Home']],
    ['with a provider that is none', ['/', 'keys', 'local vault']],
  ]
  it.each(unread)('%s is kept, and nothing is written under it', (_, line) => {
    const policy = policyOf(line, ['/', 'bin-days', '30'])
    expect(policy.unknown).toHaveLength(1)
    expect(policy.rules).toHaveLength(1)
    expect(verdictOf(policy, { kind: 'rename' }, ROOT)).toEqual(['unsupported'])
    expect(verdictOf(policy, { kind: 'add', recipients: BOTH }, IN_PHOTOS)).toEqual(['unsupported'])
  })

  it('stops no reading, and is told in the trace', () => {
    const decision = decide(policyOf(['/', 'moon-phase', 'full']), { kind: 'cat' }, ROOT)
    expect([decision.verdict, decision.trace.map(({ rule, verdict }) => [rule, verdict])]).toEqual([
      'allowed',
      [['moon-phase', 'silent']],
    ])
  })
})
