import { type ItemId, RECOVERED_ID, ROOT_ID } from '../contract/ids.ts'
import type { ItemRecord, VersionRecord } from './item.ts'
import { type Contents, contentsOf, isBinned, isGone, kindOf, NO_CONTENTS } from './item-rules.ts'
import type { ItemKind } from './op.ts'
import { type Hanging, placeOf } from './place.ts'
import { nameItems, safeName } from './shown-name.ts'
import type { State } from './state.ts'

/** An item as it is shown. */
export type ItemView = {
  readonly id: ItemId
  readonly kind: ItemKind
  /** The folder it is found in: another one's id, ROOT_ID or RECOVERED_ID. */
  readonly parent: ItemId
  /** Different from every other name in the folder outside the bin, and safe as a part of a path. */
  readonly name: string
  /** Greatest stamp first; several: a conflict to choose from. None of a folder. */
  readonly heads: readonly VersionRecord[]
  readonly current: VersionRecord | null
  /** It was put into the bin itself. */
  readonly binned: boolean
  /** It, or a folder it is in, is in the bin. */
  readonly inBin: boolean
  readonly record: ItemRecord
}

/** Name of the root's folder for what lost its own; taken there while it holds something. */
export const RECOVERED_NAME = 'Recovered'

/**
 * The vault as it is shown (docs/format.md §4, projection 1 to 4): a pure function of the state. Items that
 * are gone are left out.
 */
export function project(state: State): ReadonlyMap<ItemId, ItemView> {
  const present = new Map<ItemId, Present>()
  for (const [id, record] of state.items) {
    const contents = contentsOf(record)
    if (!isGone(record, contents)) present.set(id, presentOf(id, record, contents))
  }
  const folders = placeAll(present)
  const names = nameAll(folders)
  const inBin = binAll(folders)
  const views = new Map<ItemId, ItemView>()
  for (const [parent, members] of folders) {
    for (const { id, kind, binned, contents, record } of members) {
      const name = names.get(id) ?? safeName(record.name?.value ?? null)
      const view = { id, kind, parent, name, ...contents, binned, inBin: inBin.has(id), record }
      views.set(id, view)
    }
  }
  return views
}

/** What the rules need of an item that isn't gone. */
type Present = Hanging & {
  readonly id: ItemId
  readonly kind: ItemKind
  readonly contents: Contents
  readonly binned: boolean
  readonly record: ItemRecord
}

type Folders = ReadonlyMap<ItemId, readonly Present[]>

function presentOf(id: ItemId, record: ItemRecord, contents: Contents): Present {
  const kind = kindOf(record)
  const current = kind === 'file' ? (contents.current?.version ?? null) : null
  return {
    id,
    kind,
    parent: record.parent?.value ?? null,
    since: record.parent?.stamp ?? null,
    holds: kind === 'folder',
    contents: kind === 'file' ? contents : NO_CONTENTS,
    binned: isBinned(record.bin?.value ?? null, current),
    record,
  }
}

function placeAll(present: ReadonlyMap<ItemId, Present>): Folders {
  const folders = new Map<ItemId, Present[]>()
  const safe = new Set<ItemId>()
  for (const [id, item] of present) {
    const parent = placeOf(id, (each) => present.get(each), safe)
    const members = folders.get(parent)
    if (members) members.push(item)
    else folders.set(parent, [item])
  }
  return folders
}

function nameAll(folders: Folders): ReadonlyMap<ItemId, string> {
  const names = new Map<ItemId, string>()
  for (const [folder, members] of folders) {
    const named = members
      .filter(({ binned }) => !binned)
      .map(({ id, kind, record: { name } }) => {
        return { id, kind, name: name?.value ?? null, since: name?.stamp ?? null }
      })
    const taken = folder === ROOT_ID && folders.has(RECOVERED_ID) ? [RECOVERED_NAME] : []
    for (const [id, name] of nameItems(named, taken)) names.set(id, name)
  }
  return names
}

/** What is in the bin: the binned, and all that is in a folder among them. */
function binAll(folders: Folders): ReadonlySet<ItemId> {
  const inBin = new Set<ItemId>()
  const open = [...folders.values()].flat().filter(({ binned }) => binned)
  for (let item = open.pop(); item; item = open.pop()) {
    if (inBin.has(item.id)) continue
    inBin.add(item.id)
    for (const member of folders.get(item.id) ?? []) open.push(member)
  }
  return inBin
}
