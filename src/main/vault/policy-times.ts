import type { KeyId } from '../contract/ids.ts'
import type { Policy, Rule } from '../policy/index.ts'
import type { OpenVault } from './open-vault.ts'
import { policyOf } from './policy.ts'
import { wrappingKeys } from './wrapping-keys.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** A key of this vault, and when the policy wants a new version of it. */
export type KeyDue = {
  readonly keyId: KeyId
  readonly label: string
  readonly ageDays: number
  /** Until it is due; 0 or less: it is. */
  readonly leftDays: number
  readonly rule: Rule
}

/** When each key that new files are locked with is due for a new version. AWS rotates its own keys: they are left out. */
export function keysDue(
  vault: OpenVault,
  policy: Policy = policyOf(vault),
  nowMs: number = Date.now(),
): readonly KeyDue[] {
  const rule = policy.rules.map((set) => set.rule).find(({ kind }) => kind === 'key-age-days')
  if (rule?.kind !== 'key-age-days') return []
  return wrappingKeys(vault).flatMap(({ provider, recipient, keyId, label, versions }): KeyDue[] => {
    const active = versions.find(({ state }) => state === 'active')
    if (provider !== 'local' || !recipient || active === undefined) return []
    const ageDays = Math.floor((nowMs - active.createdMs) / DAY_MS)
    return [{ keyId, label, ageDays, leftDays: rule.value - ageDays, rule }]
  })
}

/** After how many minutes without use the window locks this vault, at the latest; undefined: no rule says. */
export function lockAfterMinutes(vault: OpenVault): number | undefined {
  const rule = policyOf(vault)
    .rules.map((set) => set.rule)
    .find(({ kind }) => kind === 'lock-minutes')
  return rule?.kind === 'lock-minutes' ? rule.value : undefined
}
