import { ActionIcon, Button, Menu, TextInput } from '@mantine/core'
import { IconChevronDown, IconDots, IconLock, IconSearch, IconX } from '@tabler/icons-react'
import type { KeyboardEvent } from 'react'
import { COMMANDS, type CommandId } from '../../main/contract/ipc/commands.ts'
import type { VaultFacts } from '../../main/contract/ipc/vault-nouns.ts'
import { Shortcut } from '../ui/Shortcut.tsx'
import { Tag } from '../ui/Tag.tsx'
import { shell } from '../words/shell.ts'
import { attempt, lockVault } from './acts.ts'
import { ask } from './bridge.ts'
import { runCommand } from './commands.ts'
import classes from './Header.module.css'
import { focusMain, SEARCH_ID } from './regions.ts'
import { useSession } from './session.ts'

const MORE: readonly CommandId[] = ['palette', 'seal-window', 'shortcuts', 'guide', 'report-fault']

/** Which vault this is and how it stands; search; lock. */
export function Header({ facts }: { readonly facts: VaultFacts }) {
  return (
    <section className={classes.header} data-region="header" aria-label={shell.header}>
      <div className={classes.vault}>
        <Menu position="bottom-start">
          <Menu.Target>
            <button type="button" className={classes.name}>
              <bdi>{facts.name}</bdi>
              <IconChevronDown size={16} stroke={1.75} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>
              <bdi>{facts.place}</bdi>
            </Menu.Label>
            <Menu.Item onClick={() => void lockVault()}>{shell.lock}</Menu.Item>
            <Menu.Item onClick={() => void attempt(() => ask('vault.leave', {}))}>
              {shell.switchVault}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        {facts.readOnly ? (
          <span className={classes.state}>
            <Tag tone="warn">{shell.readOnlyBadge}</Tag>
          </span>
        ) : (
          <span className={classes.state}>
            <Tag tone="good">{shell.unlocked}</Tag>
          </span>
        )}
      </div>
      <Search />
      <div className={classes.end}>
        <Button
          variant="default"
          leftSection={<IconLock size={16} stroke={1.75} aria-hidden />}
          onClick={() => void lockVault()}
        >
          {shell.lock}
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label={shell.more}>
              <IconDots size={18} stroke={1.5} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {MORE.map((id) => {
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
          </Menu.Dropdown>
        </Menu>
      </div>
    </section>
  )
}

function Search() {
  const search = useSession(({ search }) => search)
  const set = (text: string) => useSession.setState({ search: text, section: 'files' })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' || event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      if (event.key === 'Escape') set('')
      focusMain()
    }
  }
  return (
    <TextInput
      id={SEARCH_ID}
      className={classes.search ?? ''}
      aria-label={shell.search}
      placeholder={shell.search}
      value={search}
      onChange={(event) => set(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      maxLength={255}
      spellCheck={false}
      autoComplete="off"
      leftSection={<IconSearch size={16} stroke={1.5} aria-hidden />}
      rightSectionWidth={search === '' ? 64 : 36}
      rightSectionPointerEvents={search === '' ? 'none' : 'all'}
      rightSection={
        search === '' ? (
          <Shortcut keys={COMMANDS.find.key ?? ''} />
        ) : (
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            aria-label={shell.clearSearch}
            onClick={() => set('')}
          >
            <IconX size={16} stroke={1.5} />
          </ActionIcon>
        )
      }
    />
  )
}
