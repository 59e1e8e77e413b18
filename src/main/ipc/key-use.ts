import type { ItemId, KeyVersionId } from '../contract/ids.ts'
import type { KeyImpact } from '../contract/ipc/key-calls.ts'
import { displayText } from '../files/index.ts'
import { type OpenVault, openerOf, wrappingKeys } from '../vault/index.ts'
import { allVersions, type StoredVersion } from './versions.ts'

/** What hangs on each version of the vault's keys, counted in versions of files. */
export type KeyUse = {
  readonly opens: ReadonlyMap<string, number>
  /** What nothing else opens. */
  readonly onlyIt: ReadonlyMap<string, number>
  /** Not under all the active versions, and only those. */
  readonly toRewrap: number
}

/** Counts in one pass over the vault, with turns for others. Of a key and of its versions, by their ids. */
export async function keyUse(vault: OpenVault): Promise<KeyUse> {
  const [opens, onlyIt] = [new Map<string, number>(), new Map<string, number>()]
  const isElsewhere = elsewhere(vault)
  let toRewrap = 0
  for await (const version of allVersions(vault)) {
    const edks = edksOf(vault, version)
    for (const { key, under } of edks) {
      add(opens, key)
      if (under !== undefined) add(opens, under)
    }
    const [only, other] = edks
    if (only?.under !== undefined && other === undefined) add(onlyIt, only.under)
    if (isElsewhere(version)) toRewrap++
  }
  return { opens, onlyIt, toRewrap }
}

/** How many versions of files a rewrap would move. @param from those under this version alone; null: all */
export async function countToRewrap(vault: OpenVault, from: KeyVersionId | null): Promise<number> {
  const isElsewhere = elsewhere(vault)
  let count = 0
  for await (const version of allVersions(vault)) {
    if (!isElsewhere(version)) continue
    if (from === null || edksOf(vault, version).some(({ under }) => under === from)) count++
  }
  return count
}

const SHOWN_PATHS = 100

/** What would be unreadable without some versions of keys (vault/impact.ts), with turns for others. */
export async function impactWithout(
  vault: OpenVault,
  without: ReadonlySet<KeyVersionId>,
): Promise<KeyImpact> {
  const files = new Set<ItemId>()
  const paths: string[] = []
  let [versions, bytes, current, inBin] = [0, 0, 0, 0]
  for await (const version of allVersions(vault)) {
    const edks = edksOf(vault, version)
    const lost = edks.length > 0 && edks.every(({ under }) => under !== undefined && without.has(under))
    if (!lost) continue
    const { item, sizeBytes } = version
    versions++
    bytes += sizeBytes
    if (version.current) current++
    if (vault.index.items.isInBin(item)) inBin++
    if (!files.has(item) && paths.length < SHOWN_PATHS) paths.push(shownPath(vault, item))
    files.add(item)
  }
  return { versions, files: files.size, bytes, current, inBin, paths }
}

function shownPath(vault: OpenVault, item: ItemId): string {
  const steps = vault.index.items.pathOf(item)
  return steps === undefined ? item : displayText(`/${steps.join('/')}`)
}

/**
 * Tells versions of files that are not under all the active versions of the vault's local keys, and only those. What
 * other providers' keys are under is theirs to say.
 */
function elsewhere(vault: OpenVault): (version: StoredVersion) => boolean {
  const local = wrappingKeys(vault).filter(({ provider }) => provider === 'local')
  const versions = local.flatMap(({ recipient, versions }) => {
    return versions.map(({ keyVersionId, state }) => ({
      keyVersionId,
      wanted: recipient && state === 'active',
    }))
  })
  const known = new Set(versions.map(({ keyVersionId }) => keyVersionId))
  const wanted = versions.flatMap((each) => (each.wanted ? [each.keyVersionId] : []))
  const active = wanted.sort().join()
  return (version) => {
    const under = edksOf(vault, version).flatMap(({ under }) => under ?? [])
    return (
      under
        .filter((id) => known.has(id))
        .sort()
        .join() !== active
    )
  }
}

/** Who opens a version of a file: the key, and which of its versions. */
function edksOf(vault: OpenVault, { keys }: StoredVersion) {
  return keys.flatMap(({ key, edk }) => (edk === null ? [] : [{ key, under: openerOf(vault, edk) }]))
}

function add(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1)
}
