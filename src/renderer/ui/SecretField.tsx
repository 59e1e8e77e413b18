import { ActionIcon, Input } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useRef, useState } from 'react'
import { secrets } from '../words/secrets.ts'
import classes from './SecretField.module.css'

/** What a form may do with a secret: look whether there is one, take it once, empty the field. */
export type SecretHandle = {
  readonly isEmpty: () => boolean
  /** The bytes that were typed (UTF-8); the field is empty afterwards. */
  readonly take: () => Uint8Array<ArrayBuffer>
  readonly clear: () => void
  readonly focus: () => void
  /** Whether two fields hold the same, without taking either. */
  readonly sameAs: (other: SecretHandle | null) => boolean
  readonly read: () => string
}

type Props = {
  readonly label: string
  readonly description?: string
  readonly error?: string | undefined
  readonly handle: Ref<SecretHandle>
  readonly onEdit?: () => void
  readonly autoFocus?: boolean
  readonly newSecret?: boolean
  readonly disabled?: boolean
  /** Readable from the start: a code that is copied from paper. */
  readonly readable?: boolean
}

/**
 * A field for a passphrase or code. Uncontrolled: what is typed lives in the input alone, never in React's
 * state, a store or a log. Paste and password managers work; Caps Lock is said.
 */
export function SecretField({ label, description, error, handle, onEdit, ...rest }: Props) {
  const { autoFocus, newSecret, disabled, readable = false } = rest
  const input = useRef<HTMLInputElement>(null)
  const [visible, setVisible] = useState(readable)
  const [capsLock, setCapsLock] = useState(false)
  const id = useId()
  useImperativeHandle(handle, (): SecretHandle => {
    const value = () => input.current?.value ?? ''
    const clear = () => {
      if (input.current) input.current.value = ''
      setVisible(readable)
    }
    return {
      isEmpty: () => value() === '',
      take: () => {
        const bytes = new TextEncoder().encode(value())
        clear()
        return bytes
      },
      clear,
      focus: () => input.current?.focus(),
      sameAs: (other) => other?.read() === value(),
      read: value,
    }
  }, [readable])
  const watchCaps = (event: KeyboardEvent) => setCapsLock(event.getModifierState('CapsLock'))
  return (
    <Input.Wrapper
      id={id}
      label={label}
      {...(description !== undefined && { description })}
      {...(error !== undefined && { error })}
    >
      <Input
        ref={input}
        id={id}
        type={visible ? 'text' : 'password'}
        autoComplete={readable ? 'off' : newSecret ? 'new-password' : 'current-password'}
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        disabled={disabled === true}
        error={error !== undefined}
        {...(autoFocus && { 'data-autofocus': true, autoFocus: true })}
        onChange={onEdit}
        onKeyDown={watchCaps}
        onKeyUp={watchCaps}
        onBlur={() => setCapsLock(false)}
        rightSectionPointerEvents="all"
        rightSection={
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            aria-label={visible ? secrets.hide : secrets.show}
            aria-pressed={visible}
            onClick={() => setVisible(!visible)}
          >
            {visible ? <IconEyeOff size={18} stroke={1.5} /> : <IconEye size={18} stroke={1.5} />}
          </ActionIcon>
        }
      />
      <div className={classes.caps} role="status">
        {capsLock && secrets.capsLock}
      </div>
    </Input.Wrapper>
  )
}
