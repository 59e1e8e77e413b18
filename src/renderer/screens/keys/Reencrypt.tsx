import { useState } from 'react'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { goTo } from '../../app/session.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { keyActs as words } from '../../words/keys.ts'

type Props = { readonly items: number; readonly onClose: () => void }

/** Asks before every file is encrypted anew, which takes time and room. */
export function Reencrypt({ items, onClose }: Props) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const go = async () => {
    setBusy(true)
    try {
      await ask('keys.reencrypt', { items: null })
      onClose()
      goTo('jobs')
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  return (
    <ConfirmDialog
      opened
      title={words.reencryptTitle}
      verb={words.reencryptVerb}
      busy={busy}
      onClose={onClose}
      onConfirm={() => void go()}
    >
      <p>{words.reencryptBody(items)}</p>
      <p>{words.reencryptMore}</p>
      {error !== undefined && <FailureNotice failure={asFailure(error)} />}
    </ConfirmDialog>
  )
}
