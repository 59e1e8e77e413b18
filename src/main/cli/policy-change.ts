import type { ItemId } from '../contract/ids.ts'
import { isRuleKind, parseRule, RULES, type RuleKind, settingName } from '../policy/index.ts'
import {
  itemsBelow,
  keyNamed,
  type OpenVault,
  type PolicyBreak,
  type PolicyChange,
  rewrapVersions,
} from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { exitCodeOf } from './exit-code.ts'
import { usage } from './output.ts'

/** What a person means by a rule’s name and the words after it. @throws USAGE · KEY_NOT_FOUND */
export function changeFor(
  vault: OpenVault,
  kind: string,
  words: readonly string[],
  folder: ItemId,
): PolicyChange {
  if (words.length === 1 && words[0] === 'none') {
    return { kind: 'remove', name: settingName(kind, folder).slice('policy/'.length) }
  }
  if (!isRuleKind(kind)) {
    return usage(`There is no rule “${kind}”. The rules: ${Object.keys(RULES).join(', ')}.`)
  }
  const rule = parseRule(kind, textFor(vault, kind, words))
  if (rule === undefined) {
    return usage(`“${words.join(' ')}” is no value for ${kind}: ${RULES[kind].form}, or none.`)
  }
  return { kind: 'set', rule, folder }
}

/** Keys as the person calls them become ids and ARNs. */
function textFor(vault: OpenVault, kind: RuleKind, words: readonly string[]): string {
  const [mode = '', ...names] = words
  if (kind === 'recipients') return [mode, ...names.map((name) => keyNamed(vault, name).keyId)].join(' ')
  if (kind !== 'keys') return words.join(' ')
  return words
    .map((word) => {
      if (word === 'local' || word === 'kms' || word.startsWith('arn:')) return word
      return keyNamed(vault, word).arn ?? 'local'
    })
    .join(' ')
}

/** Moves what breaks a rule to the keys of now, where that mends it. @returns how many versions were moved */
export async function mendFor(
  vault: OpenVault,
  breaks: readonly PolicyBreak[],
  folder: string | undefined,
  context: CommandContext,
): Promise<number | null> {
  if (!breaks.some(({ mend }) => mend === 'rewrap')) return null
  const items = folder === undefined ? undefined : itemsBelow(vault, [folder])
  const report = await rewrapVersions(vault, { signal: context.interrupts(), ...(items && { items }) })
  const failed = report.failed.map(({ path, error: { code, message } }) => ({ path, code, message }))
  context.exit(exitCodeOf({ failed, stopped: report.stopped }))
  return report.rewrapped
}
