import type { ItemId, VersionId } from '../contract/ids.ts'
import { EMPTY_ITEM, type ItemRecord, type KeyRecord } from '../journal/index.ts'

/** Numbers of what is no item: the root folder and its "Recovered". */
export const ROOT_NUMBER = 0
export const RECOVERED_NUMBER = 1
/** Of the first item: the first of a page. */
export const FIRST_NUMBER = 256

/** All that is kept of one item. */
export type Row = {
  readonly number: number
  readonly id: ItemId
  readonly record: ItemRecord
  /** EDKs of its versions. */
  readonly keys: readonly VersionKeys[]
  readonly standing: Standing
}

export type VersionKeys = { readonly version: VersionId; readonly records: readonly KeyRecord[] }

/** Where and how an item is shown: what the projection made of its record and of the others'. */
export type Standing = {
  /** Number of the folder it is found in; null: it is gone. */
  readonly place: number | null
  /** It is not where it was put. */
  readonly displaced: boolean
  /** Tag of the name it was given, under which it competes with others; 0: it doesn't, being in the bin. */
  readonly tag: number
  /** The name shown; of what is gone, none. */
  readonly name: string
  /** It is shown under another name than it was given, since that was taken. */
  readonly numbered: boolean
  readonly binned: boolean
  /** A folder that isn't gone: others can hang on it. */
  readonly holds: boolean
}

export const NOT_SHOWN: Standing = {
  place: null,
  displaced: false,
  tag: 0,
  name: '',
  numbered: false,
  binned: false,
  holds: false,
}

export function newRow(number: number, id: ItemId): Row {
  return { number, id, record: EMPTY_ITEM, keys: [], standing: NOT_SHOWN }
}

/** The EDKs of one of its versions. */
export function keysIn(row: Row, version: VersionId): readonly KeyRecord[] {
  return row.keys.find((each) => each.version === version)?.records ?? []
}
