import { type ItemId, RECOVERED_ID, ROOT_ID, type VersionId } from '../contract/ids.ts'
import {
  contentsOf,
  type ItemKind,
  type ItemView,
  isBinned,
  kindOf,
  RECOVERED_NAME,
} from '../journal/index.ts'
import type { IndexReader } from './index-reader.ts'
import type { IndexTables } from './index-tables.ts'
import { fixedId } from './numbers.ts'
import { RECOVERED_NUMBER, ROOT_NUMBER } from './row.ts'

/** A file or folder as a list shows it. */
export type Entry = {
  readonly id: ItemId
  readonly kind: ItemKind
  /** The folder it is found in. */
  readonly parent: ItemId
  /** Different from every other name in the folder outside the bin, and safe as a part of a path. */
  readonly name: string
  /** Of the content of the current version; of a folder 0. */
  readonly sizeBytes: number
  /** Of a file its current version's; null: not told. */
  readonly mtimeMs: number | null
  readonly mode: number | null
  /** The current version; of a folder null. */
  readonly version: VersionId | null
  /** Versions that no other took the place of, the current one first; several: a conflict. */
  readonly heads: readonly VersionId[]
  /** It was put into the bin itself. */
  readonly binned: boolean
}

const FIXED = {
  kind: 'folder',
  sizeBytes: 0,
  mtimeMs: null,
  mode: null,
  version: null,
  heads: [],
  binned: false,
} as const

/** The root, as a folder of its own. */
export const ROOT_ENTRY: Entry = { ...FIXED, id: ROOT_ID, parent: ROOT_ID, name: '' }
/** The root's folder for what lost its own: there while it holds something. */
export const RECOVERED_ENTRY: Entry = { ...FIXED, id: RECOVERED_ID, parent: ROOT_ID, name: RECOVERED_NAME }

/** The entry of an item that isn't gone; inside `reader.at`. */
export function entryAt(reader: IndexReader, number: number, parent?: ItemId): Entry {
  const { head, name } = reader.head(number)
  const { id, kind, place, mode, mtimeMs, binned, plain } = head
  const found = parent ?? idAt(reader, place ?? ROOT_NUMBER)
  const shared = { id, kind, parent: found, name, mode, binned }
  if (kind === 'folder') return { ...shared, sizeBytes: 0, mtimeMs, version: null, heads: [] }
  if (plain) {
    const { version, sizeBytes } = plain
    return { ...shared, sizeBytes, mtimeMs: plain.mtimeMs, version, heads: [version] }
  }
  const { current, heads } = contentsOf(reader.row(number).record)
  return {
    ...shared,
    sizeBytes: current?.sizeBytes ?? 0,
    mtimeMs: current?.mtimeMs ?? null,
    version: current?.version ?? null,
    heads: heads.map(({ version }) => version),
  }
}

/** All of an item as it is shown; undefined: it is gone; inside `reader.at`. */
export function viewAt(reader: IndexReader, number: number): ItemView | undefined {
  const { id, record, standing } = reader.row(number)
  if (standing.place === null) return undefined
  const kind = kindOf(record)
  const contents = kind === 'file' ? contentsOf(record) : { heads: [], current: null }
  const { name } = standing
  const binned = isBinned(record.bin?.value ?? null, contents.current?.version ?? null)
  const parent = idAt(reader, standing.place)
  return { id, kind, parent, name, ...contents, binned, inBin: isInBin(reader, number), record }
}

/** Whether an item, or a folder it is in, is in the bin; inside `reader.at`. */
export function isInBin(reader: IndexReader, number: number): boolean {
  return [...upwards(reader, number)].some((each) => reader.head(each).head.binned)
}

/** An item and the folders it is in, up to below the root or "Recovered"; inside `reader.at`. */
export function* upwards(reader: IndexReader, number: number): Generator<number> {
  let at: number | null = number
  while (at !== null && fixedId(at) === undefined) {
    yield at
    at = reader.head(at).head.place
  }
}

/** The id of an item, the root or "Recovered"; inside `reader.at`. */
export function idAt(reader: IndexReader, number: number): ItemId {
  return fixedId(number) ?? reader.head(number).head.id
}

/** Whether "Recovered" holds something; inside `reader.at`. */
export function hasRecovered({ members }: IndexTables): boolean {
  return !members.isEmpty(RECOVERED_NUMBER)
}
