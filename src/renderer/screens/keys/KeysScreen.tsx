import { Button } from '@mantine/core'
import { useState } from 'react'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { useFacts, useReadOnly } from '../../app/store.ts'
import { say } from '../../app/toast.tsx'
import { Screen, Section } from '../../ui/Screen.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { keys as words } from '../../words/keys.ts'
import { KeyDialogs } from './KeyDialogs.tsx'
import classes from './KeysScreen.module.css'
import { KeyTable } from './KeyTable.tsx'
import type { KeyAct } from './key-name.ts'
import { rewrap, useKeys } from './use-keys.ts'
import { WaysList } from './WaysList.tsx'

/** What opens the vault and its files. */
export function KeysScreen() {
  const [act, setAct] = useState<KeyAct>()
  const facts = useFacts()
  const readOnly = useReadOnly() !== undefined
  const { data, error, refetch } = useKeys()
  const noCode = facts?.ways.recovery.length === 0
  return (
    <Screen title={words.screen} about={words.about}>
      {error !== null && <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Loading />}
      {facts && (
        <Section
          title={words.ways}
          about={words.waysAbout}
          actions={
            <>
              <Button
                variant="default"
                disabled={readOnly}
                onClick={() => setAct({ kind: 'add-passphrase' })}
              >
                {facts.ways.passphrase ? words.addAnotherPassphrase : words.addPassphrase}
              </Button>
              <Button
                variant={noCode ? 'filled' : 'default'}
                disabled={readOnly}
                onClick={() => setAct({ kind: 'create-recovery' })}
              >
                {noCode ? words.create : words.createAnother}
              </Button>
            </>
          }
        >
          <WaysList ways={facts.ways} readOnly={readOnly} onTest={() => setAct({ kind: 'test-recovery' })} />
        </Section>
      )}
      {data && (
        <Section
          title={words.keysTitle}
          about={words.keysAbout}
          actions={
            <>
              {data.toRewrap > 0 && (
                <Button variant="default" disabled={readOnly} onClick={() => void rewrap(null)}>
                  {words.rewrapAll(data.toRewrap)}
                </Button>
              )}
              <Button variant="default" disabled={readOnly} onClick={() => setAct({ kind: 'reencrypt' })}>
                {words.reencrypt}
              </Button>
            </>
          }
        >
          {data.keys.map((key) => (
            <KeyTable key={key.keyId} view={key} readOnly={readOnly} onAct={setAct} />
          ))}
        </Section>
      )}
      {facts && <Fingerprint text={facts.fingerprint} />}
      {facts && act && <KeyDialogs act={act} facts={facts} onClose={() => setAct(undefined)} />}
    </Screen>
  )
}

function Fingerprint({ text }: { readonly text: string }) {
  const copy = async () => {
    if (await attempt(() => ask('app.copy', { text }))) say(words.copied)
  }
  return (
    <Section title={words.fingerprint} about={words.fingerprintAbout}>
      <div className={classes.fingerprint}>
        <code data-selectable>{text}</code>
        <Button size="compact-sm" variant="default" onClick={() => void copy()}>
          {words.copy}
        </Button>
      </div>
    </Section>
  )
}
