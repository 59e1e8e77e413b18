import { bug, fail } from '../base/index.ts'
import { type ItemId, ROOT_ID } from '../contract/ids.ts'
import type { Group, PutOp } from '../journal/index.ts'
import { newId } from './new-id.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import {
  demandFree,
  demandName,
  demandOrdinary,
  entryNamed,
  failNotFound,
  folderNamed,
  type ItemName,
  pathText,
  stepsOf,
} from './vault-path.ts'

const FOLDER_MODE = 0o755

/** An op `put` that speaks of nothing but what is given. */
export function putOp(item: ItemId, fields: Partial<Omit<PutOp, 'kind' | 'item'>>): PutOp {
  return { kind: 'put', item, itemKind: null, parent: null, name: null, mtimeMs: null, mode: null, ...fields }
}

/** A new folder, as the journal records it. */
export function folderOp(item: ItemId, parent: ItemId, name: string, facts = newFolderFacts()): PutOp {
  return putOp(item, { itemKind: 'folder', parent, name, ...facts })
}

const newFolderFacts = () => ({ mtimeMs: Date.now(), mode: FOLDER_MODE })

/**
 * Makes a folder in the vault, and with `parents` those on the way that are missing.
 *
 * @returns its id @throws ITEM_EXISTS · ITEM_NOT_FOUND its parent · USAGE the name
 */
export async function makeFolder(vault: OpenVault, path: string, parents = false): Promise<ItemId> {
  await demandAllowed(vault, { kind: 'make-folder' })
  const steps = stepsOf(path)
  if (steps.length === 0) fail('USAGE', 'Give the new folder a name, as in /Photos.')
  return await vault.commit(() => {
    const { missing, parent } = missingBelow(vault, steps)
    const there = vault.index.items.resolve(steps)
    if (missing.length === 0 && there) {
      if (parents && there.kind === 'folder') return { groups: [], value: there.id }
      demandFree(vault, there.parent, there.name)
    }
    if (missing.length > 1 && !parents) failNotFound(pathText(steps.slice(0, -1)))
    let at = parent
    const ops = missing.map((name) => {
      const op = folderOp(newId<ItemId>(), at, demandName(name))
      if (at === parent) demandFree(vault, parent, name)
      at = op.item
      return op
    })
    return { groups: ops.map((op) => [op]), value: at }
  })
}

/** How far a path of folders exists, and the steps that don't. @throws USAGE a file is in the way */
export function missingBelow(
  vault: OpenVault,
  steps: readonly string[],
): { readonly parent: ItemId; readonly missing: readonly string[] } {
  for (let depth = steps.length; depth >= 0; depth--) {
    const entry = vault.index.items.resolve(steps.slice(0, depth))
    if (entry === undefined) continue
    if (entry.kind !== 'folder' && depth < steps.length) {
      const path = pathText(steps.slice(0, depth))
      fail('USAGE', `${path} is a file, where a folder was expected.`, { path })
    }
    return { parent: entry.id, missing: steps.slice(depth) }
  }
  return bug('a vault without a root')
}

/**
 * Moves or renames items: onto a folder they go into it; one alone may get a new name. Their messages stay
 * untouched.
 *
 * @throws ITEM_EXISTS · ITEM_NOT_FOUND · USAGE into itself, or several things to a name that is no folder
 */
export async function moveItems(vault: OpenVault, from: readonly ItemName[], to: ItemName): Promise<void> {
  await demandAllowed(vault, { kind: 'move' })
  await vault.commit(() => {
    const entries = from.map((name) => entryNamed(vault, name))
    const { folder, name } = targetOf(vault, to, entries.length)
    return { groups: moveGroups(vault, entries, folder, name), value: undefined }
  })
}

/**
 * Moves items into a folder, each under the name it has. Named by their ids, so that nothing else is meant should
 * another program have moved or renamed them a moment ago.
 *
 * @throws ITEM_EXISTS · ITEM_NOT_FOUND one is gone or in the bin · USAGE into itself, or into a file
 */
export async function moveTo(vault: OpenVault, items: readonly ItemId[], folder: ItemId): Promise<void> {
  await demandAllowed(vault, { kind: 'move' })
  await vault.commit(() => {
    const placed = items.map((item) => demandShown(vault, item))
    if (folder !== ROOT_ID && demandShown(vault, folder).kind !== 'folder')
      fail('USAGE', 'That is a file, where a folder was expected.', { item: folder })
    return { groups: moveGroups(vault, placed, folder), value: undefined }
  })
}

/**
 * Gives an item another name in the folder it is in, also one that differs in case alone.
 *
 * @throws ITEM_EXISTS · ITEM_NOT_FOUND it is gone or in the bin · USAGE the name
 */
export async function renameItem(vault: OpenVault, item: ItemId, name: string): Promise<void> {
  await demandAllowed(vault, { kind: 'rename' })
  await vault.commit(() => {
    const placed = demandShown(vault, item)
    return { groups: moveGroups(vault, [placed], placed.parent, name), value: undefined }
  })
}

/** Where an item is and what it is called there. */
type Placed = {
  readonly id: ItemId
  readonly kind: 'file' | 'folder'
  readonly parent: ItemId
  readonly name: string
}

/** Under the write lock: what is recorded of items that go to a folder, or get a name in it. */
function moveGroups(
  vault: OpenVault,
  items: readonly Placed[],
  folder: ItemId,
  name?: string,
): readonly Group[] {
  const taken = new Set<string>()
  const ops = items.map((item) => {
    demandOrdinary(item)
    const newName = demandName(name ?? item.name)
    demandFree(vault, folder, newName, item.id)
    demandNotInside(vault, item.id, folder)
    const fold = newName.toLowerCase()
    if (taken.has(fold)) fail('ITEM_EXISTS', `Two of them are named ${newName}.`, { name: newName })
    taken.add(fold)
    const parent = item.parent === folder ? null : folder
    return putOp(item.id, { parent, name: newName === item.name ? null : newName })
  })
  return ops.filter(({ parent, name }) => parent !== null || name !== null).map((op) => [op])
}

/** An item outside the bin, by its id. @throws ITEM_NOT_FOUND · USAGE a folder of the projection itself */
function demandShown(vault: OpenVault, item: ItemId): Placed {
  demandOrdinary({ id: item })
  const view = vault.index.items.item(item)
  if (view === undefined || view.inBin) return failNotFound(`item ${item}`)
  return view
}

function targetOf(vault: OpenVault, to: ItemName, count: number): { folder: ItemId; name?: string } {
  const steps = stepsOf(to)
  const there = vault.index.items.resolve(steps)
  if (there?.kind === 'folder') return { folder: there.id }
  if (count !== 1) return { folder: folderNamed(vault, to).id }
  const name = steps.at(-1) ?? bug('the root is a folder')
  return { folder: folderNamed(vault, pathText(steps.slice(0, -1))).id, name }
}

function demandNotInside(vault: OpenVault, item: ItemId, folder: ItemId): void {
  for (let at: ItemId | undefined = folder, depth = 0; at !== undefined && depth < 10_000; depth++) {
    if (at === item) fail('USAGE', 'A folder can’t be moved into itself.', { item })
    const view = vault.index.items.item(at)
    at = view?.parent
  }
}
