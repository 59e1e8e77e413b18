import { type Act, isWriting } from './act.ts'
import { judge } from './judge.ts'
import { inForce, type Place, type PlacedRule, type Policy } from './policy.ts'
import type { RuleKind } from './rule.ts'
import { sentenceOf, unknownSentence } from './sentence.ts'

/** What one rule came to, for a person who asks why. */
export type TraceStep = {
  /** Its kind; of one that can't be read, its name. */
  readonly rule: string
  readonly sentence: string
  readonly setAt: string
  /** “silent”: it does not speak of such acts; “overruled”: a stricter one holds instead. */
  readonly verdict: 'allowed' | 'ask' | 'denied' | 'silent' | 'overruled' | 'unsupported'
  /** Empty where there is nothing to add. */
  readonly why: string
}

export type Decision =
  | { readonly verdict: 'allowed'; readonly trace: readonly TraceStep[] }
  | {
      readonly verdict: 'ask' | 'denied'
      readonly rule: RuleKind
      readonly sentence: string
      readonly setAt: string
      readonly reason: string
      readonly comply: string
      readonly trace: readonly TraceStep[]
    }
  /** A rule can't be read by this version, which therefore changes nothing. */
  | { readonly verdict: 'unsupported'; readonly rule: string; readonly trace: readonly TraceStep[] }

/**
 * Decides whether an act may be done at a place: denied if any rule in force there denies it, else to be confirmed if
 * any asks. The order of the rules is of no consequence; one rule more never allows more.
 */
export function decide(policy: Policy, act: Act, place: Place): Decision {
  const { rules, overruled } = inForce(policy, place)
  const stepOf = (placed: PlacedRule) => ({
    rule: placed.rule.kind,
    sentence: sentenceOf(policy, placed.rule, placed.setAt),
    setAt: placed.setAt,
  })
  const judged = rules.map((placed) => ({ ...stepOf(placed), answer: judge(policy, placed.rule, act) }))
  const unread = isWriting(act) ? policy.unknown : []
  const trace: readonly TraceStep[] = [
    ...policy.unknown.map((rule): TraceStep => {
      const verdict = isWriting(act) ? 'unsupported' : 'silent'
      const why = isWriting(act) ? 'Nothing is changed until it can be read.' : 'Reading goes on without it.'
      return { rule: rule.name, sentence: unknownSentence(rule), setAt: '', verdict, why }
    }),
    ...judged.map(({ answer, ...step }): TraceStep => {
      const why = answer === undefined || answer.verdict === 'allowed' ? '' : answer.why
      return { ...step, verdict: answer?.verdict ?? 'silent', why }
    }),
    ...overruled.map(({ rule, by }): TraceStep => {
      const why = `Overruled at ${by.setAt}: ${sentenceOf(policy, by.rule, by.setAt)}`
      return { ...stepOf(rule), verdict: 'overruled', why }
    }),
  ]
  const [unknown] = unread
  if (unknown !== undefined) return { verdict: 'unsupported', rule: unknown.name, trace }
  for (const verdict of ['denied', 'ask'] as const) {
    for (const { answer, ...step } of judged) {
      if (answer === undefined || answer.verdict !== verdict) continue
      return { ...step, verdict, reason: answer.why, comply: answer.comply, trace }
    }
  }
  return { verdict: 'allowed', trace }
}

/** The strictest of decisions about one act at several places. */
export function strictestOf(first: Decision, ...others: readonly Decision[]): Decision {
  const rank = { allowed: 0, ask: 1, denied: 2, unsupported: 3 } as const
  return others.reduce((best, each) => (rank[each.verdict] > rank[best.verdict] ? each : best), first)
}
