import { fail } from '../base/index.ts'
import { type ItemId, RECOVERED_ID, ROOT_ID, type VersionId } from '../contract/ids.ts'
import type { Crumb, ItemRow, PlacedRow } from '../contract/ipc/item-nouns.ts'
import { displayText } from '../files/index.ts'
import type { OpenVault } from '../vault/index.ts'
import type { Entry } from './lists.ts'

/** An entry as a row of a list. */
export function rowOf({ id, kind, name, sizeBytes, mtimeMs, version, heads }: Entry): ItemRow {
  return {
    itemId: id,
    kind,
    name,
    shown: displayText(name),
    sizeBytes,
    mtimeMs,
    versionId: version,
    heads: heads.length,
  }
}

/** A row that says in which folder it is. */
export function placedRow(vault: OpenVault, entry: Entry): PlacedRow {
  const steps = vault.index.items.pathOf(entry.parent) ?? []
  return { ...rowOf(entry), parent: entry.parent, folderPath: displayText(`/${steps.join('/')}`) }
}

/** The folders from the root down to one, itself included; none for the root. @throws ITEM_NOT_FOUND */
export function crumbsOf(vault: OpenVault, folder: ItemId): readonly Crumb[] {
  const crumbs: Crumb[] = []
  for (let at = folder; at !== ROOT_ID && crumbs.length < 10_000; ) {
    const path = vault.index.items.pathOf(at) ?? failGone(at)
    const name = path.at(-1) ?? ''
    crumbs.unshift({ itemId: at, name, shown: displayText(name) })
    at = vault.index.items.item(at)?.parent ?? ROOT_ID
  }
  return crumbs
}

/**
 * The path of an item, to name it to the service: its id alone would be taken for a file in the root that has
 * an id for its name, if there is one.
 *
 * @throws ITEM_NOT_FOUND it is gone, or in the bin
 */
export function pathName(vault: OpenVault, item: ItemId): string {
  if (item === ROOT_ID) return '/'
  if (vault.index.items.isInBin(item)) failGone(item)
  return `/${(vault.index.items.pathOf(item) ?? failGone(item)).join('/')}`
}

/** The entry of an item, in the bin or not. @throws ITEM_NOT_FOUND */
export function entryOf(vault: OpenVault, item: ItemId): Entry {
  // "Recovered" is made by the projection: only the root's list has it.
  if (item === RECOVERED_ID) {
    return vault.index.items.list(ROOT_ID).find(({ id }) => id === item) ?? failGone(item)
  }
  const view = vault.index.items.item(item) ?? failGone(item)
  const { id, kind, parent, name, heads, current, binned, record } = view
  return {
    id,
    kind,
    parent,
    name,
    sizeBytes: current?.sizeBytes ?? 0,
    mtimeMs: current?.mtimeMs ?? record.mtimeMs?.value ?? null,
    mode: record.mode?.value ?? null,
    version: current?.version ?? null,
    heads: heads.map(({ version }): VersionId => version),
    binned,
  }
}

export function failGone(item: ItemId): never {
  return fail('ITEM_NOT_FOUND', 'It is not in the vault any more.', { item })
}
