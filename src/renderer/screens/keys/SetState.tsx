import { useState } from 'react'
import type { KeyVersionView, KeyView } from '../../../main/contract/ipc/key-calls.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { keyActs as words } from '../../words/keys.ts'
import { versionName } from './key-name.ts'
import { keysChanged } from './use-keys.ts'

type Props = {
  readonly view: KeyView
  readonly version: KeyVersionView
  readonly act: 'disable' | 'enable'
  readonly onClose: () => void
}

/** Asks before a version opens nothing any more, or opens again. */
export function SetState({ view, version, act, onClose }: Props) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const name = versionName(view, version)
  const disabling = act === 'disable'
  const go = async () => {
    setBusy(true)
    try {
      const state = disabling ? 'disabled' : 'retired'
      await ask('keys.set-state', { key: view.keyId, version: version.keyVersionId, state })
      keysChanged()
      onClose()
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  return (
    <ConfirmDialog
      opened
      title={<bdi>{disabling ? words.disableTitle(name) : words.enableTitle(name)}</bdi>}
      verb={disabling ? words.disableVerb : words.enableVerb}
      danger={disabling && version.onlyIt > 0}
      busy={busy}
      onClose={onClose}
      onConfirm={() => void go()}
    >
      <p>{disabling ? words.disableBody(version.onlyIt) : words.enableBody}</p>
      <p>{words.isRule}</p>
      {error !== undefined && <FailureNotice failure={asFailure(error)} />}
    </ConfirmDialog>
  )
}
