import type { DeviceId } from '../contract/ids.ts'

/** A vault folder as this device knows it. */
export type Place = {
  readonly path: string
  /** Each path has a device id of its own: two copies of a vault must not write as one. */
  readonly device: DeviceId
  readonly openedMs: number
}

/** What the folder at a path is to this device. */
export type Opening =
  | { readonly kind: 'known'; readonly place: Place }
  /** The vault was never opened here. */
  | { readonly kind: 'first' }
  /** It was at another path, where it is no more. */
  | { readonly kind: 'moved'; readonly from: Place }
  /** It is still at another path. */
  | { readonly kind: 'copied'; readonly from: Place }

/**
 * Tells a moved vault folder from a copied one (ARCHITECTURE, "Processes and clones").
 *
 * @param stillThere those of the known paths at which the vault can be found now
 */
export function openingOf(
  realPath: string,
  known: readonly Place[],
  stillThere: ReadonlySet<string>,
): Opening {
  const place = known.find(({ path }) => path === realPath)
  if (place) return { kind: 'known', place }
  const newestFirst = known.toSorted((a, b) => b.openedMs - a.openedMs)
  const gone = newestFirst.find(({ path }) => !stillThere.has(path))
  if (gone) return { kind: 'moved', from: gone }
  const [from] = newestFirst
  return from ? { kind: 'copied', from } : { kind: 'first' }
}
