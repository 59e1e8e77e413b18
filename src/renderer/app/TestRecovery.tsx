import { Button, SegmentedControl } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import type { CallInput } from '../../main/contract/ipc/calls.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { SecretField, type SecretHandle } from '../ui/SecretField.tsx'
import { FailureNotice } from '../ui/States.tsx'
import { common } from '../words/common.ts'
import { recovery as words } from '../words/recovery.ts'
import { attempt } from './acts.ts'
import { ask, askWithSecret } from './bridge.ts'
import { asFailure } from './failure.ts'
import { goTo } from './session.ts'

/** Files that a drill opens: enough to be sure, few enough to be quick. */
const DRILL_FILES = 5

type Code = CallInput<'health.test-recovery'>['code']
type File = Extract<Code, { kind: 'file' }>['file']

/** The recovery drill: some files are opened by the code alone. What comes of it is shown among the jobs. */
export function TestRecovery({ onClose }: { readonly onClose: () => void }) {
  const [from, setFrom] = useState<'typed' | 'file'>('typed')
  const [file, setFile] = useState<{ readonly handle: File; readonly name: string }>()
  const [missing, setMissing] = useState(false)
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const field = useRef<SecretHandle>(null)
  const choose = () =>
    attempt(async () => {
      const chosen = await ask('pick.recovery-file', {})
      if (chosen !== null) setFile(chosen)
    })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const typed = from === 'typed' && field.current?.isEmpty() === false ? field.current.take() : undefined
    const code: Code | undefined = typed
      ? { kind: 'typed', typed }
      : from === 'file' && file
        ? { kind: 'file', file: file.handle }
        : undefined
    if (code === undefined) return setMissing(true)
    setBusy(true)
    try {
      await askWithSecret(typed ? [typed] : [], 'health.test-recovery', { code, files: DRILL_FILES })
      onClose()
      goTo('jobs')
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  return (
    <Dialog opened onClose={onClose} title={words.testTitle} width={520}>
      <p>{words.testAbout}</p>
      <form onSubmit={(event) => void submit(event)}>
        <SegmentedControl
          fullWidth
          mb={12}
          aria-label={words.code}
          value={from}
          onChange={(value) => {
            setMissing(false)
            setFrom(value === 'file' ? 'file' : 'typed')
          }}
          data={[
            { value: 'typed', label: words.typed },
            { value: 'file', label: words.fromFile },
          ]}
        />
        {from === 'typed' ? (
          <SecretField
            label={words.code}
            description={words.codeHint}
            readable
            autoFocus
            handle={field}
            error={missing ? words.codeEmpty : undefined}
            onEdit={() => setMissing(false)}
          />
        ) : (
          <>
            <Button variant="default" onClick={() => void choose()}>
              {words.chooseFile}
            </Button>
            <p role="status">
              {file && <bdi>{words.chosenFile(file.name)}</bdi>}
              {missing && file === undefined && words.codeEmpty}
            </p>
          </>
        )}
        {error !== undefined && <FailureNotice failure={asFailure(error)} />}
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={busy}>
            {words.test}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
