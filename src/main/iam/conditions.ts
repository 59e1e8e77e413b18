import { parseOperator, signed } from './operators.ts'
import type { Pattern } from './pattern.ts'
import type { Condition } from './policy.ts'
import { isListKey, type KeyValues, type KmsRequest, valuesOf } from './request.ts'
import { every, not, some, type Tri, tri } from './three-valued.ts'
import { fill } from './variables.ts'

/** @property missing facts without which there is no answer; empty unless `outcome` is unknown */
export type ConditionOutcome = {
  readonly outcome: Tri
  readonly missing: readonly string[]
}

const settled = (outcome: Tri): ConditionOutcome => ({ outcome, missing: [] })
const open = (...missing: readonly string[]): ConditionOutcome => ({ outcome: 'unknown', missing })

/**
 * Whether a request meets one condition: any of the values will do; with a negated operator none may fit. A key
 * that is not part of the request fails a plain operator, meets a negated one and each with IfExists.
 */
export function meets(condition: Condition, request: KmsRequest, version: string): ConditionOutcome {
  const operator = parseOperator(condition.operator)
  if (operator === undefined) return open(`what the operator ${condition.operator} means`)
  const found = valuesOf(request, condition.key)
  if (found.kind === 'unknown') return open(condition.key)
  if (operator === 'Null') return isNull(condition, found)

  // A list whose only value is empty counts as none (IAM guide, "multivalued context keys").
  const values =
    found.kind === 'values' ? found.values.filter((value) => operator.set === null || value !== '') : []
  if (values.length === 0) {
    if (operator.ifExists || operator.set === 'all') return settled('yes')
    return settled(tri(operator.set === null && operator.negated))
  }
  if (operator.set === null && (values.length > 1 || isListKey(condition.key)))
    return open(
      `how ${condition.operator} without ForAllValues or ForAnyValue treats the list ${condition.key}`,
    )

  const filled = condition.values.map((value) => fill(value, request, version))
  const fits = (value: string, pattern: Pattern | null): Tri =>
    pattern === null ? 'unknown' : operator.compare(pattern, value)
  const each = values.map((value) =>
    signed(operator, some(filled.map(({ pattern }) => fits(value, pattern)))),
  )
  const outcome = operator.set === 'any' ? some(each) : every(each)
  if (outcome !== 'unknown') return settled(outcome)
  const missing = filled.flatMap((one) => one.missing)
  return open(
    ...(missing.length > 0
      ? missing
      : [`${condition.key} and values that ${condition.operator} can compare`]),
  )
}

/** `Null: true` asks that the key is not there, `false` that it is and has a value. */
function isNull({ values }: Condition, found: KeyValues): ConditionOutcome {
  const absent = tri(found.kind === 'absent' || (found.kind === 'values' && found.values.length === 0))
  const each = values.map((value): Tri => {
    const wanted = value.toLowerCase()
    if (wanted === 'true') return absent
    return wanted === 'false' ? not(absent) : 'unknown'
  })
  const outcome = some(each)
  return outcome === 'unknown' ? open('what Null compares with') : settled(outcome)
}
