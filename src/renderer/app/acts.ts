import type { ItemId, VersionId } from '../../main/contract/ids.ts'
import type { Source } from '../../main/contract/ipc/job-nouns.ts'
import { files } from '../words/files.ts'
import { ask, dropped } from './bridge.ts'
import { type Chosen, useSession } from './session.ts'
import { offerUndo, say, sayFailure } from './toast.tsx'

/** Runs an act that a button or key began; what it is refused with is said. @returns whether it went well */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    sayFailure(error)
    return false
  }
}

/** Adds what was dropped or chosen, under the vault's rules, with no further question. */
export async function addSources(
  sources: readonly Source[],
  into: ItemId,
  removeSource = false,
): Promise<void> {
  if (sources.length === 0) return
  const handles = sources.map(({ handle }) => handle)
  await ask('jobs.add', { sources: handles, into, ifExists: 'version', removeSource })
}

export const pickAndAdd = (what: 'files' | 'folders', into: ItemId, removeSource = false) =>
  attempt(async () => await addSources(await ask('pick.sources', { what }), into, removeSource))

export const addDropped = (list: readonly File[], into: ItemId) =>
  attempt(async () => {
    const sources = await dropped(list)
    if (sources.length === 0) say(files.nothingDropped)
    await addSources(sources, into)
  })

export const binItems = ({ ids, only }: Chosen) =>
  attempt(async () => {
    const { undo } = await ask('items.bin', { items: [...ids] })
    offerUndo(files.binned(ids.length, only), undo)
  })

export const moveItems = ({ ids, only }: Chosen, to: ItemId, place: string) =>
  attempt(async () => {
    const { undo } = await ask('items.move', { items: [...ids], to })
    useSession.setState(({ moves }) => ({ moves: moves + 1 }))
    offerUndo(files.moved(ids.length, only, place), undo)
  })

export const renameItem = async (item: ItemId, name: string): Promise<void> => {
  const { undo } = await ask('items.rename', { item, name })
  offerUndo(files.renamed, undo)
}

export const restoreItems = (ids: readonly ItemId[]) =>
  attempt(async () => {
    const paths = await ask('items.restore', { items: [...ids] })
    say(files.restored(paths))
  })

/** Brings plain copies out into a folder that the person chooses; what is there is kept beside them. */
export const exportItems = (ids: readonly ItemId[], version: VersionId | null = null) =>
  attempt(async () => {
    const to = await ask('pick.destination', { for: 'export' })
    if (to === null) return
    await ask('jobs.export', { items: [...ids], version, to: to.handle, exists: 'keep-both' })
  })

/** Brings a file out to be edited: the copy is watched and each save becomes a new version. */
export const openCopy = (item: ItemId) =>
  attempt(async () => {
    const to = await ask('pick.destination', { for: 'checkout' })
    if (to === null) return
    const copy = await ask('checkouts.open', { item, to: to.handle })
    if (copy !== null) say(files.copyOpened(copy.name, copy.place))
  })

export const purgeItems = (ids: readonly ItemId[]) =>
  attempt(async () => {
    const done = await ask('items.purge', { items: [...ids] })
    if (done !== null) say(files.purged(done.files, done.folders))
  })

export const lockVault = () => attempt(() => ask('vault.lock', {}))
