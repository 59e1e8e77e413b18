import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { common } from '../words/common.ts'
import { Dialog } from './Dialog.tsx'

type Props = {
  readonly opened: boolean
  readonly title: ReactNode
  readonly children: ReactNode
  /** The verb on its button: what will be done. */
  readonly verb: string
  readonly danger?: boolean
  readonly busy?: boolean
  /** The safe way out; “Cancel” unless another word is plainer. */
  readonly keep?: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that costs: what happens, what does not. The first focus is on the safe button. */
export function ConfirmDialog(props: Props) {
  const { opened, title, children, verb, danger, busy, keep = common.cancel, onConfirm, onClose } = props
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button variant="default" onClick={onClose} data-autofocus>
            {keep}
          </Button>
          <Button {...(danger && { color: 'red' })} loading={busy === true} onClick={onConfirm}>
            {verb}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
