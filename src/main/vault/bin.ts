import { bug, fail } from '../base/index.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import { numberedName } from '../files/index.ts'
import type { Entry } from '../index/index.ts'
import type { BinOp, Group, PurgeOp } from '../journal/index.ts'
import { putOp } from './folders.ts'
import { messageName } from './message-name.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { demandPurgeAllowed } from './policy-facts.ts'
import { binnedNamed, demandOrdinary, entryNamed, type ItemName, pathOf } from './vault-path.ts'

/**
 * Moves items to the bin, folders with all they hold. Nothing is removed; what somebody edits elsewhere
 * meanwhile, unseen here, stays where it was.
 *
 * @throws ITEM_NOT_FOUND
 */
export async function binItems(vault: OpenVault, names: readonly ItemName[]): Promise<void> {
  await demandAllowed(vault, { kind: 'bin' })
  await vault.commit(() => {
    const entries = names.map((name) => entryNamed(vault, name))
    for (const entry of entries) demandOrdinary(entry)
    return { groups: entries.map(({ id }) => [binOp(vault, id, true)]), value: undefined }
  })
}

/**
 * Brings items back from the bin to where they were, under a numbered name if theirs was taken since.
 *
 * @returns the paths they have now @throws ITEM_NOT_FOUND · USAGE the folder of one is in the bin itself
 */
export async function restoreItems(vault: OpenVault, names: readonly ItemName[]): Promise<readonly string[]> {
  await demandAllowed(vault, { kind: 'restore' })
  const ids = await vault.commit(() => {
    const entries = names.map((name) => binnedNamed(vault, name))
    demandFoldersThere(vault, entries)
    const groups = entries.map((entry): Group => {
      const name = freeName(vault, entry)
      const renamed = name === entry.name ? [] : [putOp(entry.id, { name })]
      return [binOp(vault, entry.id, false), ...renamed]
    })
    return { groups, value: entries.map(({ id }) => id) }
  })
  return ids.map((id) => pathOf(vault, id))
}

/** What a purge would take: for a person to confirm. */
export type PurgePlan = {
  readonly files: number
  readonly folders: number
  readonly versions: readonly { readonly item: ItemId; readonly version: VersionId }[]
  readonly bytes: number
  readonly groups: readonly Group[]
}

/** What purging these items, which are in the bin, would take with them. @throws ITEM_NOT_FOUND */
export function planPurge(vault: OpenVault, names: readonly ItemName[]): PurgePlan {
  const items = names.flatMap((name) => withContents(vault, binnedNamed(vault, name)))
  return planOf(vault, [...new Map(items.map((entry) => [entry.id, entry])).values()])
}

/** What purging one version of a file would take. @throws ITEM_NOT_FOUND · USAGE it is the only one */
export function planVersionPurge(vault: OpenVault, name: ItemName, version: VersionId): PurgePlan {
  const { id } = entryNamed(vault, name)
  const versions = vault.index.versions.of(id).filter(({ purged }) => !purged)
  const found = versions.find((each) => each.version === version)
  if (found === undefined)
    return fail('ITEM_NOT_FOUND', `${name} has no version ${version}.`, { name, version })
  if (versions.length === 1)
    fail('USAGE', `${version} is the only version of ${name}. Use \`rm\`, then \`purge\`.`)
  const op: PurgeOp = { kind: 'purge', item: id, versions: [version] }
  return {
    files: 0,
    folders: 0,
    versions: [{ item: id, version }],
    bytes: found.lengthBytes,
    groups: [[op]],
  }
}

/**
 * Purges what a plan names, for ever: recorded first, then the messages are removed. What a kill leaves of them
 * is removed by `repair`.
 *
 * @param plan made anew under the lock: what came since is not taken unseen
 */
export async function purge(vault: OpenVault, plan: () => PurgePlan): Promise<PurgePlan> {
  await demandPurgeAllowed(vault, plan())
  const done = await vault.commit(() => {
    const value = plan()
    return { groups: value.groups, value }
  })
  for (const { version } of done.versions) await vault.store.remove(messageName(version))
  return done
}

function binOp(vault: OpenVault, item: ItemId, on: boolean): BinOp {
  const seen = on ? vault.index.versions.of(item).map(({ version }) => version) : []
  return { kind: 'bin', item, on, seen }
}

/** What is restored into a folder that is in the bin would still be in the bin. */
function demandFoldersThere(vault: OpenVault, entries: readonly Entry[]): void {
  const { items } = vault.index
  const restored = new Set(entries.map(({ id }) => id))
  for (const { id, parent } of entries) {
    for (let at = items.item(parent); at !== undefined; at = items.item(at.parent)) {
      if (!at.binned || restored.has(at.id)) continue
      const [path, folder] = [pathOf(vault, id), pathOf(vault, at.id)]
      fail('USAGE', `The folder of ${path} is in the bin itself: restore ${folder}, too.`, { path, folder })
    }
  }
}

/** A name that its folder has free, outside the bin. */
function freeName(vault: OpenVault, { id, name, parent }: Entry): string {
  for (let count = 2, wanted = name; ; count++) {
    const there = vault.index.items.inFolder(parent, wanted)
    if (there === undefined || there.id === id) return wanted
    wanted = numberedName(name, count)
  }
}

function withContents(vault: OpenVault, entry: Entry): readonly Entry[] {
  if (entry.kind === 'file') return [entry]
  return [entry, ...[...vault.index.items.walk(entry.id)].map(({ entry: inner }) => inner)]
}

function planOf(vault: OpenVault, entries: readonly Entry[]): PurgePlan {
  const versions = entries.flatMap(({ id }) =>
    vault.index.versions
      .of(id)
      .filter(({ purged }) => !purged)
      .map(({ version, lengthBytes }) => ({ item: id, version, lengthBytes })),
  )
  const byItem = Map.groupBy(versions, ({ item }) => item)
  const groups = entries.map(({ id, kind }): Group => {
    const own = (byItem.get(id) ?? []).map(({ version }) => version)
    if (kind === 'file' && own.length === 0) bug('a file in the bin without a version')
    return [{ kind: 'purge', item: id, versions: own }]
  })
  const files = entries.filter(({ kind }) => kind === 'file').length
  const bytes = versions.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
  return { files, folders: entries.length - files, versions, bytes, groups }
}
