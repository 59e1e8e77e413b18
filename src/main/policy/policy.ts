import { type ItemId, type KeyId, parseId, ROOT_ID } from '../contract/ids.ts'
import { isRuleKind, isStricter, parseRule, RULES, type Rule, type SetRule } from './rule.ts'

/** A wrapping key of the vault, as far as rules speak of it. */
export type KeyFacts = {
  readonly keyId: KeyId
  readonly label: string
  readonly provider: 'local' | 'kms'
  /** Of a KMS key. */
  readonly arn?: string
}

/** A rule of a later version, or one whose value this version can't read: what it forbids is not known. */
export type UnknownRule = {
  /** As after `policy/` in the setting's name. */
  readonly name: string
  readonly value: string
}

/** All rules of a vault. */
export type Policy = {
  readonly rules: readonly SetRule[]
  readonly unknown: readonly UnknownRule[]
  /** The vault's keys, by which rules are told and judged. */
  readonly keys: readonly KeyFacts[]
}

/**
 * Reads the rules of a vault. What can't be read is kept as unknown, never dropped.
 *
 * @param settings those that begin with `policy/`, by their whole names; null: the rule was taken back
 */
export function parsePolicy(settings: ReadonlyMap<string, unknown>, keys: readonly KeyFacts[]): Policy {
  const rules: SetRule[] = []
  const unknown: UnknownRule[] = []
  for (const [name, value] of [...settings].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === null || !name.startsWith('policy/')) continue
    const found = typeof value === 'string' ? parseSetting(name, value) : undefined
    if (found !== undefined) rules.push(found)
    else unknown.push({ name: name.slice('policy/'.length), value: String(value) })
  }
  return { rules, unknown, keys }
}

function parseSetting(name: string, text: string): SetRule | undefined {
  const [, kind = '', folderText, ...more] = name.split('/')
  const folder = folderText === undefined ? ROOT_ID : parseId<ItemId>(folderText)
  const isRootTwice = folderText !== undefined && folder === ROOT_ID
  if (folder === undefined || isRootTwice || more.length > 0 || !isRuleKind(kind)) return undefined
  if (folder !== ROOT_ID && !RULES[kind].perFolder) return undefined
  const rule = parseRule(kind, text)
  return rule && { rule, folder }
}

/** A folder on the way from an item up to the root. */
export type Folder = {
  readonly id: ItemId
  /** As it is shown. */
  readonly path: string
}

/** Where something is: the folders it is in, the nearest first, the root last; of a folder also itself. */
export type Place = readonly Folder[]

/** A rule that speaks of a place, the folder it was set on, and how deep that is: the root has 1. */
export type PlacedRule = { readonly rule: Rule; readonly setAt: string; readonly depth: number }

export type InForce = {
  readonly rules: readonly PlacedRule[]
  /** Laxer ones, and the stricter ones that hold instead. */
  readonly overruled: readonly { readonly rule: PlacedRule; readonly by: PlacedRule }[]
}

/**
 * The rules that hold at a place: those of its folders and the vault's, of each kind the strictest, of equal ones the
 * nearest. Required recipients all hold, each beside the others.
 */
export function inForce({ rules }: Policy, place: Place): InForce {
  const placed = rules.flatMap(({ rule, folder }): PlacedRule[] => {
    const up = place.findIndex(({ id }) => id === folder)
    const at = place[up]
    return at === undefined ? [] : [{ rule, setAt: at.path, depth: place.length - up }]
  })
  const byKind = [...Map.groupBy(placed, ({ rule }) => rule.kind)].sort(([a], [b]) => (a < b ? -1 : 1))
  const held: PlacedRule[] = []
  const overruled: { readonly rule: PlacedRule; readonly by: PlacedRule }[] = []
  for (const [kind, same] of byKind) {
    const nearestFirst = same.toSorted((a, b) => b.depth - a.depth)
    if (kind === 'recipients') {
      held.push(...nearestFirst)
      continue
    }
    const by = nearestFirst.reduce((best, each) => (isStricter(each.rule, best.rule) ? each : best))
    held.push(by)
    for (const rule of nearestFirst) {
      if (rule !== by && isStricter(by.rule, rule.rule)) overruled.push({ rule, by })
    }
  }
  return { rules: held, overruled }
}
