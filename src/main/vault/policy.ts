import { assertNever, asVaultError, fail } from '../base/index.ts'
import { type ItemId, type KeyId, RECOVERED_ID, ROOT_ID } from '../contract/ids.ts'
import type { Known } from '../journal/index.ts'
import {
  type Act,
  type Decision,
  decide,
  type Folder,
  type KeyFacts,
  type Place,
  type Policy,
  parsePolicy,
  strictestOf,
} from '../policy/index.ts'
import { noteJob } from './note.ts'
import type { OpenVault } from './open-vault.ts'
import { entryNamed, type ItemName, pathText } from './vault-path.ts'
import { recipientsOf, wrappingKeys } from './wrapping-keys.ts'

/** Whether a person, or the script in its place, confirmed what a rule asks about. */
export type Consent = { readonly confirmed?: boolean }

const policyAt = new WeakMap<Known, Policy>()

/** The vault's rules as the journal tells them now; kept until it moves on. */
export function policyOf(vault: OpenVault): Policy {
  const { known } = vault.journal
  const held = policyAt.get(known)
  if (held !== undefined) return held
  const told = vault.index.vault.settings('policy/')
  const settings = new Map([...told].map(([name, { value }]) => [name, value]))
  const policy = parsePolicy(settings, wrappingKeys(vault).map(keyFacts))
  policyAt.set(known, policy)
  return policy
}

const keyFacts = ({ keyId, label, provider, arn }: KeyFacts): KeyFacts => {
  return { keyId, label, provider, ...(arn !== undefined && { arn }) }
}

/** The keys that new files are locked with. */
export function recipientIds(vault: OpenVault): readonly KeyId[] {
  const { local, kms } = recipientsOf(vault)
  return [...local, ...kms].map(({ keyId }) => keyId)
}

/**
 * Asks the vault's policy for an act: the first line of every use of a vault, before anything is written. A refusal is
 * noted in the journal.
 *
 * @param places default: the vault as a whole
 * @throws POLICY_DENIED naming the rule, where it is set and how to comply · POLICY_CONFIRMATION unless confirmed ·
 *   VAULT_UNSUPPORTED a rule that this version can't read, for an act that writes
 */
export async function demandAllowed(
  vault: OpenVault,
  act: Act,
  places: readonly Place[] = [rootPlace()],
  { confirmed = false }: Consent = {},
  items: readonly ItemId[] = [],
): Promise<void> {
  await demand(vault, act, decideAt(vault, act, places), confirmed, items)
}

/** What the rules say of an act, the strictest of its places. */
export function decideAt(vault: OpenVault, act: Act, places: readonly Place[]): Decision {
  const policy = policyOf(vault)
  const [first, ...others] = places.map((place) => decide(policy, act, place))
  return strictestOf(first ?? decide(policy, act, rootPlace()), ...others)
}

async function demand(
  vault: OpenVault,
  act: Act,
  decision: Decision,
  confirmed: boolean,
  items: readonly ItemId[],
): Promise<void> {
  switch (decision.verdict) {
    case 'allowed':
      return
    case 'unsupported':
      return fail(
        'VAULT_UNSUPPORTED',
        `The vault has the rule “${decision.rule}”, which this version can’t read: it changes nothing (${act.kind}).`,
        { rule: decision.rule, act: act.kind },
      )
    case 'ask':
      if (!confirmed) fail('POLICY_CONFIRMATION', refusalText(act, decision), refusalFacts(act, decision))
      return
    case 'denied':
      await noteJob(vault, act.kind, 'POLICY_DENIED', items)
      return fail('POLICY_DENIED', refusalText(act, decision), refusalFacts(act, decision))
    default:
      return assertNever(decision)
  }
}

type Refusal = Extract<Decision, { readonly verdict: 'ask' | 'denied' }>

function refusalText({ kind }: Act, { verdict, sentence, setAt, reason, comply }: Refusal): string {
  const does = verdict === 'ask' ? 'asks about' : 'denies'
  const where = setAt === '/' ? 'for the whole vault' : `on ${setAt}`
  return `The vault’s policy ${does} this (${kind}): “${sentence}”, set ${where}. ${reason} To comply: ${comply}`
}

const refusalFacts = ({ kind }: Act, { rule, setAt, comply }: Refusal) => ({ act: kind, rule, setAt, comply })

const rootPlace = (): Place => [{ id: ROOT_ID, path: '/' }]

/**
 * The places that an act on some items touches: where each is, and for a folder also each folder below it that has
 * rules of its own. Folders without rules say nothing, and are left out.
 */
export function placesOf(vault: OpenVault, items: Iterable<ItemId>): readonly Place[] {
  const ruled = ruledFolders(vault)
  if (ruled.size === 0) return [rootPlace()]
  const named = new Set(items)
  const isBelow = (folder: ItemId) =>
    named.has(ROOT_ID) || foldersUp(vault, folder).some((up) => named.has(up))
  const below = [...ruled].filter(isBelow)
  const places = [...named, ...below].map((item) => placeOf(vault, item))
  const byFolders = new Map(places.map((place) => [place.map(({ id }) => id).join(), place]))
  return [...byFolders.values()]
}

/** The items that a person names; of what the vault does not have the act itself will speak. */
export function idsNamed(vault: OpenVault, names: readonly ItemName[]): readonly ItemId[] {
  return names.flatMap((name) => {
    try {
      return [entryNamed(vault, name).id]
    } catch (error) {
      if (asVaultError(error).code === 'ITEM_NOT_FOUND') return []
      throw error
    }
  })
}

/** The whole vault: its root, and each folder that has rules of its own. */
export const everyPlace = (vault: OpenVault): readonly Place[] => placesOf(vault, [ROOT_ID])

/** Where an item is: of the folders it is in, those with rules, and the root; of a folder also itself. */
export function placeOf(vault: OpenVault, item: ItemId): Place {
  const ruled = ruledFolders(vault)
  const folders = foldersUp(vault, item).filter((id) => ruled.has(id))
  return [...folders.map((id): Folder => ({ id, path: shownFolder(vault, id) })), ...rootPlace()]
}

/** Folders that have rules of their own, but for the root. */
export function ruledFolders(vault: OpenVault): ReadonlySet<ItemId> {
  return new Set(policyOf(vault).rules.flatMap(({ folder }) => (folder === ROOT_ID ? [] : [folder])))
}

/** An item and the folders it is in, without the root. */
function foldersUp(vault: OpenVault, item: ItemId): readonly ItemId[] {
  const up: ItemId[] = []
  for (let at = item; at !== ROOT_ID; ) {
    up.push(at)
    const view = at === RECOVERED_ID ? undefined : vault.index.items.item(at)
    at = view?.parent ?? ROOT_ID
  }
  return up
}

/** The path of a folder that a rule is set on; of one that is gone, its id. */
export function shownFolder(vault: OpenVault, folder: ItemId): string {
  const steps = vault.index.items.pathOf(folder)
  return steps === undefined ? `the removed folder ${folder}` : pathText(steps)
}
