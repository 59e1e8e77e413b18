import { Button, TextInput } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { asFailure } from '../../app/failure.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { common } from '../../words/common.ts'
import { files } from '../../words/files.ts'

type Props = {
  readonly title: string
  readonly description?: string
  readonly verb: string
  readonly name?: string
  /** Selects the name without its ending, as file managers do. */
  readonly keepsEnding?: boolean
  /** @throws why it can't be so named */
  readonly onName: (name: string) => Promise<unknown>
  readonly onClose: () => void
}

/** Asks for a name. What is refused stands below the field. */
export function NameDialog({ title, description, verb, name = '', keepsEnding, onName, onClose }: Props) {
  const field = useRef<HTMLInputElement>(null)
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const begun = useRef(false)
  /** Selects the name when the field first gets the focus: what is typed takes its place. */
  const selectName = (input: HTMLInputElement) => {
    if (begun.current) return
    begun.current = true
    const dot = keepsEnding ? name.lastIndexOf('.') : -1
    input.setSelectionRange(0, dot > 0 ? dot : name.length)
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const wanted = field.current?.value.trim() ?? ''
    if (wanted === '') return setError(files.nameEmpty)
    if (wanted.includes('/')) return setError(files.nameSlash)
    if (wanted === name) return onClose()
    setBusy(true)
    try {
      await onName(wanted)
      onClose()
    } catch (refusal) {
      const { title: what, message } = asFailure(refusal)
      setError(`${what}. ${message}`)
      setBusy(false)
    }
  }
  return (
    <Dialog opened onClose={onClose} title={title} width={420}>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput
          ref={field}
          label={files.nameField}
          description={description}
          defaultValue={name}
          error={error}
          maxLength={255}
          spellCheck={false}
          autoComplete="off"
          data-autofocus
          onFocus={(event) => selectName(event.currentTarget)}
          onChange={() => setError(undefined)}
        />
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={busy}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
