import { bug, fail } from '../base/index.ts'
import { type ItemId, parseId, RECOVERED_ID, ROOT_ID } from '../contract/ids.ts'
import type { Entry } from '../index/index.ts'
import type { OpenVault } from './open-vault.ts'

/** An item as a person names it: its path in the vault, as "/Photos/2024", or its id of 32 hex digits. */
export type ItemName = string

/** The steps of a path in the vault; doubled and trailing slashes don't count. */
export function stepsOf(path: string): readonly string[] {
  return path.split('/').filter((step) => step !== '')
}

export function pathText(steps: readonly string[]): string {
  return `/${steps.join('/')}`
}

/** The path of an item as it is shown. @throws ITEM_NOT_FOUND it is gone */
export function pathOf(vault: OpenVault, item: ItemId): string {
  return pathText(vault.index.items.pathOf(item) ?? failNotFound(item))
}

/** What a person means by a name, outside the bin. @throws ITEM_NOT_FOUND */
export function entryNamed(vault: OpenVault, name: ItemName): Entry {
  const byPath = vault.index.items.resolve(stepsOf(name))
  if (byPath !== undefined) return byPath
  const id = parseId<ItemId>(name)
  const byId = id === undefined ? undefined : entryById(vault, id)
  if (byId === undefined || vault.index.items.isInBin(byId.id)) return failNotFound(name)
  return byId
}

/** The folder of a name. @throws ITEM_NOT_FOUND · USAGE it is a file */
export function folderNamed(vault: OpenVault, name: ItemName): Entry {
  const entry = entryNamed(vault, name)
  if (entry.kind !== 'folder') fail('USAGE', `${name} is a file, where a folder was expected.`, { name })
  return entry
}

/** What a person means by a name in the bin: an id, or the path from which it was taken. @throws ITEM_NOT_FOUND */
export function binnedNamed(vault: OpenVault, name: ItemName): Entry {
  const wanted = pathText(stepsOf(name)).normalize('NFC')
  const found = vault.index.items
    .bin()
    .filter((entry) => entry.id === name || pathOf(vault, entry.id) === wanted)
  const [first, second] = found
  if (first === undefined) {
    const { id } = entryNamed(vault, name)
    fail('USAGE', `${name} is not in the bin. \`rm\` moves it there first.`, { name, item: id })
  }
  if (second !== undefined) {
    const ids = found.map(({ id }) => id)
    fail(
      'USAGE',
      `The bin holds ${found.length} things that were at ${name}. Name one by its id: ${ids.join(', ')}.`,
      {
        name,
        ids,
      },
    )
  }
  return first
}

/** An item that isn't gone, by its id. */
export function entryById(vault: OpenVault, id: ItemId): Entry | undefined {
  const view = vault.index.items.item(id)
  if (view === undefined) return undefined
  const inPlace = vault.index.items.list(view.parent).find((entry) => entry.id === id)
  return inPlace ?? vault.index.items.bin().find((entry) => entry.id === id)
}

/** A name for a new or renamed item. @returns it as NFC @throws USAGE it can be no name */
export function demandName(name: string): string {
  const shown = name.normalize('NFC')
  const bytes = Buffer.byteLength(shown)
  if (shown === '' || shown === '.' || shown === '..' || /[/\0]/.test(shown) || bytes > 255) {
    fail('USAGE', `“${name}” can’t be a name: it has 1 to 255 bytes, no “/”, and is not “.” or “..”.`, {
      name,
    })
  }
  return shown
}

/** @throws ITEM_EXISTS a folder has something of that name, where case and form don't count */
export function demandFree(vault: OpenVault, folder: ItemId, name: string, except?: ItemId): void {
  const there = vault.index.items.inFolder(folder, name)
  if (there === undefined || there.id === except) return
  const path = pathText([...(vault.index.items.pathOf(folder) ?? bug('a folder without a path')), there.name])
  fail('ITEM_EXISTS', `The vault has ${path} already.`, { path, item: there.id })
}

/** Folders of the projection itself, which no op can change. */
export function demandOrdinary(entry: Pick<Entry, 'id'>): void {
  if (entry.id === ROOT_ID) fail('USAGE', 'The vault’s root stays as it is.')
  if (entry.id === RECOVERED_ID) {
    fail('USAGE', '“Recovered” is made by Strongroom for what lost its folder; move what is in it instead.')
  }
}

export function failNotFound(name: string): never {
  return fail('ITEM_NOT_FOUND', `The vault has no ${name}.`, { name })
}

/** Items, and all that lies in them, outside the bin. @throws ITEM_NOT_FOUND */
export function itemsBelow(vault: OpenVault, names: readonly ItemName[]): ReadonlySet<ItemId> {
  const items = new Set<ItemId>()
  for (const name of names) {
    const { id, kind } = entryNamed(vault, name)
    items.add(id)
    if (kind === 'folder') for (const { entry } of vault.index.items.walk(id)) items.add(entry.id)
  }
  return items
}
