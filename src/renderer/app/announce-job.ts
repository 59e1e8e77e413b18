import type { JobView } from '../../main/contract/ipc/job-nouns.ts'
import { announce } from '../ui/Announcer.tsx'
import { count, percent } from '../words/format.ts'
import { jobs as words } from '../words/jobs.ts'

/** How much of a job is done, by bytes or, without any, by files; undefined while more is being found. */
export function shareOf({ foundAll, found, done }: JobView): number | undefined {
  if (!foundAll) return undefined
  if (found.bytes > 0) return Math.min(1, done.bytes / found.bytes)
  return found.files > 0 ? Math.min(1, done.files / found.files) : undefined
}

const quarter = (job: JobView): number => Math.floor((shareOf(job) ?? 0) * 4)

/** Says a job's start, each quarter, its failures and its end: never each tick. */
export function sayJob(before: JobView | undefined, now: JobView): void {
  if (now.state !== 'running' && now.state !== before?.state) announce(words.ended(now))
  else if (before === undefined) announce(words.title(now))
  else if (now.failed > 0 && before.failed === 0) announce(words.someFail(count(now.failed)))
  else if (quarter(now) > quarter(before)) announce(`${words.title(now)}: ${percent(quarter(now) / 4)}`)
}
