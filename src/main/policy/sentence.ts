import type { KeyId } from '../contract/ids.ts'
import type { KeyFacts, Policy, UnknownRule } from './policy.ts'
import type { Rule } from './rule.ts'

/** What a person calls a key; of one that the vault does not have, the beginning of its id. */
export function keyName({ keys }: Pick<Policy, 'keys'>, key: KeyId): string {
  return keys.find(({ keyId }) => keyId === key)?.label ?? `${key.slice(0, 8)}… (not a key of this vault)`
}

/** A rule as a sentence. @param setAt the folder it is set on, as it is shown; “/” is the whole vault */
export function sentenceOf(policy: Pick<Policy, 'keys'>, rule: Rule, setAt: string): string {
  const where = setAt === '/' ? '' : ` in ${setAt}`
  const files = `Files${where}`
  switch (rule.kind) {
    case 'recipients': {
      const names = rule.keys.map((key) => keyName(policy, key))
      return rule.mode === 'all'
        ? `${files} must open by ${listText(names, 'and')}.`
        : `${files} must open by at least one of ${listText(names, 'or')}.`
    }
    case 'keys':
      return `Files may be locked only with ${listText(rule.allowed.map(allowedText), 'or')}.`
    case 'key-age-days':
      return `Keys get a new version every ${daysText(rule.value)}.`
    case 'lock-minutes':
      return `The window locks after ${rule.value} ${rule.value === 1 ? 'minute' : 'minutes'} without use.`
    case 'bin-days':
      return `${files} stay in the bin for ${daysText(rule.value)} at least.`
    case 'version-days':
      return `Older versions of files${where} are kept for ${daysText(rule.value)} at least.`
    case 'remove-source':
      return rule.when === 'never'
        ? `Originals of files${where} are never removed.`
        : `Originals of files${where} are removed only after their copies were read back.`
    case 'export':
      return `${files} ${EXPORT_TEXTS[rule.answer]}.`
    case 'passphrase-score':
      return `A new passphrase must have a strength of ${rule.value} of 4 at least.`
  }
}

const EXPORT_TEXTS = {
  yes: 'may leave the vault',
  ask: 'never leave the vault without asking',
  no: 'never leave the vault',
} as const

export function unknownSentence({ name, value }: UnknownRule): string {
  return `The rule “${name}” (${value}) is one that this version can’t read.`
}

/** A key as the rule of allowed keys names it. */
export function allowedText(allowed: string): string {
  if (allowed === 'local') return 'keys of this vault'
  return allowed === 'kms' ? 'keys of AWS KMS' : allowed
}

/** Whether the rule of allowed keys allows a key. */
export function isAllowed(allowed: readonly string[], { provider, arn }: Omit<KeyFacts, 'keyId'>): boolean {
  return allowed.includes(provider) || (arn !== undefined && allowed.includes(arn))
}

export const daysText = (days: number): string => `${days} ${days === 1 ? 'day' : 'days'}`

/** “a”, “a and b”, “a, b and c”. */
export function listText(names: readonly string[], word: 'and' | 'or'): string {
  const [last = '', ...others] = [...names].reverse()
  return others.length === 0 ? last : `${others.reverse().join(', ')} ${word} ${last}`
}
