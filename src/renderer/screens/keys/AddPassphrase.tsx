import { Button } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { askWithSecret } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { NewPassphrase, type NewPassphraseHandle } from '../../app/NewPassphrase.tsx'
import { say } from '../../app/toast.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { common } from '../../words/common.ts'
import { keyActs as words } from '../../words/keys.ts'

/** Lets one more passphrase open the vault. */
export function AddPassphrase({ onClose }: { readonly onClose: () => void }) {
  const field = useRef<NewPassphraseHandle>(null)
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const allowWeak = field.current?.weakAllowed() === true
    const passphrase = field.current?.take()
    if (passphrase === undefined) return
    setBusy(true)
    setError(undefined)
    try {
      await askWithSecret([passphrase], 'ways.add-passphrase', { passphrase, allowWeak })
      say(words.passphraseAdded)
      onClose()
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  return (
    <Dialog opened onClose={onClose} title={words.passphraseTitle} width={520}>
      <p>{words.passphraseBody}</p>
      <form onSubmit={(event) => void submit(event)}>
        <NewPassphrase handle={field} autoFocus />
        {error !== undefined && <FailureNotice failure={asFailure(error)} />}
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={busy}>
            {words.passphraseVerb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
