import { Menu } from '@mantine/core'
import { Fragment } from 'react'
import { ROOT_ID } from '../../../main/contract/ids.ts'
import { COMMANDS, type CommandId } from '../../../main/contract/ipc/commands.ts'
import { canRun, runCommand } from '../../app/commands.ts'
import type { RowsOf } from '../../app/rows.ts'
import { openFolder } from '../../app/session.ts'
import { ContextMenu, type MenuPoint } from '../../ui/ContextMenu.tsx'
import { Shortcut } from '../../ui/Shortcut.tsx'
import { files } from '../../words/files.ts'
import type { FileListState } from './use-file-list.ts'

type Props = {
  readonly at: MenuPoint | undefined
  readonly onClose: () => void
  readonly of: RowsOf
  readonly list: FileListState
}

const GROUPS: readonly (readonly CommandId[])[] = [
  ['preview', 'export', 'checkout'],
  ['rename', 'move', 'bin'],
  ['add', 'add-folder', 'new-folder'],
]

/** What can be done with the chosen rows: the same commands as the menu bar's. */
export function RowMenu({ at, onClose, of, list: { only, open } }: Props) {
  const groups = GROUPS.map((ids) => ids.filter(canRun)).filter((ids) => ids.length > 0)
  return (
    <ContextMenu at={at} onClose={onClose} label={files.menu}>
      {only?.kind === 'folder' && <Menu.Item onClick={() => open(only)}>{files.open}</Menu.Item>}
      {only && of.kind !== 'folder' && (
        <Menu.Item onClick={() => openFolder(only.parent ?? ROOT_ID, only.itemId)}>
          {files.showInFolder}
        </Menu.Item>
      )}
      {groups.map((ids, at) => (
        <Fragment key={ids.join()}>
          {at > 0 && <Menu.Divider />}
          {ids.map((id) => {
            const { label, key } = COMMANDS[id]
            return (
              <Menu.Item
                key={id}
                onClick={() => runCommand(id)}
                rightSection={key === null ? undefined : <Shortcut keys={key} />}
              >
                {label}
              </Menu.Item>
            )
          })}
        </Fragment>
      ))}
    </ContextMenu>
  )
}
