import type { VersionId } from '../contract/ids.ts'
import { type BinState, type ItemRecord, isPurged, type VersionRecord } from './item.ts'
import type { ItemKind } from './op.ts'
import { compareStamps } from './stamp.ts'

/** What of an item's contents is to be shown (docs/format.md §4, projection 1). */
export type Contents = {
  /** Unpurged versions that no other took the place of, greatest stamp first. Several: a conflict. */
  readonly heads: readonly VersionRecord[]
  /** The first head; null if every version is purged or none has arrived. */
  readonly current: VersionRecord | null
}

/**
 * Projection 1: heads are the unpurged versions in no version's bases; if there are none, all unpurged ones.
 * A purged version's bases count: what it replaced stays replaced.
 */
export function contentsOf(item: ItemRecord): Contents {
  const [only] = item.versions
  // By far the most items, and a million of them are shown at once.
  if (item.versions.length === 1 && only) {
    return isPurged(item, only.version) ? NO_CONTENTS : { heads: item.versions, current: only }
  }
  const live = item.versions.filter(({ version }) => !isPurged(item, version))
  const replaced = new Set(item.versions.flatMap(({ bases }) => bases))
  const unreplaced = live.filter(({ version }) => !replaced.has(version))
  const heads = (unreplaced.length > 0 ? unreplaced : live).toSorted((a, b) =>
    compareStamps(b.stamp, a.stamp),
  )
  return { heads, current: heads[0] ?? null }
}

export const NO_CONTENTS: Contents = { heads: [], current: null }

/** The kind of an item; of one whose first op hasn't arrived, a file. */
export function kindOf(item: ItemRecord): ItemKind {
  return item.kind?.value ?? 'file'
}

/** Projection 1: a file without an unpurged version and a purged folder are gone. */
export function isGone(item: ItemRecord, { current }: Contents): boolean {
  return kindOf(item) === 'folder' ? item.folderPurge !== null : current === null
}

/**
 * Projection 2: an item is in the bin if it was put there by someone who knew its current version (or if it
 * has none): an edit that wasn't seen stays live. Of the item alone; a binned folder's contents go with it.
 */
export function isBinned(bin: BinState | null, current: VersionId | null): boolean {
  return bin?.on === true && (current === null || bin.seen.includes(current))
}
