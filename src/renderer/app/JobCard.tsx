import { Button } from '@mantine/core'
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconPlayerPause,
  IconPlayerStop,
} from '@tabler/icons-react'
import { useState } from 'react'
import type { JobView } from '../../main/contract/ipc/job-nouns.ts'
import { Bar } from '../ui/Bar.tsx'
import { FailureNotice } from '../ui/States.tsx'
import { jobs as words } from '../words/jobs.ts'
import { attempt } from './acts.ts'
import { shareOf } from './announce-job.ts'
import { ask } from './bridge.ts'
import { CancelJob } from './CancelJob.tsx'
import { FailedFiles, fetchFailed } from './FailedFiles.tsx'
import { failureOf } from './failure.ts'
import classes from './JobCard.module.css'
import { progressOf } from './job-progress.ts'
import { say } from './toast.tsx'

type Look = 'running' | 'paused' | 'good' | 'warn' | 'failed'

/** How a job stands: one with failures is never green. */
function lookOf({ state, failed }: JobView): Look {
  if (state === 'refused') return 'failed'
  if (state === 'paused' || state === 'stopping') return 'paused'
  if (state === 'running') return 'running'
  return failed > 0 || state === 'stopped' ? 'warn' : 'good'
}

const ICONS = {
  running: undefined,
  paused: IconPlayerPause,
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  failed: IconCircleX,
} as const

/** One job: what it does, how far it is, what failed, what can be done. */
export function JobCard({ job }: { readonly job: JobView }) {
  const [open, setOpen] = useState(false)
  const look = lookOf(job)
  const active = look === 'running' || look === 'paused'
  const Icon = job.state === 'stopped' ? IconPlayerStop : ICONS[look]
  const title = words.title(job)
  const bytes = words.bytes(job)
  return (
    <article className={classes.card} data-look={look} aria-label={title}>
      <div className={classes.head}>
        {Icon && <Icon className={classes.icon} size={20} stroke={1.75} aria-hidden />}
        <h2>
          <bdi>{title}</bdi>
        </h2>
        <div className={classes.actions}>
          <Actions job={job} active={active} />
        </div>
      </div>
      {active && (
        <div className={classes.bar}>
          <Bar share={shareOf(job)} label={title} state={look === 'paused' ? 'paused' : 'running'} />
          <span className={classes.facts}>{progressOf(job)}</span>
        </div>
      )}
      <p className={classes.facts}>
        {words.counts(job)}
        {bytes !== '' && (
          <>
            {' '}
            · <bdi>{bytes}</bdi>
          </>
        )}
      </p>
      {job.refusal && <FailureNotice failure={failureOf(job.refusal)} />}
      {job.failed > 0 && (
        <Button
          size="compact-sm"
          variant="subtle"
          className={classes.more ?? ''}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? words.hideFailed : words.showFailed(job.failed)}
        </Button>
      )}
      {open && <FailedFiles job={job.job} />}
    </article>
  )
}

function Actions({ job, active }: { readonly job: JobView; readonly active: boolean }) {
  const act = (name: 'jobs.pause' | 'jobs.resume' | 'jobs.retry' | 'jobs.dismiss' | 'jobs.show') => () =>
    void attempt(() => ask(name, { job: job.job }))
  const copy = () =>
    attempt(async () => {
      const lines = await fetchFailed(job.job, 0)
      const text = words.report(
        job,
        lines.files.map(({ path, code, message }) => `${path}: ${code}: ${message}`),
      )
      await ask('app.copy', { text })
      say(words.reportCopied)
    })
  return (
    <>
      {job.can.pause && job.state === 'running' && (
        <Button size="compact-sm" variant="default" onClick={act('jobs.pause')}>
          {words.pause}
        </Button>
      )}
      {job.state === 'paused' && (
        <Button size="compact-sm" variant="default" onClick={act('jobs.resume')}>
          {words.resume}
        </Button>
      )}
      {job.can.cancel && <CancelJob job={job.job} />}
      {!active && job.can.retry && (
        <Button size="compact-sm" onClick={act('jobs.retry')}>
          {words.retry}
        </Button>
      )}
      {!active && job.can.show && (
        <Button size="compact-sm" variant="default" onClick={act('jobs.show')}>
          {words.showFolder}
        </Button>
      )}
      {!active && job.failed > 0 && (
        <Button size="compact-sm" variant="default" onClick={() => void copy()}>
          {words.copyReport}
        </Button>
      )}
      {!active && (
        <Button size="compact-sm" variant="default" onClick={act('jobs.dismiss')}>
          {words.dismiss}
        </Button>
      )}
    </>
  )
}
