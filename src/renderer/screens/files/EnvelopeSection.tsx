import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ItemId, VersionId } from '../../../main/contract/ids.ts'
import type { Envelope } from '../../../main/contract/ipc/item-nouns.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { Facts } from '../../ui/Facts.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { files } from '../../words/files.ts'
import { size } from '../../words/format.ts'
import classes from './Details.module.css'

type Props = { readonly item: ItemId; readonly version: VersionId | null }

/** “How this file is locked”: its real envelope, read from the message's header when it is unfolded. */
export function EnvelopeSection({ item, version }: Props) {
  const [open, setOpen] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: ['envelope', item, version],
    queryFn: () => ask('items.envelope', { item, version }),
    enabled: open,
  })
  return (
    <details className={classes.envelope} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{files.envelope}</summary>
      <p>{files.envelopeBody}</p>
      {error !== null && <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />}
      {open && error === null && data === undefined && <Loading lines={4} />}
      {data && <Facts facts={factsOf(data)} />}
    </details>
  )
}

function factsOf(envelope: Envelope) {
  const { keys, edks, suite, frames, frameLengthBytes, messageBytes, messageId, context } = envelope
  return [
    {
      label: files.openedBy,
      value: (
        <ul className={classes.pairs}>
          {keys.map(({ label, keyVersion, state }) => (
            <li key={`${label}${keyVersion}`}>{files.keyVersion(label, keyVersion, state)}</li>
          ))}
        </ul>
      ),
    },
    { label: files.suite, value: suite },
    { label: files.messageBytes, value: <bdi>{size(messageBytes)}</bdi> },
    { label: files.frames, value: files.framesValue(frames, size(frameLengthBytes)) },
    {
      label: files.edks,
      value: (
        <ul className={classes.pairs}>
          {edks.map(({ provider, keyName, bytes }) => (
            <li key={`${provider}${keyName}`}>
              {provider} · <span className={classes.mono}>{keyName}</span> · <bdi>{size(bytes)}</bdi>
            </li>
          ))}
        </ul>
      ),
    },
    {
      label: files.context,
      value: (
        <ul className={classes.pairs}>
          {context.map(([key, value]) => (
            <li key={key} className={classes.mono}>
              {key} = {value}
            </li>
          ))}
        </ul>
      ),
    },
    { label: files.messageId, value: <span className={classes.mono}>{messageId}</span> },
  ]
}
