import { Checkbox } from '@mantine/core'
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'
import { SecretField, type SecretHandle } from '../ui/SecretField.tsx'
import { StrengthMeter } from '../ui/StrengthMeter.tsx'
import { secrets } from '../words/secrets.ts'
import { STRONG_SCORE, strengthOf } from './strength.ts'

/** What a form takes from it: nothing while the two differ. */
export type NewPassphraseHandle = {
  readonly isEmpty: () => boolean
  /** The bytes, the fields emptied; undefined: something is wrong, and it is said. */
  readonly take: () => Uint8Array<ArrayBuffer> | undefined
  readonly clear: () => void
  readonly weakAllowed: () => boolean
}

type Props = { readonly handle: Ref<NewPassphraseHandle>; readonly autoFocus?: boolean }

const PAUSE_MS = 150

/** A new passphrase, typed twice, with its strength. A weak one is taken only if that is said. */
export function NewPassphrase({ handle, autoFocus = false }: Props) {
  const first = useRef<SecretHandle>(null)
  const second = useRef<SecretHandle>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [error, setError] = useState<'empty' | 'differ'>()
  const [score, setScore] = useState<number>()
  const [weak, setWeak] = useState(false)
  useEffect(() => () => clearTimeout(timer.current), [])
  useImperativeHandle(handle, (): NewPassphraseHandle => {
    const clear = () => {
      first.current?.clear()
      second.current?.clear()
      setScore(undefined)
    }
    return {
      isEmpty: () => first.current?.isEmpty() !== false && second.current?.isEmpty() !== false,
      take: () => {
        if (first.current?.isEmpty() !== false) setError('empty')
        else if (!first.current.sameAs(second.current)) setError('differ')
        else {
          second.current?.clear()
          setScore(undefined)
          return first.current.take()
        }
        return undefined
      },
      clear,
      weakAllowed: () => weak,
    }
  }, [weak])
  const onEdit = () => {
    setError(undefined)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const text = first.current?.read() ?? ''
      if (text === '') return setScore(undefined)
      // Without its lists there is no meter; main checks all the same.
      strengthOf(text).then(setScore, () => setScore(undefined))
    }, PAUSE_MS)
  }
  return (
    <>
      <SecretField
        label={secrets.newPassphrase}
        description={secrets.advice}
        newSecret
        autoFocus={autoFocus}
        handle={first}
        error={error === 'empty' ? secrets.empty : undefined}
        onEdit={onEdit}
      />
      <StrengthMeter score={score} />
      <SecretField
        label={secrets.repeat}
        newSecret
        handle={second}
        error={error === 'differ' ? secrets.differ : undefined}
        onEdit={() => setError(undefined)}
      />
      {score !== undefined && score < STRONG_SCORE && (
        <Checkbox
          mt={8}
          label={secrets.allowWeak}
          checked={weak}
          onChange={(event) => setWeak(event.currentTarget.checked)}
        />
      )}
    </>
  )
}
