import { useState } from 'react'
import type { NewVaultPlace } from '../../../main/contract/ipc/vault-nouns.ts'
import { askWithSecret } from '../../app/bridge.ts'
import { takeVault } from '../../app/events.ts'
import { codeOf } from '../../app/failure.ts'
import { RecoveryShown } from '../../app/RecoveryShown.tsx'
import { useApp } from '../../app/store.ts'
import { say } from '../../app/toast.tsx'
import { Loading } from '../../ui/States.tsx'
import { Steps } from '../../ui/Steps.tsx'
import { common } from '../../words/common.ts'
import { welcome as words } from '../../words/welcome.ts'
import { type KeyChoice, KeyStep } from './KeyStep.tsx'
import { PlaceStep } from './PlaceStep.tsx'

type At =
  | { readonly kind: 'place' }
  | { readonly kind: 'key'; readonly failed?: unknown }
  | { readonly kind: 'making' }

/** The steps to a new vault: name and place, what opens it, the recovery code; then it is open. */
export function NewVault({ onClose }: { readonly onClose: () => void }) {
  const [at, setAt] = useState<At>({ kind: 'place' })
  const [name, setName] = useState('')
  const [place, setPlace] = useState<NewVaultPlace>()
  const recovery = useApp(({ recovery }) => recovery)

  const make = async (chosen: NewVaultPlace, { passphrase, ...choice }: KeyChoice) => {
    setAt({ kind: 'making' })
    try {
      const made = await askWithSecret(passphrase === null ? [] : [passphrase], 'vault.create', {
        place: chosen.handle,
        name,
        passphrase,
        ...choice,
      })
      takeVault({ kind: 'open', facts: made.facts })
      if (made.keychainRefused) say(words.keychainRefused)
    } catch (error) {
      // Thought better of at the code: nothing was made.
      setAt(codeOf(error) === 'INTERRUPTED' ? { kind: 'key' } : { kind: 'key', failed: error })
    }
  }

  if (at.kind === 'place' || place === undefined) {
    return (
      <Steps title={words.newTitle} step={`${words.step(1, 3)}: ${words.nameStep}`} onBack={onClose}>
        <PlaceStep
          name={name}
          place={place}
          onName={(text) => {
            setName(text)
            setPlace(undefined)
          }}
          onPlace={setPlace}
          onNext={() => setAt({ kind: 'key' })}
        />
      </Steps>
    )
  }
  if (at.kind === 'key') {
    return (
      <Steps
        title={words.newTitle}
        step={`${words.step(2, 3)}: ${words.keyStep}`}
        onBack={() => setAt({ kind: 'place' })}
      >
        <KeyStep name={name} failed={at.failed} onChoice={(choice) => void make(place, choice)} />
      </Steps>
    )
  }
  return (
    <Steps title={words.newTitle} step={`${words.step(3, 3)}: ${words.recoveryStep}`}>
      {recovery === undefined ? (
        <Loading lines={4} label={words.creating} />
      ) : (
        <RecoveryShown groups={recovery.ask} cancelLabel={common.back} />
      )}
    </Steps>
  )
}
