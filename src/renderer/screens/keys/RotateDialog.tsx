import { Button, Checkbox } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import type { KeyView } from '../../../main/contract/ipc/key-calls.ts'
import type { WaysIn } from '../../../main/contract/ipc/vault-nouns.ts'
import { askWithSecret } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { say } from '../../app/toast.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { SecretField, type SecretHandle } from '../../ui/SecretField.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { common } from '../../words/common.ts'
import { keyActs as words } from '../../words/keys.ts'
import { secrets } from '../../words/secrets.ts'
import { keysChanged } from './use-keys.ts'

type Props = { readonly view: KeyView; readonly ways: WaysIn; readonly onClose: () => void }

/** Gives a key a new version. Where a passphrase opens the vault it is asked for, to open that version, too. */
export function RotateDialog({ view, ways, onClose }: Props) {
  const field = useRef<SecretHandle>(null)
  const [drop, setDrop] = useState(false)
  const [missing, setMissing] = useState(false)
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const next = view.versions.length + 1
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (ways.passphrase && !drop && field.current?.isEmpty() !== false) return setMissing(true)
    const passphrase = ways.passphrase && !drop ? (field.current?.take() ?? null) : null
    setBusy(true)
    setError(undefined)
    try {
      const { version } = await askWithSecret(passphrase ? [passphrase] : [], 'keys.rotate', {
        key: view.keyId,
        passphrase,
        dropPassphrase: drop,
      })
      say(words.rotated(version))
      keysChanged()
      onClose()
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  return (
    <Dialog opened onClose={onClose} title={<bdi>{words.rotateTitle(view.label)}</bdi>} width={520}>
      <p>{words.rotateBody(next)}</p>
      <p>{words.rotateMore(view.opens, next)}</p>
      <form onSubmit={(event) => void submit(event)}>
        {ways.passphrase && (
          <SecretField
            label={words.rotatePassphrase}
            description={words.rotatePassphraseHint}
            autoFocus
            disabled={drop}
            handle={field}
            error={missing && !drop ? secrets.empty : undefined}
            onEdit={() => setMissing(false)}
          />
        )}
        {/* Without the keychain the passphrase may be all that opens the vault anew. */}
        {ways.passphrase && ways.keychain && (
          <Checkbox
            mt={12}
            label={words.rotateDrop}
            description={words.rotateDropHint}
            checked={drop}
            onChange={(event) => setDrop(event.currentTarget.checked)}
          />
        )}
        {error !== undefined && <FailureNotice failure={asFailure(error)} />}
        <div className="form-actions">
          <Button variant="default" onClick={onClose} {...(!ways.passphrase && { 'data-autofocus': true })}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={busy}>
            {words.rotateVerb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
