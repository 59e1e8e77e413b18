import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { useFacts, useReadOnly } from '../../app/store.ts'
import { TestRecovery } from '../../app/TestRecovery.tsx'
import { say } from '../../app/toast.tsx'
import { Screen, Section } from '../../ui/Screen.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { keys as words } from '../../words/keys.ts'
import { CreateRecovery } from './CreateRecovery.tsx'
import classes from './KeysScreen.module.css'
import { KeyTable } from './KeyTable.tsx'
import { WaysList } from './WaysList.tsx'

/** What opens the vault and its files. */
export function KeysScreen() {
  const [asking, setAsking] = useState<'test' | 'create'>()
  const facts = useFacts()
  const readOnly = useReadOnly() !== undefined
  const { data, error, refetch } = useQuery({ queryKey: ['keys'], queryFn: () => ask('keys.view', {}) })
  const close = () => setAsking(undefined)
  return (
    <Screen title={words.screen} about={words.about}>
      {error !== null && <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Loading />}
      {facts && (
        <Section
          title={words.ways}
          about={words.waysAbout}
          actions={
            <Button
              variant={facts.ways.recovery.length === 0 ? 'filled' : 'default'}
              disabled={readOnly}
              onClick={() => setAsking('create')}
            >
              {facts.ways.recovery.length === 0 ? words.create : words.createAnother}
            </Button>
          }
        >
          <WaysList ways={facts.ways} onTest={() => setAsking('test')} />
        </Section>
      )}
      {data && (
        <Section title={words.keysTitle} about={words.keysAbout}>
          {data.keys.map((key) => (
            <KeyTable key={key.keyId} view={key} />
          ))}
        </Section>
      )}
      {facts && (
        <Section title={words.fingerprint} about={words.fingerprintAbout}>
          <div className={classes.fingerprint}>
            <code data-selectable>{facts.fingerprint}</code>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() =>
                void attempt(() => ask('app.copy', { text: facts.fingerprint })).then((done) => {
                  if (done) say(words.copied)
                })
              }
            >
              {words.copy}
            </Button>
          </div>
        </Section>
      )}
      {asking === 'test' && <TestRecovery onClose={close} />}
      {asking === 'create' && <CreateRecovery onClose={close} />}
    </Screen>
  )
}
