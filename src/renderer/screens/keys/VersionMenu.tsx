import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { KeyVersionView, KeyView } from '../../../main/contract/ipc/key-calls.ts'
import { keys as words } from '../../words/keys.ts'
import type { KeyAct } from './key-name.ts'

type Props = {
  readonly view: KeyView
  readonly version: KeyVersionView
  readonly readOnly: boolean
  readonly onAct: (act: KeyAct) => void
}

/**
 * What can be done with a version. The active one can only be looked at: rotating retires it. One that anything
 * needs can't be destroyed: the act is missing, and Rewrap stands beside it.
 */
export function VersionMenu({ view, version, readOnly, onAct }: Props) {
  const { state, onlyIt } = version
  const local = view.provider === 'local'
  const idle = local && (state === 'retired' || state === 'disabled')
  const act = (kind: 'impact' | 'disable' | 'enable' | 'destroy') => () => onAct({ kind, key: view, version })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={28} aria-label={words.versionMenu(version.version)}>
          <IconDots size={16} stroke={1.5} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={act('impact')}>{words.impact}</Menu.Item>
        {idle && state === 'retired' && (
          <Menu.Item disabled={readOnly} onClick={act('disable')}>
            {words.disable}
          </Menu.Item>
        )}
        {idle && state === 'disabled' && (
          <Menu.Item disabled={readOnly} onClick={act('enable')}>
            {words.enable}
          </Menu.Item>
        )}
        {idle && onlyIt === 0 && (
          <Menu.Item color="red" disabled={readOnly} onClick={act('destroy')}>
            {words.destroy}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
