import * as v from 'valibot'
import type { ItemId, VersionId } from '../ids.ts'
import { call } from './call.ts'
import {
  itemId,
  items,
  name,
  nothing,
  previewToken,
  rowRange,
  searchText,
  undoToken,
  versionId,
} from './inputs.ts'
import type {
  Envelope,
  FolderWindow,
  FoundWindow,
  ItemDetails,
  PlacedRow,
  PreviewSource,
  PurgeDone,
  RowWindow,
  TreeFolder,
  Undoable,
} from './item-nouns.ts'

const order = v.strictObject({
  by: v.picklist(['name', 'size', 'modified']),
  descending: v.boolean(),
})

/** Files and folders of the open vault. All refuse with VAULT_LOCKED when there is none. */
export const ITEM_CALLS = {
  /** Rows of a folder, as many as a screen needs. The root's id is ROOT_ID: 32 zeros. */
  'items.list': call<FolderWindow>()(v.strictObject({ folder: itemId, order, ...rowRange })),
  /** The folders in a folder, for the tree. */
  'items.folders': call<readonly TreeFolder[]>()(v.strictObject({ folder: itemId })),
  /** Items whose names contain a text, where case and form don't count; the bin left out. */
  'items.search': call<FoundWindow>()(v.strictObject({ text: searchText, order, ...rowRange })),
  'items.in-bin': call<RowWindow<PlacedRow>>()(v.strictObject({ order, ...rowRange })),
  /** Files with more than one head: two devices changed each at once; both are kept. */
  'items.conflicts': call<RowWindow<PlacedRow>>()(v.strictObject(rowRange)),
  /** Where an item stands among its folder's rows, to scroll to it. */
  'items.position': call<{ readonly folder: ItemId; readonly index: number }>()(
    v.strictObject({ item: itemId, order }),
  ),
  'items.details': call<ItemDetails>()(v.strictObject({ item: itemId })),
  'items.envelope': call<Envelope>()(v.strictObject({ item: itemId, version: v.nullable(versionId) })),

  'items.make-folder': call<{ readonly itemId: ItemId }>()(v.strictObject({ parent: itemId, name })),
  'items.rename': call<Undoable>()(v.strictObject({ item: itemId, name })),
  'items.move': call<Undoable>()(v.strictObject({ items, to: itemId })),
  'items.bin': call<Undoable>()(v.strictObject({ items })),
  /** Brings items back from the bin; the paths they have now, fit for a screen. */
  'items.restore': call<readonly string[]>()(v.strictObject({ items })),
  /** Takes back a rename, move or bin, once. */
  'items.undo': call<null>()(v.strictObject({ undo: undoToken })),
  /**
   * Makes a version the current one again, as a new version; settles a conflict, too. Nothing is removed.
   */
  'items.make-current': call<{ readonly versionId: VersionId }>()(
    v.strictObject({ item: itemId, version: versionId }),
  ),
  /** Removes items that are in the bin for ever. Confirmed natively; null: kept. */
  'items.purge': call<PurgeDone | null>()(v.strictObject({ items })),
  'items.empty-bin': call<PurgeDone | null>()(nothing),
  'items.purge-version': call<PurgeDone | null>()(v.strictObject({ item: itemId, version: versionId })),

  /**
   * Verifies a whole version and gives what a preview iframe loads, once; USAGE if there is no preview of it.
   * The content stays in main's memory until it is closed, another is opened, or the vault locked.
   */
  'preview.open': call<PreviewSource>()(v.strictObject({ item: itemId, version: v.nullable(versionId) })),
  'preview.close': call<null>()(v.strictObject({ token: previewToken })),
}
