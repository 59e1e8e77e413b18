import { useEffect, useRef } from 'react'
import { COMMANDS, type CommandEntry, type CommandId } from '../../main/contract/ipc/commands.ts'
import { useApp } from './store.ts'

type Handlers = Partial<Record<CommandId, () => void>>

/** Who answers a command now: the part of the window that was mounted last and names it. */
const answering: { readonly current: Handlers }[] = []

/** Answers commands while the component is mounted. Menu, palette and keys all come through here. */
export function useCommands(handlers: Handlers): void {
  const latest = useRef(handlers)
  latest.current = handlers
  useEffect(() => {
    answering.push(latest)
    return () => {
      answering.splice(answering.indexOf(latest), 1)
    }
  }, [])
}

const handlerOf = (id: CommandId): (() => void) | undefined =>
  answering.findLast(({ current }) => current[id] !== undefined)?.current[id]

/** Whether something answers it now; one that needs an open vault only while there is one. */
export function canRun(id: CommandId): boolean {
  const entry: CommandEntry = COMMANDS[id]
  if (entry.open && useApp.getState().app?.vault.kind !== 'open') return false
  return handlerOf(id) !== undefined
}

export function runCommand(id: CommandId): void {
  if (canRun(id)) handlerOf(id)?.()
}

/** Every command that can be given now, in the table's order. */
export const commandsNow = (): readonly CommandId[] =>
  commandIds().filter((id) => id !== 'palette' && canRun(id))

export const commandIds = (): readonly CommandId[] =>
  Object.keys(COMMANDS).filter((id): id is CommandId => Object.hasOwn(COMMANDS, id))

/** What a press of keys looks like in the table. */
function pressed(event: KeyboardEvent): string {
  const names: Readonly<Record<string, string>> = {
    ArrowUp: 'Up',
    ArrowDown: 'Down',
    ArrowLeft: 'Left',
    ArrowRight: 'Right',
    ' ': 'Space',
    Backspace: event.metaKey ? 'Delete' : 'Backspace',
  }
  const key = names[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key)
  const command = event.key !== 'Backspace' && (event.metaKey || event.ctrlKey)
  return [command && 'CmdOrCtrl', event.altKey && 'Alt', event.shiftKey && 'Shift', key]
    .filter(Boolean)
    .join('+')
}

/** The command of scope `window` that these keys stand for; the others are the native menu's. */
export function commandOfKeys(event: KeyboardEvent): CommandId | undefined {
  const keys = pressed(event)
  return commandIds().find((id) => COMMANDS[id].scope === 'window' && COMMANDS[id].key === keys)
}

/**
 * Listens for the keys of scope `window`, where they mean the list and not a text: never in a field, a dialog
 * or a menu.
 */
export function useWindowKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return
      const id = commandOfKeys(event)
      if (id === undefined || (id !== 'next-region' && isElsewhere(event.target, id)) || !canRun(id)) return
      event.preventDefault()
      runCommand(id)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function isElsewhere(target: EventTarget | null, id: CommandId): boolean {
  if (!(target instanceof Element)) return false
  if (target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null) return true
  // On a button the space bar presses it.
  return id === 'preview' && target.closest('button, a, [role="tab"], summary') !== null
}
