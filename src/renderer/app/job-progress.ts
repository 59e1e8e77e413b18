import type { JobView } from '../../main/contract/ipc/job-nouns.ts'
import { aboutTime, percent, speed } from '../words/format.ts'
import { jobs as words } from '../words/jobs.ts'
import { shareOf } from './announce-job.ts'

/** After so long a speed means something, and so does what is left. */
const STEADY_SECONDS = 5

/** “42 % · 312 MB/s · about 2 min”: as much of it as is known. */
export function progressOf(job: JobView): string {
  if (job.state === 'paused') return words.paused
  if (job.state === 'stopping') return words.stopping
  const share = shareOf(job)
  const perSecond = job.seconds > 0 ? job.done.bytes / job.seconds : 0
  const left = perSecond > 0 ? (job.found.bytes - job.done.bytes) / perSecond : 0
  const parts = [
    share === undefined ? words.looking : percent(share),
    ...(job.seconds >= 1 && perSecond > 0 ? [speed(perSecond)] : []),
    ...(job.seconds >= STEADY_SECONDS && share !== undefined && left > 1 ? [aboutTime(left)] : []),
  ]
  return parts.join(' · ')
}
