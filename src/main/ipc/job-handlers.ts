import type { CallName } from '../contract/ipc/calls.ts'
import type { Destination } from '../contract/ipc/job-nouns.ts'
import type { Handlers } from './handlers.ts'
import { placeText } from './places.ts'
import { sealJob, unsealJob } from './seal-jobs.ts'
import type { Session } from './session.ts'
import { sourcesAt } from './sources.ts'
import { addJob, exportJob } from './vault-jobs.ts'

const TITLES = {
  export: 'Choose the folder to export to',
  seal: 'Choose the folder for the encrypted files',
  unseal: 'Choose the folder for the decrypted files',
  checkout: 'Choose the folder for the copy',
} as const

/** Work that takes a while: starting it, steering it, what came of it. */
export function jobHandlers(
  session: Session,
): Handlers<Extract<CallName, `jobs.${string}`> | 'pick.sources' | 'pick.destination'> {
  const { desktop, handles, jobs, holder } = session
  return {
    'pick.sources': async ({ what }, from) => sourcesAt(session, from, await desktop.pickSources(from, what)),
    'pick.destination': async ({ for: purpose }, from): Promise<Destination | null> => {
      const path = await desktop.pickFolder(from, TITLES[purpose])
      if (path === undefined) return null
      return { handle: handles.make(from, purpose, path), place: placeText(path) }
    },
    'jobs.add': (input, from) => addJob(session, input, from),
    'jobs.export': (input, from) => exportJob(session, input, from),
    'jobs.seal': (input, from) => sealJob(session, input, from),
    'jobs.unseal': (input, from) => unsealJob(session, input, from),
    'jobs.list': (_, from) => jobs.views.filter(({ kind }) => from.kind === 'main' || isSealing(kind)),
    'jobs.pause': ({ job }) => jobs.pause(job),
    'jobs.resume': ({ job }) => jobs.resume(job),
    'jobs.cancel': ({ job }) => jobs.cancel(job),
    'jobs.retry': ({ job }) => {
      const { plan } = jobs.job(job)
      return plan.ofVault ? holder.use((_, signal) => jobs.retry(job, signal)) : jobs.retry(job)
    },
    'jobs.dismiss': ({ job }) => {
      jobs.dismiss(job)
      return null
    },
    'jobs.failed': ({ job, from, count }) => {
      const found = jobs.job(job)
      return { total: found.view().failed, files: found.failedFiles(from, count) }
    },
    'jobs.show': ({ job }) => {
      const { folder } = jobs.job(job).plan
      if (folder !== undefined) desktop.show(folder)
      return null
    },
  }
}

const isSealing = (kind: string): boolean => kind === 'seal' || kind === 'unseal'
