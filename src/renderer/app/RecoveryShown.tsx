import { Button } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { SecretField, type SecretHandle } from '../ui/SecretField.tsx'
import { FailureNotice } from '../ui/States.tsx'
import { recovery as words } from '../words/recovery.ts'
import { attempt } from './acts.ts'
import { ask, askWithSecret } from './bridge.ts'
import { asFailure } from './failure.ts'
import classes from './RecoveryShown.module.css'

type Props = {
  /** Groups of the code that are to be typed back, from 1. */
  readonly groups: readonly number[]
  readonly cancelLabel: string
}

/**
 * While main shows a recovery code in a window of its own: print, save, type two groups of it back. The code never
 * comes here; what is typed is compared in main. When it was right, the call that made the code goes on.
 */
export function RecoveryShown({ groups, cancelLabel }: Props) {
  const fields = useRef(new Map<number, SecretHandle>())
  const [error, setError] = useState<string>()
  const [refusal, setRefusal] = useState<unknown>()
  const [saved, setSaved] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (groups.some((group) => fields.current.get(group)?.isEmpty() !== false)) {
      return setError(words.emptyGroup)
    }
    setBusy(true)
    const typed = groups.flatMap((group) => {
      const bytes = fields.current.get(group)?.take()
      return bytes ? [{ group, typed: bytes }] : []
    })
    try {
      const { right } = await askWithSecret(
        typed.map((each) => each.typed),
        'recovery.type-back',
        { groups: typed },
      )
      if (!right) setError(words.wrongGroups)
    } catch (thrown) {
      setRefusal(thrown)
    }
    setBusy(false)
  }
  const save = () =>
    attempt(async () => {
      const done = await ask('recovery.save', {})
      if (done !== null) setSaved(done.place)
    })
  return (
    <form onSubmit={(event) => void submit(event)} className={classes.steps}>
      <p>{words.shown}</p>
      <p>
        <strong>{words.once}</strong>
      </p>
      <div className={classes.row}>
        <Button variant="default" onClick={() => void attempt(() => ask('recovery.print', {}))}>
          {words.print}
        </Button>
        <Button variant="default" onClick={() => void save()}>
          {words.save}
        </Button>
        <Button variant="default" onClick={() => void attempt(() => ask('recovery.show', {}))}>
          {words.showWindow}
        </Button>
      </div>
      <p role="status" className={classes.saved}>
        {saved !== undefined && words.savedAt(saved)}
      </p>
      <p>{words.askGroups(groups)}</p>
      <div className={classes.groups}>
        {groups.map((group, at) => (
          <SecretField
            key={group}
            label={words.group(group)}
            readable
            autoFocus={at === 0}
            error={error !== undefined && at === 0 ? error : undefined}
            onEdit={() => setError(undefined)}
            handle={(handle) => {
              if (handle === null) fields.current.delete(group)
              else fields.current.set(group, handle)
            }}
          />
        ))}
      </div>
      {refusal !== undefined && <FailureNotice failure={asFailure(refusal)} />}
      <div className="form-actions">
        <Button variant="subtle" onClick={() => void attempt(() => ask('recovery.cancel', {}))}>
          {cancelLabel}
        </Button>
        <Button variant="default" onClick={() => void attempt(() => ask('recovery.later', {}))}>
          {words.later}
        </Button>
        <Button type="submit" loading={busy}>
          {words.confirm}
        </Button>
      </div>
      <p className={classes.note}>{words.laterNote}</p>
    </form>
  )
}
