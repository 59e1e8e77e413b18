import { Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Bar } from '../ui/Bar.tsx'
import { jobs as words } from '../words/jobs.ts'
import { shell } from '../words/shell.ts'
import { attempt } from './acts.ts'
import { shareOf } from './announce-job.ts'
import { ask } from './bridge.ts'
import { CancelJob } from './CancelJob.tsx'
import classes from './JobsBar.module.css'
import { progressOf } from './job-progress.ts'
import { goTo, useSession } from './session.ts'
import { useApp } from './store.ts'

/** The newest job that runs, or one that ended with failures, at the foot of the window. */
export function JobsBar() {
  const jobs = useApp(({ jobs }) => jobs)
  const section = useSession(({ section }) => section)
  const active = jobs.filter(({ state }) => state === 'running' || state === 'paused' || state === 'stopping')
  const job = active[0] ?? jobs.find(({ state, failed }) => state === 'refused' || failed > 0)
  if (job === undefined || section === 'jobs') return null
  const ended = !active.includes(job)
  const title = words.title(job)
  return (
    <section className={classes.bar} data-region="jobs" aria-label={shell.jobsRegion}>
      {ended && <IconAlertTriangle className={classes.warn} size={18} stroke={1.75} aria-hidden />}
      <span className={classes.title} title={title}>
        <bdi>{title}</bdi>
      </span>
      {ended ? (
        <span className={classes.facts}>{words.counts(job)}</span>
      ) : (
        <>
          <Bar share={shareOf(job)} label={title} state={job.state === 'running' ? 'running' : 'paused'} />
          <span className={classes.facts}>{progressOf(job)}</span>
        </>
      )}
      {job.can.pause && job.state === 'running' && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => void attempt(() => ask('jobs.pause', { job: job.job }))}
        >
          {words.pause}
        </Button>
      )}
      {job.state === 'paused' && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => void attempt(() => ask('jobs.resume', { job: job.job }))}
        >
          {words.resume}
        </Button>
      )}
      {job.can.cancel && <CancelJob job={job.job} />}
      <Button
        size="compact-sm"
        variant={ended ? 'filled' : 'default'}
        onClick={() => goTo('jobs')}
        data-region-start
      >
        {active.length > 1 ? words.others(active.length - 1) : words.all}
      </Button>
    </section>
  )
}
