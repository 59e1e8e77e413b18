import { Button, Menu } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Order } from '../../../main/contract/ipc/item-nouns.ts'
import { attempt, purgeItems, restoreItems } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { PLACED_COLUMNS } from '../../app/columns.tsx'
import { useCommands } from '../../app/commands.ts'
import { asFailure } from '../../app/failure.ts'
import { type AnyRow, findByStart, useRows } from '../../app/rows.ts'
import { useApp, useReadOnly } from '../../app/store.ts'
import { ContextMenu, type MenuPoint } from '../../ui/ContextMenu.tsx'
import { Screen } from '../../ui/Screen.tsx'
import { Empty, FailureNotice, Loading } from '../../ui/States.tsx'
import { useSelection } from '../../ui/use-selection.ts'
import { VirtualGrid } from '../../ui/VirtualGrid.tsx'
import { files } from '../../words/files.ts'
import classes from './BinScreen.module.css'

const OF = { kind: 'bin' } as const
const idOf = (row: AnyRow): string => row.itemId

/** What was moved to the bin: put it back, or remove it for ever. */
export function BinScreen() {
  const [order, setOrder] = useState<Order>({ by: 'name', descending: false })
  const rows = useRows(OF, order)
  const selection = useSelection<AnyRow>({ idOf, rowAt: rows.rowAt, rowsBetween: rows.rowsBetween })
  const compact = useApp(({ app }) => app?.settings.density === 'compact')
  const readOnly = useReadOnly() !== undefined
  const [menu, setMenu] = useState<MenuPoint>()
  const ids = [...selection.chosen.values()].map(({ itemId }) => itemId)
  const can = ids.length > 0 && !readOnly
  const after = (done: boolean) => {
    if (done) selection.clear()
  }
  const restore = () => void restoreItems(ids).then(after)
  const purge = () => void purgeItems(ids).then(after)
  useCommands({ 'select-all': () => selection.all(rows.total) })
  return (
    <Screen
      title={files.binScreen}
      about={files.binAbout}
      fills
      actions={
        rows.total > 0 && (
          <>
            <Button
              variant="default"
              disabled={readOnly}
              onClick={() => void attempt(() => ask('items.empty-bin', {})).then(after)}
            >
              {files.emptyBin}
            </Button>
            <Button variant="default" disabled={!can} onClick={purge}>
              {files.purge}
            </Button>
            <Button disabled={!can} onClick={restore}>
              {files.restore}
            </Button>
          </>
        )
      }
    >
      {rows.error !== null && (
        <div className={classes.notice}>
          <FailureNotice failure={asFailure(rows.error)} onRetry={rows.retry} />
        </div>
      )}
      {rows.loading && (
        <div className={classes.notice}>
          <Loading label={files.waiting} />
        </div>
      )}
      {!rows.loading && rows.error === null && rows.total === 0 && (
        <Empty icon={<IconTrash size={40} stroke={1.25} />} title={files.binEmptyTitle}>
          {files.binEmpty}
        </Empty>
      )}
      {rows.total > 0 && (
        <VirtualGrid<AnyRow>
          label={files.binList}
          columns={PLACED_COLUMNS}
          rowCount={rows.total}
          rowAt={rows.rowAt}
          rowHeight={compact ? 26 : 32}
          active={Math.min(selection.active, rows.total - 1)}
          isSelected={selection.has}
          onMove={selection.move}
          onMenu={setMenu}
          onTypeAhead={(text) =>
            void findByStart(rows, text, selection.active, () => true).then((to) => {
              if (to >= 0) selection.move({ to, mode: 'one' })
            })
          }
          onRange={rows.onRange}
          sort={order}
          onSort={(by) => {
            if (by === 'name' || by === 'size' || by === 'modified') {
              setOrder({ by, descending: order.by === by && !order.descending })
            }
          }}
          waiting={files.waiting}
          autoFocus
        />
      )}
      <ContextMenu at={menu} onClose={() => setMenu(undefined)} label={files.menu}>
        <Menu.Item disabled={!can} onClick={restore}>
          {files.restore}
        </Menu.Item>
        <Menu.Item disabled={!can} color="red" onClick={purge}>
          {files.purge}
        </Menu.Item>
      </ContextMenu>
    </Screen>
  )
}
