import type { JobKind, JobView } from '../../main/contract/ipc/job-nouns.ts'
import { count, counted, size } from './format.ts'

/** What a job counts. */
const unit = (value: number, kind: JobKind): string =>
  kind === 'rewrap' ? counted(value, 'file version', 'file versions') : counted(value, 'file', 'files')

const DOING: Readonly<Record<JobKind, (n: string, place: string) => string>> = {
  add: (n, place) => `Adding ${n} to ${place || 'the vault'}`,
  export: (n, place) => `Exporting ${n} to ${place}`,
  seal: (n, place) => `Encrypting ${n}${place && ` into ${place}`}`,
  unseal: (n, place) => `Decrypting ${n}${place && ` into ${place}`}`,
  check: (n) => `Checking ${n}`,
  repair: () => 'Repairing the vault',
  'recovery-test': (n) => `Testing the recovery code with ${n}`,
  rewrap: (n) => `Rewrapping ${n}`,
  reencrypt: (n) => `Re-encrypting ${n}`,
}
const DONE: Readonly<Record<JobKind, (n: string, place: string) => string>> = {
  add: (n, place) => `Added ${n} to ${place || 'the vault'}`,
  export: (n, place) => `Exported ${n} to ${place}`,
  seal: (n, place) => `Encrypted ${n}${place && ` into ${place}`}`,
  unseal: (n, place) => `Decrypted ${n}${place && ` into ${place}`}`,
  check: (n) => `Checked ${n}`,
  repair: () => 'Repair is done',
  'recovery-test': (n) => `The recovery code opened ${n}`,
  rewrap: (n) => `Rewrapped ${n}`,
  reencrypt: (n) => `Re-encrypted ${n}`,
}

const COUNTS_NO_BYTES: ReadonlySet<JobKind> = new Set(['repair', 'recovery-test', 'rewrap', 'reencrypt'])

/** Words of the jobs tray and page. */
export const jobs = {
  screen: 'Jobs',
  about: 'Work that takes a while. You can go on using the window.',
  emptyTitle: 'Nothing is being worked on',
  empty: 'Adding, exporting, encrypting and checking are shown here while they run, and what came of them.',
  list: 'Jobs',
  pause: 'Pause',
  resume: 'Go on',
  cancel: 'Cancel…',
  retry: 'Retry',
  dismiss: 'Remove from list',
  dismissAll: 'Remove finished',
  showFolder: 'Show in folder',
  copyReport: 'Copy report',
  reportCopied: 'The report is on the clipboard.',
  showFailed: (n: number) => `Show ${counted(n, 'failed file', 'failed files')}`,
  hideFailed: 'Hide failed files',
  moreFailed: (n: number) => `Show ${count(n)} more`,
  paused: 'Paused',
  stopping: 'Stopping safely…',
  looking: 'looking…',
  barLabel: 'Progress',
  cancelTitle: 'Stop this job?',
  cancelBody:
    'What is done stays done, and nothing half-made is left. Start it again to go on with the rest.',
  cancelVerb: 'Stop the job',
  cancelKeep: 'Go on',
  someFail: (n: string) => `${n} failed so far`,
  all: 'All jobs',
  others: (n: number) => `and ${counted(n, 'other job', 'other jobs')}`,

  /** What a job does, as a title. */
  title: ({ kind, found, done, place, state, failed }: JobView): string => {
    if (state !== 'done' && state !== 'stopped') return DOING[kind](unit(found.files, kind), place)
    const all =
      failed > 0 || state === 'stopped'
        ? `${count(done.files)} of ${unit(found.files, kind)}`
        : unit(done.files, kind)
    return DONE[kind](all, place)
  },
  /** “1,190 done · 12 waiting · 2 failed”. */
  counts: ({ found, done, skipped, failed, state }: JobView): string => {
    const waiting = Math.max(0, found.files - done.files - skipped - failed)
    const parts = [
      `${count(done.files)} done`,
      ...(waiting > 0 && state !== 'done'
        ? [`${count(waiting)} ${state === 'stopped' ? 'not begun' : 'waiting'}`]
        : []),
      ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
      ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ]
    return parts.join(' · ')
  },
  /** Empty of a job that counts no bytes. */
  bytes: ({ kind, found, done, foundAll }: JobView): string =>
    COUNTS_NO_BYTES.has(kind)
      ? ''
      : foundAll
        ? `${size(done.bytes)} of ${size(found.bytes)}`
        : `${size(done.bytes)} so far`,
  /** How it ended, to be read out. */
  ended: (job: JobView): string => {
    if (job.state === 'paused') return 'Paused.'
    if (job.state === 'stopping') return 'Stopping.'
    if (job.state === 'refused') return `Could not go on: ${job.refusal?.message ?? ''}`
    return `${jobs.title(job)}. ${jobs.counts(job)}.`
  },
  /** A report as text, for the clipboard: no names but those that failed. */
  report: (job: JobView, lines: readonly string[]): string =>
    [jobs.title(job), jobs.counts(job), jobs.bytes(job), ...lines].filter((line) => line !== '').join('\n'),
} as const
