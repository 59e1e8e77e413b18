import { create } from 'zustand'
import { type ItemId, ROOT_ID } from '../../main/contract/ids.ts'
import type { UndoToken } from '../../main/contract/ipc/inputs.ts'
import type { ItemRow, Order } from '../../main/contract/ipc/item-nouns.ts'

export type Section = 'files' | 'bin' | 'jobs' | 'keys' | 'health' | 'settings'

/** What the Files screen asks over itself. */
export type FilesDialog =
  | { readonly kind: 'new-folder' }
  | { readonly kind: 'rename'; readonly row: ItemRow }
  | { readonly kind: 'move'; readonly chosen: Chosen }
  | { readonly kind: 'preview'; readonly row: ItemRow; readonly version: ItemRow['versionId'] }

type Session = {
  readonly section: Section
  readonly folder: ItemId
  readonly past: readonly ItemId[]
  readonly future: readonly ItemId[]
  /** What is searched for; empty: a folder is shown. */
  readonly search: string
  readonly order: Order
  readonly details: boolean
  readonly tree: boolean
  readonly dialog: FilesDialog | undefined
  readonly undo: UndoToken | undefined
  /** Moves that were done: what was chosen for one stands elsewhere now. */
  readonly moves: number
  /** An item to be scrolled to and selected when its folder is shown. */
  readonly reveal: ItemId | undefined
}

const START: Session = {
  section: 'files',
  folder: ROOT_ID,
  past: [],
  future: [],
  search: '',
  order: { by: 'name', descending: false },
  // At 200 % or in a narrow window the list has the room.
  details: window.matchMedia('(min-width: 860px)').matches,
  tree: false,
  dialog: undefined,
  undo: undefined,
  moves: 0,
  reveal: undefined,
}

/** Where the person is in the open vault. Emptied at lock: it holds names. */
export const useSession = create<Session>(() => START)

/** What an act is done to: how it is named when it is one. */
export type Chosen = { readonly ids: readonly ItemId[]; readonly only: string | undefined }

const NOTHING: Chosen = { ids: [], only: undefined }

/** The rows that are dragged now, or were last. */
export const dragged: { rows: Chosen } = { rows: NOTHING }

export function resetSession(): void {
  dragged.rows = NOTHING
  useSession.setState(START, true)
}

export const goTo = (section: Section): void => useSession.setState({ section, dialog: undefined })

/** Shows a folder; what was shown before is one step back. */
export function openFolder(folder: ItemId, reveal?: ItemId): void {
  useSession.setState(({ folder: from, past, search }) => ({
    section: 'files',
    folder,
    search: '',
    reveal,
    ...(folder !== from || search !== '' ? { past: [...past.slice(-99), from], future: [] } : {}),
  }))
}

export function goBack(): void {
  useSession.setState(({ past, folder, future, search }) => {
    if (search !== '') return { search: '' }
    const to = past.at(-1)
    return to === undefined ? {} : { folder: to, past: past.slice(0, -1), future: [folder, ...future] }
  })
}

export function goForward(): void {
  useSession.setState(({ past, folder, future }) => {
    const [to, ...rest] = future
    return to === undefined ? {} : { folder: to, past: [...past, folder], future: rest }
  })
}
