import { Button } from '@mantine/core'
import { IconProgress } from '@tabler/icons-react'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { JobCard } from '../../app/JobCard.tsx'
import { useApp } from '../../app/store.ts'
import { Screen } from '../../ui/Screen.tsx'
import { Empty } from '../../ui/States.tsx'
import { jobs as words } from '../../words/jobs.ts'
import classes from './JobsScreen.module.css'

/** Everything that runs or ran since the vault was opened, newest first. */
export function JobsScreen() {
  const jobs = useApp(({ jobs }) => jobs)
  const ended = jobs.filter(({ state }) => state === 'done' || state === 'stopped' || state === 'refused')
  const dismissAll = () =>
    attempt(async () => await Promise.all(ended.map(({ job }) => ask('jobs.dismiss', { job }))))
  return (
    <Screen
      title={words.screen}
      about={words.about}
      fills={jobs.length === 0}
      actions={
        ended.length > 0 && (
          <Button variant="default" onClick={() => void dismissAll()}>
            {words.dismissAll}
          </Button>
        )
      }
    >
      {jobs.length === 0 ? (
        <Empty icon={<IconProgress size={40} stroke={1.25} />} title={words.emptyTitle}>
          {words.empty}
        </Empty>
      ) : (
        <ul className={classes.list} aria-label={words.list}>
          {jobs.map((job) => (
            <li key={job.job}>
              <JobCard job={job} />
            </li>
          ))}
        </ul>
      )}
    </Screen>
  )
}
