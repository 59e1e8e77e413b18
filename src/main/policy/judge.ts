import { assertNever } from '../base/index.ts'
import type { KeyId } from '../contract/ids.ts'
import type { Act } from './act.ts'
import type { KeyFacts, Policy } from './policy.ts'
import type { Rule } from './rule.ts'
import { daysText, isAllowed, keyName, listText } from './sentence.ts'

/** What one rule says to one act. */
export type Answer =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'ask' | 'denied'; readonly why: string; readonly comply: string }

const ALLOWED: Answer = { verdict: 'allowed' }

/** What a rule in force says to an act; undefined: it does not speak of such acts. */
export function judge(policy: Policy, rule: Rule, act: Act): Answer | undefined {
  switch (act.kind) {
    case 'add':
    case 'reencrypt':
    case 'rewrap':
    case 'restore-version':
      if (rule.kind === 'recipients') return byRecipients(policy, rule, act.recipients)
      return rule.kind === 'keys' ? byAllowedKeys(policy, rule, act.recipients) : undefined
    case 'remove-recipient':
      return rule.kind === 'recipients' ? byRecipients(policy, rule, act.left) : undefined
    case 'add-key':
      return rule.kind === 'keys' ? byAllowedKey(rule, act.key) : undefined
    case 'seal':
      return rule.kind === 'keys' ? byAllowedKeys(policy, rule, [act.key]) : undefined
    case 'disable-key':
    case 'destroy-key':
      return rule.kind === 'recipients' ? byFilesLeft(policy, rule, act) : undefined
    case 'remove-source':
      return rule.kind === 'remove-source' ? byRemoveSource(rule) : undefined
    case 'get':
    case 'cat':
      return rule.kind === 'export' ? byExport(rule) : undefined
    case 'preview':
      // Shown in the window, and kept nowhere: nothing leaves.
      return undefined
    case 'purge':
      if (rule.kind === 'bin-days') return byAge(rule.value, act.binnedAgoMs, 'was moved to the bin')
      return rule.kind === 'version-days' ? byAge(rule.value, act.replacedAgoMs, 'was replaced') : undefined
    case 'set-passphrase':
      return rule.kind === 'passphrase-score' ? byScore(rule.value, act.score) : undefined
    case 'accept-held':
    case 'add-recovery':
    case 'bin':
    case 'device-gone':
    case 'enable-key':
    case 'make-folder':
    case 'move':
    case 'new-epoch':
    case 'remove-way-in':
    case 'rename':
    case 'repair':
    case 'restore':
    case 'retire-key':
    case 'rotate':
    case 'set-policy':
    case 'test-recovery':
    case 'unseal':
      return undefined
    default:
      return assertNever(act)
  }
}

function byRecipients(
  policy: Policy,
  { mode, keys }: Extract<Rule, { kind: 'recipients' }>,
  recipients: readonly KeyId[],
): Answer {
  const missing = keys.filter((key) => !recipients.includes(key))
  if (missing.length === 0 || (mode === 'any' && missing.length < keys.length)) return ALLOWED
  const names = missing.map((key) => keyName(policy, key))
  return {
    verdict: 'denied',
    why: `Files would not be locked with ${listText(names, mode === 'all' ? 'and' : 'or')}.`,
    comply: `Lock new files with ${mode === 'all' ? listText(names, 'and') : 'one of them'}, too (\`strongroom key add\`), or change the rule.`,
  }
}

function byAllowedKeys(
  policy: Policy,
  rule: Extract<Rule, { kind: 'keys' }>,
  keys: readonly KeyId[],
): Answer {
  const strangers = keys.filter((id) => {
    const key = policy.keys.find(({ keyId }) => keyId === id)
    return key !== undefined && !isAllowed(rule.allowed, key)
  })
  if (strangers.length === 0) return ALLOWED
  const names = listText(
    strangers.map((key) => keyName(policy, key)),
    'and',
  )
  return {
    verdict: 'denied',
    why: `Files would be locked with ${names}, which is not among the allowed keys.`,
    comply: `Take ${names} from new files (\`strongroom key remove\`), or allow it.`,
  }
}

function byAllowedKey({ allowed }: Extract<Rule, { kind: 'keys' }>, key: Omit<KeyFacts, 'keyId'>): Answer {
  if (isAllowed(allowed, key)) return ALLOWED
  return {
    verdict: 'denied',
    why: `${key.arn ?? key.label} is not among the allowed keys.`,
    comply: 'Add a key that is allowed, or allow this one first (`strongroom policy set keys`).',
  }
}

function byFilesLeft(
  policy: Policy,
  { keys }: Extract<Rule, { kind: 'recipients' }>,
  { kind, key, files }: Extract<Act, { kind: 'disable-key' | 'destroy-key' }>,
): Answer {
  if (!keys.includes(key) || files === 0) return ALLOWED
  return {
    verdict: 'denied',
    why: `${files === 1 ? '1 version of a file is' : `${files} versions of files are`} locked with this version, and would not open by ${keyName(policy, key)} once it is ${kind === 'destroy-key' ? 'destroyed' : 'disabled'}.`,
    comply: 'Move them to the active version first: `strongroom key rewrap`.',
  }
}

function byRemoveSource({ when }: Extract<Rule, { kind: 'remove-source' }>): Answer {
  if (when === 'after-read-back') return ALLOWED
  return {
    verdict: 'denied',
    why: 'Originals are never removed.',
    comply: 'Add without --remove-source, and remove originals yourself once you are sure.',
  }
}

function byExport({ answer }: Extract<Rule, { kind: 'export' }>): Answer {
  switch (answer) {
    case 'yes':
      return ALLOWED
    case 'ask':
      return {
        verdict: 'ask',
        why: 'Plain text leaves the vault only when somebody confirms it.',
        comply: 'Confirm it: answer yes, or give --yes.',
      }
    case 'no':
      return {
        verdict: 'denied',
        why: 'Plain text does not leave the vault.',
        comply: 'Look at the file in the window, or change the rule.',
      }
    default:
      return assertNever(answer)
  }
}

const DAY_MS = 24 * 60 * 60 * 1000

function byAge(days: number, agoMs: number | null, what: string): Answer | undefined {
  if (agoMs === null) return undefined
  const leftMs = days * DAY_MS - agoMs
  if (leftMs <= 0) return ALLOWED
  return {
    verdict: 'denied',
    why: `It ${what} less than ${daysText(days)} ago.`,
    comply: `Wait ${daysText(Math.ceil(leftMs / DAY_MS))} more, or change the rule.`,
  }
}

function byScore(least: number, score: number): Answer {
  if (score >= least) return ALLOWED
  return {
    verdict: 'denied',
    why: `This passphrase has a strength of ${score} of 4.`,
    comply: 'Choose a longer one: five random words do.',
  }
}
