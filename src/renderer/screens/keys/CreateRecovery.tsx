import { useState } from 'react'
import { ask } from '../../app/bridge.ts'
import { asFailure, codeOf } from '../../app/failure.ts'
import { RecoveryShown } from '../../app/RecoveryShown.tsx'
import { useApp } from '../../app/store.ts'
import { say } from '../../app/toast.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { keys as words } from '../../words/keys.ts'
import { recovery } from '../../words/recovery.ts'

/** Makes a recovery code for the open vault: asks, then shows it in main's window until two groups are typed. */
export function CreateRecovery({ onClose }: { readonly onClose: () => void }) {
  const [making, setMaking] = useState(false)
  const [error, setError] = useState<unknown>()
  const shown = useApp(({ recovery }) => recovery)
  const make = async () => {
    setMaking(true)
    setError(undefined)
    try {
      await ask('recovery.create', {})
      say(words.created)
      onClose()
    } catch (refusal) {
      if (codeOf(refusal) === 'INTERRUPTED') return onClose()
      setError(refusal)
      setMaking(false)
    }
  }
  if (!making) {
    return (
      <ConfirmDialog
        opened
        title={words.createTitle}
        verb={words.createVerb}
        onClose={onClose}
        onConfirm={() => void make()}
      >
        <p>{words.createBody}</p>
        {error !== undefined && <FailureNotice failure={asFailure(error)} />}
      </ConfirmDialog>
    )
  }
  const cancel = () => {
    // The pending call is refused by it, which closes this dialog; without a code shown there is nothing to end.
    ask('recovery.cancel', {}).catch(() => onClose())
  }
  return (
    <Dialog opened onClose={cancel} title={recovery.title} width={560}>
      {shown === undefined ? (
        <Loading lines={3} label={words.preparing} />
      ) : (
        <RecoveryShown groups={shown.ask} cancelLabel={recovery.cancel} />
      )}
    </Dialog>
  )
}
