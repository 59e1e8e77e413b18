import { ActionIcon, Button, Menu } from '@mantine/core'
import { IconChevronDown, IconPlus } from '@tabler/icons-react'
import { COMMANDS } from '../../../main/contract/ipc/commands.ts'
import { pickAndAdd } from '../../app/acts.ts'
import { useSession } from '../../app/session.ts'
import { useReadOnly } from '../../app/store.ts'
import { Shortcut } from '../../ui/Shortcut.tsx'
import { files } from '../../words/files.ts'
import classes from './AddButton.module.css'

/** Adds files to the folder that is shown; the arrow has the other ways. */
export function AddButton() {
  const readOnly = useReadOnly() !== undefined
  const folder = useSession(({ folder }) => folder)
  return (
    <div className={classes.pair}>
      <Button
        className={classes.main ?? ''}
        disabled={readOnly}
        leftSection={<IconPlus size={16} stroke={2} aria-hidden />}
        onClick={() => void pickAndAdd('files', folder)}
      >
        {files.add}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="filled"
            size={36}
            className={classes.arrow ?? ''}
            disabled={readOnly}
            aria-label={files.addMenu}
          >
            <IconChevronDown size={16} stroke={2} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            rightSection={<Shortcut keys={COMMANDS.add.key ?? ''} />}
            onClick={() => void pickAndAdd('files', folder)}
          >
            {files.add}
          </Menu.Item>
          <Menu.Item onClick={() => void pickAndAdd('folders', folder)}>{files.addFolder}</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => void pickAndAdd('files', folder, true)}>{files.addAndRemove}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}
