import { assertNever, type VaultError } from '../base/index.ts'
import {
  Job,
  type JobKey,
  type Prepare,
  type Settled,
  type Task,
  vaultError,
  type Work,
} from '../jobs/index.ts'
import type { NamedKey } from '../keys/index.ts'
import type { Context } from '../message/index.ts'
import type { JobOptions, JobReport, Reporter } from './report.ts'

/** What the vault service needs from the program it runs in. */
export type Runtime = {
  /** The built worker entry. */
  readonly workerPath: string
}

/** Asked about each failed file: 'again' after a key for it was added, else the error to tell. */
export type OnFailure = (task: Task, error: VaultError, job: Job) => Promise<'again' | VaultError>

/** How a job's outcomes are told. */
export type Telling = {
  readonly onFailure?: OnFailure
  /** What each file needs that only this thread can get. */
  readonly prepare?: Prepare
  /** What a person calls the file of a task; default: its source's path. */
  readonly nameOf?: (task: Task) => string
}

/** Runs a plan's tasks on worker threads, tells every outcome, and finishes the folders. */
export async function runBulk(
  runtime: Runtime,
  plan: { finish(): Promise<void> },
  tasks: AsyncIterator<Task>,
  work: Work,
  keys: readonly JobKey[],
  reporter: Reporter,
  options: JobOptions,
  { onFailure = async (_, error) => error, nameOf = (task) => task.source, prepare }: Telling = {},
): Promise<JobReport> {
  const job = new Job({
    workerPath: runtime.workerPath,
    work,
    keys,
    ...(prepare && { prepare }),
    ...(options.signal && { signal: options.signal }),
  })
  options.onStart?.(job)
  await job.run(tasks, async (group) => {
    const again: Task[] = []
    for (const settled of group) {
      if (await tell(settled, reporter, { onFailure, nameOf }, job)) again.push(settled.task)
    }
    return again
  })
  if (options.signal?.aborted) reporter.stopped()
  await plan.finish()
  return reporter.report()
}

/** @returns whether the file is to be done again */
async function tell(
  { task, outcome }: Settled,
  reporter: Reporter,
  { onFailure, nameOf }: Required<Pick<Telling, 'onFailure' | 'nameOf'>>,
  job: Job,
): Promise<boolean> {
  const path = nameOf(task)
  switch (outcome.status) {
    case 'done':
      reporter.tell({
        kind: 'done',
        path,
        target: targetPath(task, outcome.target),
        bytes: outcome.plainBytes,
      })
      return false
    case 'skipped': {
      const target = outcome.target === undefined ? {} : { target: targetPath(task, outcome.target) }
      reporter.tell({ kind: 'skipped', path, code: outcome.code, ...target })
      return false
    }
    case 'stopped':
      reporter.stopped()
      return false
    case 'failed': {
      const answer = await onFailure(task, vaultError(outcome.error), job)
      if (answer === 'again') return true
      reporter.tell({ kind: 'failed', path, error: answer })
      return false
    }
    default:
      return assertNever(outcome)
  }
}

export function jobKey({ namespace, name, key, proven, context }: NamedKey): JobKey {
  return { namespace, name, key, proven, context: pairs(context) }
}

export const pairs = (context: Context): readonly (readonly [string, string])[] => [...context]

const targetPath = (task: Task, name: string): string => [task.root, ...task.steps, name].join('/')
