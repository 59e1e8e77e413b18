import { assertNever } from '../base/index.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import type { Hash } from './hash.ts'
import type { BinOp, ItemKind, PurgeOp, PutOp, VersionOp } from './op.ts'
import { earlier, later, type Register } from './register.ts'
import type { Stamp } from './stamp.ts'

/**
 * All that the journal says of one item. A join: ops in any order, any of them twice, or two halves merged by
 * joinItems, give the same record (docs/format.md §4, "State").
 */
export type ItemRecord = {
  readonly kind: Register<ItemKind> | null
  readonly parent: Register<ItemId> | null
  readonly name: Register<string> | null
  readonly mtimeMs: Register<number> | null
  readonly mode: Register<number> | null
  readonly bin: Register<BinState> | null
  /** By version id; purged ones too: their bases still count. */
  readonly versions: readonly VersionRecord[]
  /** By version id, for ever: of versions that have not arrived as well. */
  readonly purges: readonly VersionPurge[]
  /** A purge that named no versions: it removes a folder, and says nothing of a file. */
  readonly folderPurge: { readonly stamp: Stamp } | null
}

export type BinState = { readonly on: boolean; readonly seen: readonly VersionId[] }

export type VersionRecord = {
  readonly version: VersionId
  readonly bases: readonly VersionId[]
  readonly sizeBytes: number
  readonly lengthBytes: number
  readonly sha256: Hash
  readonly commit: Hash
  readonly mtimeMs: number
  readonly stamp: Stamp
}

export type VersionPurge = { readonly version: VersionId; readonly stamp: Stamp }

/** The ops that speak of one item. */
export type ItemOp = PutOp | VersionOp | BinOp | PurgeOp

export const EMPTY_ITEM: ItemRecord = {
  kind: null,
  parent: null,
  name: null,
  mtimeMs: null,
  mode: null,
  bin: null,
  versions: [],
  purges: [],
  folderPurge: null,
}

/** The record after one more op; the same object if the op changes nothing. */
export function mergeItem(item: ItemRecord, op: ItemOp, stamp: Stamp): ItemRecord {
  switch (op.kind) {
    case 'put':
      return mergePut(item, op, stamp)
    case 'version': {
      const { version, bases, sizeBytes, lengthBytes, sha256, commit, mtimeMs } = op
      const record = { version, bases, sizeBytes, lengthBytes, sha256, commit, mtimeMs, stamp }
      return withVersions(item, addFirst(item.versions, record), item.purges)
    }
    case 'bin': {
      const bin = later(item.bin, { value: { on: op.on, seen: op.seen }, stamp })
      return bin === item.bin ? item : { ...item, bin }
    }
    case 'purge': {
      if (op.versions.length > 0) {
        const purges = op.versions.reduce((all, version) => addFirst(all, { version, stamp }), item.purges)
        return withVersions(item, item.versions, purges)
      }
      const folderPurge = earlier(item.folderPurge, { stamp })
      return folderPurge === item.folderPurge ? item : { ...item, folderPurge }
    }
    default:
      return assertNever(op)
  }
}

function mergePut(item: ItemRecord, op: PutOp, stamp: Stamp): ItemRecord {
  const kind = set(item.kind, op.itemKind, stamp)
  const parent = set(item.parent, op.parent, stamp)
  const name = set(item.name, op.name, stamp)
  const mtimeMs = set(item.mtimeMs, op.mtimeMs, stamp)
  const mode = set(item.mode, op.mode, stamp)
  const same =
    kind === item.kind &&
    parent === item.parent &&
    name === item.name &&
    mtimeMs === item.mtimeMs &&
    mode === item.mode
  return same ? item : { ...item, kind, parent, name, mtimeMs, mode }
}

function set<T>(held: Register<T> | null, value: T | null, stamp: Stamp): Register<T> | null {
  return value === null ? held : later(held, { value, stamp })
}

function withVersions(
  item: ItemRecord,
  versions: readonly VersionRecord[],
  purges: readonly VersionPurge[],
): ItemRecord {
  return versions === item.versions && purges === item.purges ? item : { ...item, versions, purges }
}

/** The record of both halves. */
export function joinItems(a: ItemRecord, b: ItemRecord): ItemRecord {
  return {
    kind: laterOf(a.kind, b.kind),
    parent: laterOf(a.parent, b.parent),
    name: laterOf(a.name, b.name),
    mtimeMs: laterOf(a.mtimeMs, b.mtimeMs),
    mode: laterOf(a.mode, b.mode),
    bin: laterOf(a.bin, b.bin),
    versions: b.versions.reduce(addFirst, a.versions),
    purges: b.purges.reduce(addFirst, a.purges),
    folderPurge: b.folderPurge === null ? a.folderPurge : earlier(a.folderPurge, b.folderPurge),
  }
}

function laterOf<T>(a: Register<T> | null, b: Register<T> | null): Register<T> | null {
  return b === null ? a : later(a, b)
}

/** Adds to a list kept by version id; of two for one version the first told stays. */
function addFirst<T extends VersionPurge>(list: readonly T[], next: T): readonly T[] {
  const at = placeIn(list, next.version)
  const held = list[at]
  if (held?.version !== next.version) return list.toSpliced(at, 0, next)
  return earlier(held, next) === held ? list : list.with(at, next)
}

/** Index of the first entry whose version id isn't below `version`. */
function placeIn(list: readonly VersionPurge[], version: VersionId): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const id = list[middle]?.version
    if (id !== undefined && id < version) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a version was purged. */
export function isPurged(item: ItemRecord, version: VersionId): boolean {
  return item.purges[placeIn(item.purges, version)]?.version === version
}
