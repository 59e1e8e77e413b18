import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { UndoToken } from '../../main/contract/ipc/inputs.ts'
import { announce } from '../ui/Announcer.tsx'
import { common } from '../words/common.ts'
import { ask } from './bridge.ts'
import { asFailure } from './failure.ts'
import { useSession } from './session.ts'
import classes from './toast.module.css'

const UNDO_MS = 12_000
const close = { 'aria-label': common.close }

/** Says that something is done. */
export function say(text: string): void {
  notifications.show({ message: text, autoClose: 6000, closeButtonProps: close })
}

/** Says what was done and offers to take it back, for 12 seconds here and by the Undo command until lock. */
export function offerUndo(text: string, undo: UndoToken): void {
  useSession.setState({ undo })
  notifications.show({
    id: undo,
    autoClose: UNDO_MS,
    closeButtonProps: close,
    message: (
      <div className={classes.row}>
        <span>{text}</span>
        <Button size="compact-sm" variant="default" onClick={() => void takeBack(undo)}>
          {common.undo}
        </Button>
      </div>
    ),
  })
}

/** Takes an act back, once. */
export async function takeBack(undo: UndoToken): Promise<void> {
  notifications.hide(undo)
  useSession.setState(({ undo: last }) => (last === undo ? { undo: undefined } : {}))
  try {
    await ask('items.undo', { undo })
    announce(common.undone)
  } catch (error) {
    sayFailure(error)
  }
}

/** Says what was refused; it stays until it is closed. */
export function sayFailure(error: unknown): void {
  const { title, message, next, code } = asFailure(error)
  notifications.show({
    color: 'red',
    autoClose: false,
    closeButtonProps: close,
    role: 'alert',
    title,
    message: (
      <>
        <p className={classes.line}>{message}</p>
        <p className={classes.line}>{next}</p>
        <button
          type="button"
          className={classes.code}
          onClick={() => void ask('app.copy', { text: `${code}: ${message}` })}
        >
          <code>{code}</code> {common.copy}
        </button>
      </>
    ),
  })
}
