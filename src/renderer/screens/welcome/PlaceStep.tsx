import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { NewVaultPlace } from '../../../main/contract/ipc/vault-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { Notice } from '../../ui/Notice.tsx'
import { common } from '../../words/common.ts'
import { welcome as words } from '../../words/welcome.ts'
import classes from './NewVault.module.css'

type Props = {
  readonly name: string
  readonly place: NewVaultPlace | undefined
  readonly onName: (name: string) => void
  readonly onPlace: (place: NewVaultPlace) => void
  readonly onNext: () => void
}

/** What the vault is called and where its folder is made. */
export function PlaceStep({ name, place, onName, onPlace, onNext }: Props) {
  const [error, setError] = useState<string>()
  const blocked = place?.warnings.some((warning) => warning !== 'placeholder-cloud') === true
  const choose = () => {
    if (name.trim() === '') return setError(words.nameEmpty)
    return void attempt(async () => {
      const chosen = await ask('pick.new-vault', { name: name.trim() })
      if (chosen !== null) onPlace(chosen)
    })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (place === undefined) choose()
    else if (!blocked) onNext()
  }
  return (
    <form onSubmit={submit} className={classes.form}>
      <TextInput
        label={words.name}
        description={words.nameHint}
        value={name}
        error={error}
        maxLength={200}
        autoFocus
        data-autofocus
        autoComplete="off"
        onChange={(event) => {
          setError(undefined)
          onName(event.currentTarget.value)
        }}
      />
      {place && (
        <div className={classes.place}>
          <span>{words.place}</span>
          <strong data-selectable>
            <bdi>{place.place}</bdi>
          </strong>
        </div>
      )}
      {place?.warnings.map((warning) => (
        <Notice key={warning} tone={warning === 'placeholder-cloud' ? 'warn' : 'danger'} live>
          {words.warnings[warning]}
        </Notice>
      ))}
      <div className="form-actions">
        {place && (
          <Button variant="default" onClick={choose}>
            {words.otherPlace}
          </Button>
        )}
        <Button type="submit" disabled={blocked}>
          {place ? common.continue : words.choosePlace}
        </Button>
      </div>
    </form>
  )
}
