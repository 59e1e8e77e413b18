import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { type DeviceId, parseId } from '../../../main/contract/ids.ts'
import type { KeyVersionView, KeyView } from '../../../main/contract/ipc/key-calls.ts'
import { attempt } from '../../app/acts.ts'
import { ask, Refused } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { say } from '../../app/toast.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { common } from '../../words/common.ts'
import { keyActs as words } from '../../words/keys.ts'
import { versionName } from './key-name.ts'
import { keysChanged } from './use-keys.ts'

type Props = { readonly view: KeyView; readonly version: KeyVersionView; readonly onClose: () => void }

/** Typed here, then asked by main. Shown only for a version that no file of the vault needs. */
export function DestroyDialog({ view, version, onClose }: Props) {
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState(false)
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const name = versionName(view, version)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() !== name) return setWrong(true)
    setBusy(true)
    setError(undefined)
    try {
      const done = await ask('keys.destroy', { key: view.keyId, version: version.keyVersionId, typed })
      if (done) say(words.destroyed(name))
      keysChanged()
      onClose()
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  const device = deviceIn(error)
  const declareGone = async (gone: DeviceId) => {
    let told = false
    await attempt(async () => {
      told = await ask('keys.device-gone', { device: gone })
    })
    if (!told) return
    say(words.deviceTold)
    setError(undefined)
  }
  return (
    <Dialog opened onClose={onClose} title={<bdi>{words.destroyTitle(name)}</bdi>} width={520}>
      <p>{words.destroyBody}</p>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          mb={12}
          label={<bdi>{words.destroyType(name)}</bdi>}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          error={wrong && words.destroyWrong(name)}
          onChange={(event) => {
            setWrong(false)
            setTyped(event.currentTarget.value)
          }}
        />
        {error !== undefined && <FailureNotice failure={asFailure(error)} />}
        {device !== undefined && (
          <Button mt={8} variant="default" onClick={() => void declareGone(device)}>
            {words.deviceGone}
          </Button>
        )}
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" color="red" loading={busy}>
            {words.destroyVerb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** The device that is still waited for, if that is why it was refused. */
function deviceIn(error: unknown): DeviceId | undefined {
  const device = error instanceof Refused ? error.refusal.facts.device : undefined
  return typeof device === 'string' ? parseId<DeviceId>(device) : undefined
}
