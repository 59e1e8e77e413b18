import { useEffect, useRef, useState } from 'react'
import type { ItemId } from '../../../main/contract/ids.ts'
import { ROOT_ID } from '../../../main/contract/ids.ts'
import { binItems, exportItems, openCopy } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { useCommands } from '../../app/commands.ts'
import { useCrumbs } from '../../app/place.ts'
import { type AnyRow, findByStart, type Rows, type RowsOf } from '../../app/rows.ts'
import { openFolder, useSession } from '../../app/session.ts'
import { useReadOnly } from '../../app/store.ts'
import { type Selection, useSelection } from '../../ui/use-selection.ts'

export type FileListState = {
  readonly selection: Selection<AnyRow>
  readonly open: (row: AnyRow) => void
  readonly typeAhead: (text: string) => void
  /** What acts are done to: the chosen rows, in the order they stand. */
  readonly chosenIds: readonly ItemId[]
  readonly only: AnyRow | undefined
}

const idOf = (row: AnyRow): string => row.itemId

/** A list of files: what is chosen, and the commands that act on it. */
export function useFileList(of: RowsOf, rows: Rows): FileListState {
  const selection = useSelection<AnyRow>({ idOf, rowAt: rows.rowAt, rowsBetween: rows.rowsBetween })
  const { chosen, clear } = selection
  const only = chosen.size === 1 ? [...chosen.values()][0] : undefined
  const chosenIds = [...chosen.values()].map(({ itemId }) => itemId)
  const readOnly = useReadOnly() !== undefined
  const folder = useSession(({ folder }) => folder)
  const crumbs = useCrumbs(folder)
  const some = chosenIds.length > 0

  const open = (row: AnyRow) => {
    if (row.kind === 'folder') openFolder(row.itemId)
    else useSession.setState({ dialog: { kind: 'preview', row, version: null } })
  }
  useCommands({
    'select-all': () => selection.all(rows.total),
    details: () => useSession.setState(({ details }) => ({ details: !details })),
    ...(of.kind === 'folder' &&
      folder !== ROOT_ID && { parent: () => openFolder(crumbs.at(-2)?.itemId ?? ROOT_ID, folder) }),
    ...(some && { export: () => void exportItems(chosenIds) }),
    ...(only?.kind === 'file' && {
      preview: () => open(only),
      checkout: () => void openCopy(only.itemId),
    }),
    ...(some &&
      !readOnly && {
        move: () =>
          useSession.setState({ dialog: { kind: 'move', chosen: { ids: chosenIds, only: only?.shown } } }),
        bin: () =>
          void binItems({ ids: chosenIds, only: only?.shown }).then((done) => {
            if (done) clear()
          }),
      }),
    ...(only &&
      !readOnly && { rename: () => useSession.setState({ dialog: { kind: 'rename', row: only } }) }),
  })

  // What was chosen among the results for another text, or moved, can't be seen any more: no act may meet it.
  const text = of.kind === 'search' ? of.text : ''
  const moves = useSession(({ moves }) => moves)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text and the moves are what it follows
  useEffect(clear, [clear, text, moves])

  useReveal(rows, selection)
  const turn = useRef(0)
  const typeAhead = (text: string) => {
    const mine = ++turn.current
    // One letter goes on from the row; more letters narrow down where it is.
    const from = selection.active + (text.length === 1 ? 1 : 0)
    const current = () => turn.current === mine
    void findByStart(rows, text, from, current).then((index) => {
      if (index >= 0 && current()) selection.move({ to: index, mode: 'one' })
    })
  }
  return { selection, open, typeAhead, chosenIds, only }
}

/** Selects the item that was asked to be shown, once it stands among its folder's rows. */
function useReveal(rows: Rows, selection: Selection<AnyRow>): void {
  const reveal = useSession(({ reveal }) => reveal)
  const order = useSession(({ order }) => order)
  const [place, setPlace] = useState<{ readonly item: ItemId; readonly index: number }>()
  useEffect(() => {
    if (reveal === undefined) return
    // It may be gone by now: then nothing is selected, and the list says the rest.
    ask('items.position', { item: reveal, order }).then(
      ({ index }) => setPlace({ item: reveal, index }),
      () => useSession.setState({ reveal: undefined }),
    )
  }, [reveal, order])
  // An item that was just made has a place before the list has it: another row stands there until then.
  const there = place !== undefined && rows.rowAt(place.index)?.itemId === place.item
  const far = place !== undefined && rows.total > place.index && rows.rowAt(place.index) === undefined
  const move = useRef(selection.move)
  move.current = selection.move
  useEffect(() => {
    if (place === undefined || place.item !== reveal) return
    // Far down, its page is asked for only when it is scrolled to.
    if (far) move.current({ to: place.index, mode: 'only-active' })
    if (!there) return
    useSession.setState({ reveal: undefined })
    move.current({ to: place.index, mode: 'one' })
  }, [reveal, place, there, far])
}
