import { Button, Checkbox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { goTo } from '../../app/session.ts'
import { useApp, useFacts, useReadOnly } from '../../app/store.ts'
import { TestRecovery } from '../../app/TestRecovery.tsx'
import { say } from '../../app/toast.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Screen, Section } from '../../ui/Screen.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { health as words } from '../../words/health.ts'
import { Conflicts } from './Conflicts.tsx'
import { Copies } from './Copies.tsx'
import { Findings } from './Findings.tsx'
import classes from './HealthScreen.module.css'
import { RolledBack } from './RolledBack.tsx'

/** What is wrong with the vault, what helps, and how sure its recovery is. */
export function HealthScreen() {
  const facts = useFacts()
  const readOnly = useReadOnly() !== undefined
  const checking = useApp(({ jobs }) =>
    jobs.some(({ kind, state }) => (kind === 'check' || kind === 'repair') && state === 'running'),
  )
  const [download, setDownload] = useState(false)
  const [testing, setTesting] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: ['health', 'summary'],
    queryFn: () => ask('health.summary', {}),
  })
  const check = (readData: boolean) =>
    void attempt(() => ask('health.check', { readData, download: readData && download }))
  const rebuild = () =>
    attempt(async () => {
      await ask('health.rebuild-index', {})
      say(words.rebuilt)
    })
  return (
    <Screen
      title={words.screen}
      about={words.about}
      actions={
        <Button loading={checking} onClick={() => check(false)}>
          {words.checkNow}
        </Button>
      }
    >
      {facts?.trouble === 'JOURNAL_ROLLED_BACK' && <RolledBack facts={facts} />}
      {error !== null && <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Loading lines={3} />}
      {data && (
        <div className={classes.summary}>
          {data.findings > 0 ? (
            <Notice tone="warn" title={words.found(data.findings)} />
          ) : (
            <Notice
              tone={data.checkedMs === null ? 'info' : 'good'}
              title={data.checkedMs === null ? words.never : words.sound}
            >
              {data.checkedMs !== null && words.checked(data.checkedMs, data.readData)}
            </Notice>
          )}
        </div>
      )}
      {data && data.findings + data.notes > 0 && <Findings health={data} />}
      <Conflicts />
      <Copies />
      <Section title={words.drill} about={words.drillBody}>
        {facts && facts.ways.recovery.length === 0 ? (
          <Row text={words.drillNone}>
            <Button variant="default" onClick={() => goTo('keys')}>
              {words.toKeys}
            </Button>
          </Row>
        ) : (
          <Button variant="default" onClick={() => setTesting(true)}>
            {words.drillNow}
          </Button>
        )}
      </Section>
      <Section title={words.upkeep}>
        <div className={classes.rows}>
          <Row title={words.check} text={words.checkBody}>
            <Button variant="default" disabled={checking} onClick={() => check(false)}>
              {words.checkNow}
            </Button>
          </Row>
          <Row
            title={words.deepCheck}
            text={words.deepCheckBody}
            more={
              <Checkbox
                mt={6}
                label={words.download}
                checked={download}
                onChange={(event) => setDownload(event.currentTarget.checked)}
              />
            }
          >
            <Button variant="default" disabled={checking} onClick={() => check(true)}>
              {words.deepNow}
            </Button>
          </Row>
          <Row title={words.repair} text={words.repairBody}>
            <Button
              variant="default"
              disabled={readOnly || checking}
              onClick={() => void attempt(() => ask('health.repair', {}))}
            >
              {words.repairNow}
            </Button>
          </Row>
          <Row title={words.rebuild} text={words.rebuildBody}>
            <Button variant="default" onClick={() => void rebuild()}>
              {words.rebuildNow}
            </Button>
          </Row>
        </div>
      </Section>
      {testing && <TestRecovery onClose={() => setTesting(false)} />}
    </Screen>
  )
}

type RowProps = {
  readonly title?: string
  readonly text: string
  readonly more?: ReactNode
  readonly children: ReactNode
}

const Row = ({ title, text, more, children }: RowProps) => (
  <div className={classes.row}>
    <div className={classes.text}>
      {title !== undefined && <strong>{title}</strong>}
      <span>{text}</span>
      {more}
    </div>
    {children}
  </div>
)
