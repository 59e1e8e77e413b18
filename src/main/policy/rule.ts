import { type ItemId, type KeyId, parseId, ROOT_ID } from '../contract/ids.ts'

/**
 * A rule of a vault (docs/policy.md). Its text form, as the journal keeps it under `policy/<kind>` for the whole vault
 * and under `policy/<kind>/<folder id>` for a folder and all it holds:
 *
 *     recipients         “all” or “any”, then key ids         these keys must open each file
 *     keys               “local”, “kms”, ARNs of KMS keys     no other key may lock files
 *     key-age-days       1..36500                             a version of a key older than that is to be rotated
 *     lock-minutes       1..1440                              the window locks after so long without use
 *     bin-days           1..36500                             what was moved to the bin stays there so long at least
 *     version-days       1..36500                             a version stays so long after another took its place
 *     remove-source      “never”, “after-read-back”           whether `add` may remove what it added
 *     export             “yes”, “ask”, “no”                   whether plain text may leave the vault
 *     passphrase-score   1..4                                 the least zxcvbn score of a new passphrase
 */
export type Rule =
  | { readonly kind: 'recipients'; readonly mode: 'all' | 'any'; readonly keys: readonly KeyId[] }
  | { readonly kind: 'keys'; readonly allowed: readonly string[] }
  | { readonly kind: NumberRule; readonly value: number }
  | { readonly kind: 'remove-source'; readonly when: RemoveSource }
  | { readonly kind: 'export'; readonly answer: ExportAnswer }

export type NumberRule = 'key-age-days' | 'lock-minutes' | 'bin-days' | 'version-days' | 'passphrase-score'
export type RemoveSource = (typeof REMOVE_SOURCE)[number]
export type ExportAnswer = (typeof EXPORT)[number]
export type RuleKind = Rule['kind']

/** Laxest first. */
const REMOVE_SOURCE = ['after-read-back', 'never'] as const
const EXPORT = ['yes', 'ask', 'no'] as const

/** Where each rule may be set, and the form of its value for help texts. */
export const RULES: Readonly<Record<RuleKind, { readonly perFolder: boolean; readonly form: string }>> = {
  recipients: { perFolder: true, form: 'all|any KEY...' },
  keys: { perFolder: false, form: 'local|kms|ARN...' },
  'key-age-days': { perFolder: false, form: '1..36500' },
  'lock-minutes': { perFolder: false, form: '1..1440' },
  'bin-days': { perFolder: true, form: '1..36500' },
  'version-days': { perFolder: true, form: '1..36500' },
  'remove-source': { perFolder: true, form: 'never|after-read-back' },
  export: { perFolder: true, form: 'yes|ask|no' },
  'passphrase-score': { perFolder: false, form: '1..4' },
}

const GREATEST: Readonly<Record<NumberRule, number>> = {
  'key-age-days': 36_500,
  'lock-minutes': 1440,
  'bin-days': 36_500,
  'version-days': 36_500,
  'passphrase-score': 4,
}

/** A rule, and the folder it is set on; the root: the whole vault. */
export type SetRule = { readonly rule: Rule; readonly folder: ItemId }

export function isRuleKind(text: string): text is RuleKind {
  return Object.hasOwn(RULES, text)
}

/** The name of the setting that keeps a rule (docs/format.md §4, op 7). */
export function settingName(kind: string, folder: ItemId): string {
  return folder === ROOT_ID ? `policy/${kind}` : `policy/${kind}/${folder}`
}

/** The rule in a text; undefined: none that this version knows. */
export function parseRule(kind: string, text: string): Rule | undefined {
  if (!isRuleKind(kind)) return undefined
  const [first = '', ...others] = text.split(' ')
  switch (kind) {
    case 'recipients': {
      const keys = others.flatMap((other) => parseId<KeyId>(other) ?? [])
      const sound = keys.length === others.length && isDistinctList(keys)
      return (first === 'all' || first === 'any') && sound ? { kind, mode: first, keys } : undefined
    }
    case 'keys': {
      const allowed = [first, ...others]
      return isDistinctList(allowed) && allowed.every((each) => ALLOWED.test(each))
        ? { kind, allowed }
        : undefined
    }
    case 'remove-source': {
      const when = REMOVE_SOURCE.find((each) => each === text)
      return when && { kind, when }
    }
    case 'export': {
      const answer = EXPORT.find((each) => each === text)
      return answer && { kind, answer }
    }
    default: {
      const value = Number(text)
      return /^[1-9][0-9]*$/.test(text) && value <= GREATEST[kind] ? { kind, value } : undefined
    }
  }
}

const ALLOWED = /^(local|kms|arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+)$/

const isDistinctList = (values: readonly string[]): boolean =>
  values.length > 0 && new Set(values).size === values.length

/** The text form of a rule: what parseRule takes. */
export function writeRule(rule: Rule): string {
  switch (rule.kind) {
    case 'recipients':
      return [rule.mode, ...rule.keys].join(' ')
    case 'keys':
      return rule.allowed.join(' ')
    case 'remove-source':
      return rule.when
    case 'export':
      return rule.answer
    default:
      return `${rule.value}`
  }
}

/**
 * Whether a rule asks more than another of its kind. Required recipients are never compared: each of them holds beside
 * the others.
 */
export function isStricter(rule: Rule, than: Rule): boolean {
  return strictness(rule) > strictness(than)
}

function strictness(rule: Rule): number {
  switch (rule.kind) {
    case 'recipients':
    case 'keys':
      return 0
    case 'remove-source':
      return REMOVE_SOURCE.indexOf(rule.when)
    case 'export':
      return EXPORT.indexOf(rule.answer)
    case 'key-age-days':
    case 'lock-minutes':
      return -rule.value
    default:
      return rule.value
  }
}
