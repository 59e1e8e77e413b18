import type { JobView } from '../contract/ipc/job-nouns.ts'
import type { OpenVault } from '../vault/index.ts'
import type { JobPlan, RunningJob } from './job.ts'
import type { Session } from './session.ts'

/** What a job on the whole open vault does. */
export type VaultWork = (vault: OpenVault, job: RunningJob) => Promise<void>

/** Starts a job on the open vault, which a lock ends. @throws VAULT_LOCKED */
export async function startVaultJob(
  { holder, jobs }: Session,
  kind: JobPlan['kind'],
  run: VaultWork,
  again = true,
): Promise<JobView> {
  return await holder.use((_, signal) =>
    jobs.start(
      { kind, place: '', ofVault: true, again, run: (job) => holder.use((vault) => run(vault, job)) },
      signal,
    ),
  )
}
