import { inForce, type Place, type Policy } from './policy.ts'
import type { Rule } from './rule.ts'
import { isAllowed, keyName, listText, sentenceOf } from './sentence.ts'

/** Rules that don't go together. */
export type Conflict = {
  /**
   * “overruled”: a laxer rule has no effect below a stricter one. “no-such-key”: a key is required that the vault does
   * not have. “contradiction”: a key is required that is not allowed; nothing can be added there.
   */
  readonly kind: 'overruled' | 'no-such-key' | 'contradiction'
  /** The folder where it shows. */
  readonly at: string
  readonly message: string
}

/** Every conflict of a vault's rules. @param places the place of each folder that has a rule, and the root's */
export function conflictsOf(policy: Policy, places: readonly Place[]): readonly Conflict[] {
  const found = places.flatMap((place): Conflict[] => {
    const at = place[0]?.path ?? '/'
    const { rules, overruled } = inForce(policy, place)
    // A folder may well be stricter than the vault; that one is laxer has no effect, and is told where it stands.
    const own = overruled.filter(({ rule, by }) => rule.setAt === at && rule.depth > by.depth)
    const allowed = rules.flatMap(({ rule }) => (rule.kind === 'keys' ? [rule.allowed] : []))[0]
    return [
      ...own.map(({ rule, by }): Conflict => {
        const [laxer, stricter] = [
          sentenceOf(policy, rule.rule, rule.setAt),
          sentenceOf(policy, by.rule, by.setAt),
        ]
        return {
          kind: 'overruled',
          at: rule.setAt,
          message: `“${laxer}” does not hold: “${stricter}” is stricter.`,
        }
      }),
      ...rules.flatMap(({ rule, setAt }) =>
        rule.kind === 'recipients' && setAt === at ? keyConflicts(policy, rule, at, allowed) : [],
      ),
    ]
  })
  const byText = new Map(found.map((conflict) => [`${conflict.at} ${conflict.message}`, conflict]))
  return [...byText.values()]
}

function keyConflicts(
  policy: Policy,
  rule: Extract<Rule, { kind: 'recipients' }>,
  at: string,
  allowed: readonly string[] | undefined,
): readonly Conflict[] {
  const bound = (bad: readonly unknown[]) =>
    bad.length > 0 && (rule.mode === 'all' || bad.length === rule.keys.length)
  const facts = rule.keys.map((id) => ({ id, key: policy.keys.find(({ keyId }) => keyId === id) }))
  const gone = facts.filter(({ key }) => key === undefined)
  const barred = facts.filter(({ key }) => key !== undefined && allowed && !isAllowed(allowed, key))
  const names = (of: typeof facts) =>
    listText(
      of.map(({ id }) => keyName(policy, id)),
      'and',
    )
  const sentence = sentenceOf(policy, rule, at)
  return [
    ...(bound(gone)
      ? [{ kind: 'no-such-key' as const, at, message: `“${sentence}” names ${names(gone)}.` }]
      : []),
    ...(bound(barred)
      ? [
          {
            kind: 'contradiction' as const,
            at,
            message: `“${sentence}” requires ${names(barred)}, which the rule of allowed keys does not allow: nothing can be added there.`,
          },
        ]
      : []),
  ]
}
