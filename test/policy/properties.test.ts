import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROOT_ID } from '../../src/main/contract/ids.ts'
import {
  type Act,
  decide,
  parsePolicy,
  parseRule,
  settingName,
  writeRule,
} from '../../src/main/policy/index.ts'
import { HOME, type Line, PLACES, policyOf, STRANGER, TEAM } from './policy-fixture.ts'

const keys = fc.uniqueArray(fc.constantFrom(HOME.keyId, TEAM.keyId, STRANGER), { minLength: 1 })
const days = fc.integer({ min: 1, max: 60 }).map(String)
const perFolder = fc.oneof(
  fc.tuple(fc.constant('export'), fc.constantFrom('yes', 'ask', 'no')),
  fc.tuple(fc.constant('remove-source'), fc.constantFrom('never', 'after-read-back')),
  fc.tuple(fc.constantFrom('bin-days', 'version-days'), days),
  fc.tuple(
    fc.constant('recipients'),
    fc.tuple(fc.constantFrom('all', 'any'), keys).map(([mode, ids]) => [mode, ...ids].join(' ')),
  ),
)
const perVault = fc.oneof(
  fc.tuple(fc.constant('passphrase-score'), fc.constantFrom('1', '2', '3', '4')),
  fc.tuple(fc.constant('keys'), fc.constantFrom('local', 'kms', 'kms local', `${TEAM.arn}`)),
  fc.tuple(fc.constantFrom('key-age-days', 'lock-minutes'), days),
)
const line: fc.Arbitrary<Line> = fc
  .oneof(
    fc.tuple(fc.constantFrom('/', '/Tax', '/Tax/2026', '/Photos' as const), perFolder),
    fc.tuple(fc.constant('/' as const), perVault),
  )
  .map(([folder, [kind, text]]): Line => [folder, kind, text])
/** One setting a rule and folder, as in the journal. */
const lines = fc.uniqueArray(line, { maxLength: 12, selector: ([folder, kind]) => `${kind} ${folder}` })

const ago = fc.option(fc.integer({ min: 0, max: 70 * 24 * 60 * 60 * 1000 }))
const held = fc.uniqueArray(fc.constantFrom(HOME.keyId, TEAM.keyId))
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('add', 'rewrap', 'reencrypt'), recipients: held }),
  fc.record({ kind: fc.constantFrom('get', 'cat', 'preview', 'remove-source', 'rotate') }),
  fc.record({ kind: fc.constant('purge'), binnedAgoMs: ago, replacedAgoMs: ago }),
  fc.record({ kind: fc.constant('remove-recipient'), left: held }),
  fc.record({ kind: fc.constant('set-passphrase'), score: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ kind: fc.constant('add-key'), key: fc.constantFrom(HOME, TEAM) }),
)
const place = fc.constantFrom(...PLACES)
const RANK = { allowed: 0, ask: 1, denied: 2, unsupported: 3 } as const
const RUNS = { numRuns: 2000 }

describe('whatever the rules', () => {
  it('their order is of no consequence', () => {
    fc.assert(
      fc.property(lines, fc.infiniteStream(fc.nat()), act, place, (some, random, doing, at) => {
        const policy = policyOf(...some)
        const keyed = policy.rules.map((rule) => [random.next().value, rule] as const)
        const rules = keyed.toSorted(([a], [b]) => a - b).map(([, rule]) => rule)
        expect(decide({ ...policy, rules }, doing, at)).toEqual(decide(policy, doing, at))
      }),
      RUNS,
    )
  })

  it('one more never allows more', () => {
    fc.assert(
      fc.property(lines, line, act, place, (some, more, doing, at) => {
        const others = some.filter(([folder, kind]) => folder !== more[0] || kind !== more[1])
        const before = decide(policyOf(...others), doing, at)
        const after = decide(policyOf(...others, more), doing, at)
        expect(RANK[after.verdict]).toBeGreaterThanOrEqual(RANK[before.verdict])
      }),
      RUNS,
    )
  })

  it('a folder is never freer than the one it is in', () => {
    fc.assert(
      fc.property(lines, act, (some, doing) => {
        const policy = policyOf(...some)
        const ranks = PLACES.map((at) => RANK[decide(policy, doing, at).verdict])
        const [root = 0, tax = 0, below = 0, photos = 0] = ranks
        expect(tax).toBeGreaterThanOrEqual(root)
        expect(below).toBeGreaterThanOrEqual(tax)
        expect(photos).toBeGreaterThanOrEqual(root)
      }),
      RUNS,
    )
  })

  it('each is read from its own text form as it was', () => {
    fc.assert(
      fc.property(line, ([, kind, text]) => {
        const rule = parseRule(kind, text)
        expect(rule && parseRule(kind, writeRule(rule))).toEqual(rule)
        expect(rule && writeRule(rule)).toBe(text)
      }),
      RUNS,
    )
  })
})

describe('whatever stands in the journal', () => {
  it('is a rule or is told as one that can’t be read, never dropped', () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom('export', 'export/', 'bin-days', '__proto__', 'toString'),
    )
    const value = fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, true), fc.uint8Array())
    fc.assert(
      fc.property(fc.dictionary(name, value), (told) => {
        const settings = new Map(Object.entries(told).map(([key, each]) => [`policy/${key}`, each]))
        const set = [...settings.values()].filter((each) => each !== null).length
        const { rules, unknown } = parsePolicy(settings, [])
        expect(rules.length + unknown.length).toBe(set)
      }),
      RUNS,
    )
  })

  it('a rule of the whole vault has one name: by the root’s id it can’t be read', () => {
    const { rules, unknown } = parsePolicy(new Map([[`policy/export/${ROOT_ID}`, 'no']]), [])
    expect([rules, unknown.length]).toEqual([[], 1])
  })

  it('a rule that was taken back is none', () => {
    const settings = new Map([[settingName('export', ROOT_ID), null]])
    expect(parsePolicy(settings, [])).toEqual({ rules: [], unknown: [], keys: [] })
  })
})
