import type { ItemId, VersionId } from '../ids.ts'
import type { PreviewToken, UndoToken } from './inputs.ts'

/** A file or folder in a list. */
export type ItemRow = {
  readonly itemId: ItemId
  readonly kind: 'file' | 'folder'
  /** As it is, for renaming. */
  readonly name: string
  /** Fit for a screen: control and bidi characters as `\u{…}`. The same as `name` for nearly all. */
  readonly shown: string
  /** Of a folder 0. */
  readonly sizeBytes: number
  readonly mtimeMs: number | null
  /** The version that is shown; of a folder null. */
  readonly versionId: VersionId | null
  /** Versions that no other took the place of: more than one is a conflict. */
  readonly heads: number
}

/** A row outside its folder: found, or in the bin. */
export type PlacedRow = ItemRow & {
  readonly parent: ItemId
  /** The folder it is or was in, fit for a screen: `/Contracts/2026`. */
  readonly folderPath: string
}

export type SortBy = 'name' | 'size' | 'modified'
export type Order = { readonly by: SortBy; readonly descending: boolean }

/** Some rows of a folder. Folders come first. `generation` rises with every change of the vault. */
export type RowWindow<R> = {
  readonly from: number
  readonly rows: readonly R[]
  readonly total: number
  readonly generation: number
}

export type FolderWindow = RowWindow<ItemRow> & {
  readonly folder: ItemId
  /** From the root (not among them) to the folder itself; empty for the root. */
  readonly crumbs: readonly Crumb[]
}

export type Crumb = { readonly itemId: ItemId; readonly name: string; readonly shown: string }

export type FoundWindow = RowWindow<PlacedRow> & {
  /** There are more than are counted here: a longer text finds fewer. */
  readonly more: boolean
}

/** A folder in the tree at the side. */
export type TreeFolder = Crumb & { readonly hasFolders: boolean }

export type VersionRow = {
  readonly versionId: VersionId
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** When it came into the vault. */
  readonly addedMs: number
  readonly current: boolean
  /** No other took its place; with another such it is a conflict. */
  readonly head: boolean
}

export type ItemDetails = {
  readonly row: PlacedRow
  readonly versions: readonly VersionRow[]
  /** Of the current version's message. */
  readonly presence: 'here' | 'not-on-this-device' | 'missing' | 'folder'
  /** What a preview can show; `none` for a folder, an unknown kind of file or one over 64 MiB. */
  readonly preview: PreviewKind | 'none'
}

export type PreviewKind = 'image' | 'text' | 'pdf'

/** "How this file is locked": what stands in the message's header (docs/format.md §1). No key is in it. */
export type Envelope = {
  readonly versionId: VersionId
  readonly messageBytes: number
  readonly suite: string
  readonly messageId: string
  readonly context: readonly (readonly [key: string, value: string])[]
  readonly edks: readonly { readonly provider: string; readonly keyName: string; readonly bytes: number }[]
  readonly frameLengthBytes: number
  readonly frames: number | null
  /** Keys that open the version's file key, by the vault's journal. */
  readonly keys: readonly { readonly label: string; readonly keyVersion: number; readonly state: string }[]
}

/** What an act that can be taken back answers. */
export type Undoable = { readonly undo: UndoToken }

export type PurgeDone = {
  readonly files: number
  readonly folders: number
  readonly versions: number
  readonly bytes: number
}

/** What the preview frame is to load: `src` of an iframe, good for one load. */
export type PreviewSource = {
  readonly token: PreviewToken
  readonly url: string
  readonly kind: PreviewKind
  readonly sizeBytes: number
}
