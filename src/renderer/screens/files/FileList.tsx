import { type DragEvent, useState } from 'react'
import { addDropped, moveItems } from '../../app/acts.ts'
import { FOLDER_COLUMNS, PLACED_COLUMNS } from '../../app/columns.tsx'
import { canRun, commandOfKeys, runCommand } from '../../app/commands.ts'
import { bringsFiles } from '../../app/DropOverlay.tsx'
import type { AnyRow, Rows, RowsOf } from '../../app/rows.ts'
import { goBack, useSession } from '../../app/session.ts'
import { useApp, useReadOnly } from '../../app/store.ts'
import type { MenuPoint } from '../../ui/ContextMenu.tsx'
import { VirtualGrid } from '../../ui/VirtualGrid.tsx'
import { files } from '../../words/files.ts'
import { draggedRows, ROWS_TYPE, startDrag } from './drag.ts'
import { RowMenu } from './RowMenu.tsx'
import type { FileListState } from './use-file-list.ts'

type Props = { readonly of: RowsOf; readonly rows: Rows; readonly list: FileListState }

/** The rows themselves: keyboard, mouse, drag and menu. */
export function FileList({ of, rows, list }: Props) {
  const { selection, open, typeAhead } = list
  const order = useSession(({ order }) => order)
  const compact = useApp(({ app }) => app?.settings.density === 'compact')
  const readOnly = useReadOnly() !== undefined
  const [menu, setMenu] = useState<MenuPoint>()

  const canDrop = (row: AnyRow, { dataTransfer: data }: DragEvent) =>
    row.kind === 'folder' &&
    !readOnly &&
    (bringsFiles(data) || (data.types.includes(ROWS_TYPE) && !draggedRows().ids.includes(row.itemId)))
  const onDrop = (row: AnyRow, { dataTransfer: data }: DragEvent) => {
    if (bringsFiles(data)) return void addDropped([...data.files], row.itemId)
    void moveItems(draggedRows(), row.itemId, row.shown)
  }
  const onSort = (by: string) => {
    if (by !== 'name' && by !== 'size' && by !== 'modified') return
    const descending = order.by === by && !order.descending
    useSession.setState({ order: { by, descending } })
  }
  return (
    <>
      <VirtualGrid<AnyRow>
        label={files.list}
        columns={of.kind === 'folder' ? FOLDER_COLUMNS : PLACED_COLUMNS}
        rowCount={rows.total}
        rowAt={rows.rowAt}
        rowHeight={compact ? 26 : 32}
        active={Math.min(selection.active, rows.total - 1)}
        isSelected={selection.has}
        onMove={selection.move}
        onOpen={open}
        onMenu={setMenu}
        onTypeAhead={typeAhead}
        onRange={rows.onRange}
        sort={order}
        onSort={onSort}
        waiting={files.waiting}
        autoFocus={of.kind === 'folder'}
        onKey={(event) => {
          if (event.key === 'Escape') {
            if (selection.chosen.size > 0) selection.clear()
            else goBack()
            return true
          }
          const command = commandOfKeys(event.nativeEvent)
          if (command === undefined || !canRun(command)) return false
          runCommand(command)
          return true
        }}
        drag={{
          onStart: (row, event) =>
            startDrag(event, selection.has(row) ? [...selection.chosen.values()] : [row]),
          canDrop,
          onDrop,
        }}
      />
      <RowMenu at={menu} onClose={() => setMenu(undefined)} of={of} list={list} />
    </>
  )
}
