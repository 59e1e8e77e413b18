import { Button, Checkbox } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { SecretField, type SecretHandle } from '../../ui/SecretField.tsx'
import { secrets } from '../../words/secrets.ts'
import { welcome as words } from '../../words/welcome.ts'

type Props = {
  readonly way: 'passphrase' | 'recovery'
  readonly busy: boolean
  /** The bytes that were typed, once; the field is empty by then. */
  readonly onSecret: (bytes: Uint8Array<ArrayBuffer>, useKeychain: boolean) => void
}

/** Asks for the passphrase or the recovery code. */
export function SecretForm({ way, busy, onSecret }: Props) {
  const field = useRef<SecretHandle>(null)
  const [error, setError] = useState<string>()
  const [remember, setRemember] = useState(true)
  const code = way === 'recovery'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (field.current === null || field.current.isEmpty())
      return setError(code ? words.codeEmpty : secrets.empty)
    onSecret(field.current.take(), remember)
    field.current.focus()
  }
  return (
    <form onSubmit={submit}>
      <SecretField
        label={code ? words.recoveryCodeField : secrets.passphrase}
        {...(code && { description: words.recoveryCodeHint })}
        readable={code}
        autoFocus
        handle={field}
        error={error}
        onEdit={() => setError(undefined)}
      />
      <Checkbox
        mt={8}
        label={words.rememberHere}
        checked={remember}
        onChange={(event) => setRemember(event.currentTarget.checked)}
      />
      <div className="form-actions">
        <Button type="submit" loading={busy}>
          {words.unlock}
        </Button>
      </div>
    </form>
  )
}
