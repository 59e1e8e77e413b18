import { type ItemId, RECOVERED_ID, ROOT_ID } from '../contract/ids.ts'
import { compareStamps, type Stamp } from './stamp.ts'

/** What the place of an item depends on. */
export type Hanging = {
  /** Where it was put; null if that hasn't arrived. */
  readonly parent: ItemId | null
  /** When it was put there. */
  readonly since: Stamp | null
  /** A folder that isn't gone: others can hang on it. */
  readonly holds: boolean
}

export type HangingLookup = (item: ItemId) => Hanging | undefined

/**
 * Projection 3 (docs/format.md §4): the folder in which an item is found. A parent that is missing, gone or no
 * folder → the root's "Recovered". In a cycle the item with the greatest parent stamp hangs at the root.
 *
 * @param safe ids known to reach the top: filled and used, to place many items at once; drop it when anything
 *   moves
 */
export function placeOf(item: ItemId, lookup: HangingLookup, safe?: Set<ItemId>): ItemId {
  const parent = lookup(item)?.parent ?? null
  if (parent === null) return RECOVERED_ID
  if (isTop(parent)) return parent
  if (lookup(parent)?.holds !== true) return RECOVERED_ID
  const cycle = cycleThrough(item, lookup, safe)
  return cycle !== undefined && loosestOf(cycle, lookup) === item ? ROOT_ID : parent
}

/**
 * The cycle of folders that an item is in, from it upwards; undefined if it is in none. When an item moves,
 * or its folder appears or goes, the places that may change are: its own, those of the items put into it, and
 * those of the cycles that it was and is in.
 */
export function cycleThrough(
  item: ItemId,
  lookup: HangingLookup,
  safe?: Set<ItemId>,
): readonly ItemId[] | undefined {
  // What nothing can hang on is in no cycle.
  if (lookup(item)?.holds !== true) return undefined
  const path = new Set<ItemId>()
  let at: ItemId | null = item
  while (at !== null && !isTop(at) && !safe?.has(at)) {
    // A cycle further up: this item hangs on it, but isn't part of it.
    if (path.has(at)) return at === item ? [...path] : undefined
    const hanging: Hanging | undefined = lookup(at)
    if (hanging?.holds !== true) break
    path.add(at)
    at = hanging.parent
  }
  if (safe) for (const each of path) safe.add(each)
  return undefined
}

function isTop(item: ItemId): boolean {
  return item === ROOT_ID || item === RECOVERED_ID
}

/** The item of a cycle that was moved last. */
function loosestOf(cycle: readonly ItemId[], lookup: HangingLookup): ItemId | undefined {
  let loosest: { item: ItemId; since: Stamp } | undefined
  for (const item of cycle) {
    const since = lookup(item)?.since
    if (since && (!loosest || compareStamps(since, loosest.since) > 0)) loosest = { item, since }
  }
  return loosest?.item
}
