import { basename, resolve } from 'node:path'
import type { ItemId, KeyVersionId, VersionId } from '../contract/ids.ts'
import type { ItemVersion } from '../index/index.ts'
import type { Act } from '../policy/index.ts'
import type { AddRequest } from './add.ts'
import type { PurgePlan } from './bin.ts'
import { missingBelow } from './folders.ts'
import type { OpenVault } from './open-vault.ts'
import {
  type Consent,
  demandAllowed,
  everyPlace,
  placeOf,
  placesOf,
  policyOf,
  recipientIds,
} from './policy.ts'
import { keyVersionsOf } from './stored-version.ts'
import { stepsOf } from './vault-path.ts'
import type { WrappingKey } from './wrapping-keys.ts'

type PurgeAct = Extract<Act, { readonly kind: 'purge' }>

/** Asks the policy for a purge, item by item: how long each was in the bin, how long its versions were replaced. */
export async function demandPurgeAllowed(vault: OpenVault, plan: PurgePlan): Promise<void> {
  const ops = plan.groups.flat().flatMap((op) => (op.kind === 'purge' ? [op] : []))
  const limited = policyOf(vault).rules.some(({ rule }) => KEEPING.has(rule.kind))
  const nothing: PurgeAct = { kind: 'purge', binnedAgoMs: null, replacedAgoMs: null }
  if (!limited) return await demandAllowed(vault, nothing)
  const nowMs = Date.now()
  for (const { item, versions } of ops) {
    const act = purgeAct(vault, item, new Set(versions), nowMs)
    await demandAllowed(vault, act, [placeOf(vault, item)], {}, [item])
  }
}

const KEEPING: ReadonlySet<string> = new Set(['bin-days', 'version-days'])

/** A purge of some versions of an item, or of all of it, as the policy asks about it. */
export function purgeAct(
  vault: OpenVault,
  item: ItemId,
  versions: ReadonlySet<VersionId>,
  nowMs: number,
): PurgeAct {
  const binnedMs = binnedAtMs(vault, item)
  const all = vault.index.versions.of(item)
  const replacedAgo = all
    .filter(({ version, current }) => versions.has(version) && !(current && binnedMs !== null))
    .map((version) => nowMs - replacedAtMs(version, all, nowMs))
  return {
    kind: 'purge',
    binnedAgoMs: binnedMs === null ? null : nowMs - binnedMs,
    replacedAgoMs: replacedAgo.length === 0 ? null : Math.min(...replacedAgo),
  }
}

/** When an item, or the folder it went with, was moved to the bin; null: it is not there. */
function binnedAtMs(vault: OpenVault, item: ItemId): number | null {
  for (let at = vault.index.items.item(item); at !== undefined; at = vault.index.items.item(at.parent)) {
    const { bin } = at.record
    if (at.binned && bin !== null) return bin.stamp.batch.time / 1000
  }
  return null
}

/** When another version took a version's place; one whose place nobody took is replaced now at the earliest. */
function replacedAtMs({ version }: ItemVersion, all: readonly ItemVersion[], nowMs: number): number {
  const times = all.flatMap(({ bases, stamp }) => (bases.includes(version) ? [stamp.batch.time / 1000] : []))
  return times.length === 0 ? nowMs : Math.min(...times)
}

/** Asks the policy whether a version of a key may open nothing more, wherever a rule requires that key. */
export async function demandKeyStopAllowed(
  vault: OpenVault,
  kind: 'disable-key' | 'destroy-key',
  { keyId: key }: WrappingKey,
  version: KeyVersionId,
): Promise<void> {
  const isRequired = policyOf(vault).rules.some(
    ({ rule }) => rule.kind === 'recipients' && rule.keys.includes(key),
  )
  if (!isRequired) return await demandAllowed(vault, { kind, key, files: 0 })
  const counts = countsUnder(vault, version)
  for (const place of everyPlace(vault)) {
    const files = counts.get(place[0]?.id) ?? 0
    await demandAllowed(vault, { kind, key, files }, [place])
  }
}

/** Kept versions of files under a version of a key, by each folder with rules that they are in, and by the root. */
function countsUnder(vault: OpenVault, keyVersion: KeyVersionId): ReadonlyMap<ItemId | undefined, number> {
  const counts = new Map<ItemId | undefined, number>()
  for (const { item, version, purged } of vault.index.versions.all()) {
    if (purged || !keyVersionsOf(vault, version).includes(keyVersion)) continue
    for (const { id } of placeOf(vault, item)) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

/** Asks the policy whether contents may be locked with the keys of now, wherever some items are. */
export async function demandLockAllowed(
  vault: OpenVault,
  kind: 'rewrap' | 'reencrypt' | 'restore-version',
  items: Iterable<ItemId>,
): Promise<void> {
  await demandAllowed(vault, { kind, recipients: recipientIds(vault) }, placesOf(vault, items))
}

/** Asks the policy whether files may be added, and their originals removed: in every folder that they may end up in. */
export async function demandAddAllowed(
  vault: OpenVault,
  { paths, into = '/', removeSource = false }: Pick<AddRequest, 'paths' | 'into' | 'removeSource'>,
): Promise<void> {
  const steps = stepsOf(into)
  const targets = paths.map((path) => [...steps, basename(resolve(path))])
  const there = targets.flatMap((target) => vault.index.items.resolve(target)?.id ?? [])
  const places = [placeOf(vault, missingBelow(vault, steps).parent), ...placesOf(vault, there)]
  await demandAllowed(vault, { kind: 'add', recipients: recipientIds(vault) }, places)
  if (removeSource) await demandAllowed(vault, { kind: 'remove-source' }, places)
}

/** Asks the policy whether plain text of some items may be brought out, or shown. */
export async function demandMayLeave(
  vault: OpenVault,
  kind: 'get' | 'cat' | 'preview',
  items: readonly ItemId[],
  consent: Consent,
): Promise<void> {
  await demandAllowed(vault, { kind }, placesOf(vault, items), consent, items)
}
