import type { ItemId, VersionId } from '../contract/ids.ts'
import type { Entry, ItemVersion } from '../index/index.ts'
import type { OpenVault } from './open-vault.ts'
import { entryNamed, type ItemName, pathOf, pathText } from './vault-path.ts'

/** A file or folder as a list shows it. */
export type Listed = {
  readonly path: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
  readonly mtimeMs: number | null
  readonly mode: number | null
  readonly itemId: ItemId
  /** The version that is shown; of a folder null. */
  readonly versionId: VersionId | null
  /** Versions that no other took the place of: more than one is a conflict. */
  readonly heads: readonly VersionId[]
}

/**
 * Lists a folder, by name; a file as itself. With `deep` all below it, folders before what they hold.
 *
 * @throws ITEM_NOT_FOUND
 */
export function* listItems(vault: OpenVault, name: ItemName, deep = false): Generator<Listed> {
  const entry = entryNamed(vault, name)
  const above = vault.index.items.pathOf(entry.id) ?? []
  if (entry.kind === 'file') return yield listed(entry, above)
  if (!deep) {
    for (const child of vault.index.items.list(entry.id)) yield listed(child, [...above, child.name])
    return
  }
  for (const { path, entry: child } of vault.index.items.walk(entry.id))
    yield listed(child, [...above, ...path])
}

/** What was put into the bin itself, with the paths it had. */
export function listBin(vault: OpenVault): readonly Listed[] {
  return vault.index.items.bin().map((entry) => ({ ...listed(entry, []), path: pathOf(vault, entry.id) }))
}

/** Finds items by a part of their names, where case and form don't count; what is in the bin is left out. */
export async function findItems(
  vault: OpenVault,
  text: string,
  limit?: number,
): Promise<{ readonly items: readonly Listed[]; readonly more: boolean }> {
  const { entries, more } = await vault.index.search.find(text, limit === undefined ? {} : { limit })
  const items = entries.map((entry) => ({ ...listed(entry, []), path: pathOf(vault, entry.id) }))
  return { items, more }
}

/** All versions of a file that aren't purged, newest first. @throws ITEM_NOT_FOUND */
export function listVersions(vault: OpenVault, name: ItemName): readonly ItemVersion[] {
  const entry = entryNamed(vault, name)
  return vault.index.versions.of(entry.id).filter(({ purged }) => !purged)
}

function listed(entry: Entry, steps: readonly string[]): Listed {
  const { kind, sizeBytes, mtimeMs, mode, id, version, heads } = entry
  return { path: pathText(steps), kind, sizeBytes, mtimeMs, mode, itemId: id, versionId: version, heads }
}
