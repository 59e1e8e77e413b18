import { Button, Checkbox, TextInput } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { asFailure } from '../../app/failure.ts'
import { NewPassphrase, type NewPassphraseHandle } from '../../app/NewPassphrase.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { welcome as words } from '../../words/welcome.ts'
import classes from './NewVault.module.css'

export type KeyChoice = {
  readonly keychain: boolean
  readonly passphrase: Uint8Array<ArrayBuffer> | null
  readonly allowWeakPassphrase: boolean
  readonly recovery: boolean
}

type Props = {
  readonly name: string
  readonly failed: unknown
  readonly onChoice: (choice: KeyChoice) => void
}

/** What opens the vault. Without a way for the day the computer is lost, its name is to be typed. */
export function KeyStep({ name, failed, onChoice }: Props) {
  const [keychain, setKeychain] = useState(true)
  const [passphrase, setPassphrase] = useState(false)
  const [recovery, setRecovery] = useState(true)
  const [typed, setTyped] = useState('')
  const [wrongName, setWrongName] = useState(false)
  const secret = useRef<NewPassphraseHandle>(null)
  // A code on paper is for the day all else is lost, not for every day.
  const nothing = !keychain && !passphrase
  const risky = keychain && !passphrase && !recovery
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (nothing) return
    if (risky && typed.trim() !== name.trim()) return setWrongName(true)
    const taken = passphrase ? secret.current?.take() : null
    if (taken === undefined) return
    onChoice({
      keychain,
      passphrase: taken,
      allowWeakPassphrase: passphrase && secret.current?.weakAllowed() === true,
      recovery,
    })
  }
  return (
    <form onSubmit={submit} className={classes.form}>
      {failed !== undefined && <FailureNotice failure={asFailure(failed)} />}
      <Way label={words.keychain} body={words.keychainBody} checked={keychain} onChange={setKeychain} />
      <div className={classes.way}>
        <Checkbox
          label={words.passphrase}
          description={words.passphraseBody}
          checked={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.checked)}
        />
        {passphrase && (
          <div className={classes.inside}>
            <NewPassphrase handle={secret} autoFocus />
          </div>
        )}
      </div>
      <Way label={words.recoveryCode} body={words.recoveryBody} checked={recovery} onChange={setRecovery} />
      {nothing && (
        <Notice tone="warn" live>
          {words.nothingChosen}
        </Notice>
      )}
      {risky && (
        <>
          <Notice tone="danger" live>
            {words.onlyKeychain(name)}
          </Notice>
          <TextInput
            label={words.typeName}
            value={typed}
            error={wrongName ? words.typeNameWrong : undefined}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setWrongName(false)
              setTyped(event.currentTarget.value)
            }}
          />
        </>
      )}
      <div className="form-actions">
        <Button type="submit" disabled={nothing}>
          {words.create}
        </Button>
      </div>
    </form>
  )
}

type WayProps = {
  readonly label: string
  readonly body: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

const Way = ({ label, body, checked, onChange }: WayProps) => (
  <div className={classes.way}>
    <Checkbox
      label={label}
      description={body}
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  </div>
)
