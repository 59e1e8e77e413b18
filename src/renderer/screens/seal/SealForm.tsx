import { Button, NativeSelect, SegmentedControl } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import type { Destination, Source } from '../../../main/contract/ipc/job-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { ask, askWithSecret } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { NewPassphrase, type NewPassphraseHandle } from '../../app/NewPassphrase.tsx'
import { FileIcon } from '../../ui/FileIcon.tsx'
import { Name } from '../../ui/Name.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { SecretField, type SecretHandle } from '../../ui/SecretField.tsx'
import { FailureNotice } from '../../ui/States.tsx'
import { count } from '../../words/format.ts'
import { seal as words } from '../../words/seal.ts'
import { secrets } from '../../words/secrets.ts'
import classes from './SealWindow.module.css'

type Way = 'seal' | 'unseal'
type Props = { readonly sources: readonly Source[]; readonly onDone: () => void }

/** So many names are listed; the others are counted. */
const LISTED = 6

/** Which way the sources go: encrypted ones are decrypted; folders can hold either, so they ask. */
function wayOf(sources: readonly Source[]): Way | 'ask' | 'mixed' {
  const files = sources.filter(({ kind }) => kind === 'file')
  const sealed = files.filter((each) => each.sealed).length
  if (sealed > 0) return sealed === files.length && files.length === sources.length ? 'unseal' : 'mixed'
  return files.length > 0 ? 'seal' : 'ask'
}

/** The passphrase, where the results go, and off. */
export function SealForm({ sources, onDone }: Props) {
  const found = wayOf(sources)
  const [way, setWay] = useState<Way>(found === 'unseal' ? 'unseal' : 'seal')
  const [to, setTo] = useState<Destination | null>(null)
  const [exists, setExists] = useState<'keep-both' | 'fail'>('keep-both')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [empty, setEmpty] = useState(false)
  const fresh = useRef<NewPassphraseHandle>(null)
  const known = useRef<SecretHandle>(null)
  const names = sources.map(({ name }) => name)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const weak = fresh.current?.weakAllowed() === true
    if (way === 'unseal' && known.current?.isEmpty() !== false) return setEmpty(true)
    const passphrase = way === 'seal' ? fresh.current?.take() : known.current?.take()
    if (passphrase === undefined) return
    setBusy(true)
    setError(undefined)
    const request = {
      sources: sources.map(({ handle }) => handle),
      to: to?.handle ?? null,
      passphrase,
      exists,
    }
    try {
      if (way === 'seal') {
        await askWithSecret([passphrase], 'jobs.seal', { ...request, allowWeakPassphrase: weak })
      } else await askWithSecret([passphrase], 'jobs.unseal', request)
      onDone()
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  const choosePlace = () =>
    attempt(async () => {
      const chosen = await ask('pick.destination', { for: way })
      if (chosen !== null) setTo(chosen)
    })
  if (found === 'mixed') {
    return (
      <Notice
        tone="warn"
        live
        actions={
          <Button size="xs" variant="default" onClick={onDone}>
            {words.clear}
          </Button>
        }
      >
        {words.mixed}
      </Notice>
    )
  }
  return (
    <form onSubmit={(event) => void submit(event)} className={classes.form}>
      <h2>{way === 'seal' ? words.encryptTitle(names) : words.decryptTitle(names)}</h2>
      <ul className={classes.sources}>
        {sources.slice(0, LISTED).map(({ handle, kind, name }) => (
          <li key={handle}>
            <FileIcon kind={kind} name={name} />
            <Name shown={name} />
          </li>
        ))}
        {sources.length > LISTED && <li>+ {count(sources.length - LISTED)}</li>}
      </ul>
      {found === 'ask' && (
        <SegmentedControl
          aria-label={words.folderWhich}
          value={way}
          onChange={(value) => setWay(value === 'unseal' ? 'unseal' : 'seal')}
          data={[
            { value: 'seal', label: words.encrypt },
            { value: 'unseal', label: words.decrypt },
          ]}
        />
      )}
      {way === 'seal' ? (
        <div>
          <NewPassphrase handle={fresh} autoFocus />
        </div>
      ) : (
        <SecretField
          label={secrets.passphrase}
          autoFocus
          handle={known}
          error={empty ? secrets.empty : undefined}
          onEdit={() => setEmpty(false)}
        />
      )}
      <div className={classes.where}>
        <span>{words.where}</span>
        <strong>
          <bdi>{to?.place ?? words.beside}</bdi>
        </strong>
        <Button size="compact-sm" variant="default" onClick={() => (to ? setTo(null) : void choosePlace())}>
          {to ? words.besideAgain : words.choosePlace}
        </Button>
      </div>
      <NativeSelect
        label={words.exists}
        value={exists}
        onChange={(event) => setExists(event.currentTarget.value === 'fail' ? 'fail' : 'keep-both')}
        data={[
          { value: 'keep-both', label: words.keepBoth },
          { value: 'fail', label: words.fail },
        ]}
      />
      <p className={classes.note}>{way === 'seal' ? words.encryptNote : words.decryptNote}</p>
      {error !== undefined && <FailureNotice failure={asFailure(error)} />}
      <div className="form-actions">
        <Button variant="default" onClick={onDone}>
          {words.clear}
        </Button>
        <Button type="submit" loading={busy}>
          {way === 'seal' ? words.encrypt : words.decrypt}
        </Button>
      </div>
    </form>
  )
}
