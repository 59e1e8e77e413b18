import { fail } from '../base/index.ts'
import { type ItemId, ROOT_ID } from '../contract/ids.ts'
import { RULES, type Rule, settingName, writeRule } from '../policy/index.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed, policyOf } from './policy.ts'
import { checkPolicy, type PolicyBreak } from './policy-check.ts'

/** One rule, set on a folder or, on the root, for the whole vault. */
export type PolicyChange =
  | { readonly kind: 'set'; readonly rule: Rule; readonly folder: ItemId }
  /** Takes a rule back; by its name after `policy/`, since it may be one that this version can't read. */
  | { readonly kind: 'remove'; readonly name: string }

/** What a change would mean for the files there are: what would break the new rule, and the job that mends it. */
export function previewPolicy(vault: OpenVault, change: PolicyChange): readonly PolicyBreak[] {
  demandSettable(change)
  if (change.kind === 'remove') return []
  const rules = [{ rule: change.rule, folder: change.folder }]
  return checkPolicy(vault, { ...policyOf(vault), unknown: [], rules }).breaks
}

/**
 * Sets a rule, or takes one back. What it breaks stays as it is: `previewPolicy` names it beforehand.
 *
 * @throws USAGE a rule for whole vaults alone · ITEM_NOT_FOUND no such rule is set · VAULT_UNSUPPORTED another rule can't
 *   be read
 */
export async function changePolicy(vault: OpenVault, change: PolicyChange): Promise<void> {
  demandSettable(change)
  const { unknown, rules } = policyOf(vault)
  if (change.kind === 'remove') {
    const isUnread = unknown.some(({ name }) => name === change.name)
    const isSet = rules.some(({ rule, folder }) => nameOf(rule, folder) === change.name)
    if (!isUnread && !isSet) {
      fail('ITEM_NOT_FOUND', `The vault has no rule ${change.name}.`, { rule: change.name })
    }
    if (!isUnread) await demandAllowed(vault, { kind: 'set-policy' })
    await vault.record([{ kind: 'set', name: `policy/${change.name}`, value: null }])
    return
  }
  await demandAllowed(vault, { kind: 'set-policy' })
  const name = settingName(change.rule.kind, change.folder)
  await vault.record([{ kind: 'set', name, value: writeRule(change.rule) }])
}

/** A rule as PolicyChange takes it back. */
export const nameOf = ({ kind }: Rule, folder: ItemId): string =>
  settingName(kind, folder).slice('policy/'.length)

function demandSettable(change: PolicyChange): void {
  if (change.kind === 'remove' || change.folder === ROOT_ID || RULES[change.rule.kind].perFolder) return
  fail('USAGE', `The rule ${change.rule.kind} is one for the whole vault, not for a folder.`)
}
