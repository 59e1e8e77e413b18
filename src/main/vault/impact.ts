import type { ItemId, KeyVersionId, VersionId } from '../contract/ids.ts'
import type { OpenVault } from './open-vault.ts'
import { keyVersionsOf } from './stored-version.ts'
import { pathText } from './vault-path.ts'
import { openerOf } from './wrapping-keys.ts'

/** A version of a file that nothing else would open. */
export type Affected = {
  readonly item: ItemId
  readonly version: VersionId
  /** Where it is shown; of an item that is not shown, its id. */
  readonly path: string
  /** The one that is shown. */
  readonly current: boolean
  readonly inBin: boolean
  readonly sizeBytes: number
}

/**
 * What would become unreadable without some key versions: every kept version of every file, in the bin or not, that is
 * wrapped for nothing else, a recovery code included. Sealed files outside the vault are not known to it.
 */
export function* impactOf(vault: OpenVault, without: ReadonlySet<KeyVersionId>): Generator<Affected> {
  for (const { item, version, purged, current, sizeBytes, keys } of vault.index.versions.all()) {
    if (purged) continue
    const openers = keys.flatMap(({ edk }) => (edk === null ? [] : [openerOf(vault, edk)]))
    if (openers.length === 0 || openers.some((id) => id === undefined || !without.has(id))) continue
    const steps = vault.index.items.pathOf(item)
    const inBin = steps !== undefined && vault.index.items.isInBin(item)
    yield { item, version, path: steps === undefined ? item : pathText(steps), current, inBin, sizeBytes }
  }
}

/** How many kept versions each key version opens. */
export function countByKeyVersion(vault: OpenVault): ReadonlyMap<KeyVersionId, number> {
  const counts = new Map<KeyVersionId, number>()
  for (const { version, purged } of vault.index.versions.all()) {
    if (purged) continue
    for (const id of keyVersionsOf(vault, version)) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}
