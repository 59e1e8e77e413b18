import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../words/common.ts'
import classes from './Dialog.module.css'

type Props = {
  readonly opened: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly children: ReactNode
  /** Buttons, the safe one first in reading order. */
  readonly actions?: ReactNode
  readonly width?: number
}

/**
 * A dialog: named ✕ (Mantine's has no name), Esc closes, focus returns where it was. Mark the control that
 * takes the first focus with `data-autofocus`, or the ✕ gets it.
 */
export function Dialog({ opened, onClose, title, children, actions, width = 480 }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={width}
      yOffset="14vh"
      overlayProps={{ backgroundOpacity: 0.4 }}
      transitionProps={{ duration: 120, transition: 'fade' }}
      closeButtonProps={{ 'aria-label': common.close, size: 28 }}
      classNames={{ title: classes.title ?? '', body: classes.body ?? '', content: classes.content ?? '' }}
    >
      <div>{children}</div>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </Modal>
  )
}
