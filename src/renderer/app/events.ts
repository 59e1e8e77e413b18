import { notifications } from '@mantine/notifications'
import { flushSync } from 'react-dom'
import type { AppEvent } from '../../main/contract/ipc/events.ts'
import type { JobView } from '../../main/contract/ipc/job-nouns.ts'
import type { VaultState } from '../../main/contract/ipc/vault-nouns.ts'
import { announce } from '../ui/Announcer.tsx'
import { sayJob } from './announce-job.ts'
import { ask, listen } from './bridge.ts'
import { runCommand } from './commands.ts'
import { forgetVault, itemsChanged, queryClient } from './query.ts'
import { resetSession, useSession } from './session.ts'
import { useApp } from './store.ts'

/** Begins to follow main. @returns when what the window starts with is there */
export async function follow(): Promise<void> {
  listen(take)
  const [app, jobs] = await Promise.all([ask('app.state', {}), ask('jobs.list', {})])
  useApp.setState({ app, jobs, handed: app.handed })
  if (app.vault.kind === 'open') await fetchCheckouts()
}

function take(event: AppEvent): void {
  switch (event.kind) {
    case 'vault':
      takeVault(event.vault)
      break
    case 'changed':
      itemsChanged()
      break
    case 'job':
      takeJob(event.job)
      break
    case 'job-gone':
      useApp.setState(({ jobs }) => ({ jobs: jobs.filter(({ job }) => job !== event.job) }))
      break
    case 'recovery-shown':
      useApp.setState({ recovery: { ask: event.ask } })
      break
    case 'recovery-hidden':
      useApp.setState({ recovery: undefined })
      break
    case 'checkouts':
      useApp.setState({ checkouts: event.checkouts })
      break
    case 'settings':
      useApp.setState(({ app }) => (app ? { app: { ...app, settings: event.settings } } : {}))
      break
    case 'handed':
      useApp.setState(({ handed }) => ({ handed: [...handed, ...event.sources] }))
      break
    case 'command':
      runCommand(event.command)
      break
  }
}

/** By then everything that was on its way out is gone. */
const SETTLED_MS = 1000

/**
 * Takes in where the vault stands. At lock nothing of it stays: the screens are unmounted before the caches are
 * emptied, so that no query is asked again; messages and places go with them.
 */
export function takeVault(vault: VaultState): void {
  const before = useApp.getState().app?.vault
  const same =
    before?.kind === 'open' && vault.kind === 'open' && before.facts.vaultId === vault.facts.vaultId
  if (!same) {
    // While they are still there: React remembers the field that has the focus, and what stood in it.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    flushSync(() => {
      useSession.setState({ search: '', dialog: undefined })
      // What shows messages is made anew below, and would draw them once more.
      notifications.clean()
    })
  }
  flushSync(() =>
    useApp.setState(({ app }) => ({
      ...(app && { app: { ...app, vault } }),
      ...(!same && { jobs: [], checkouts: [], palette: false, shortcuts: false }),
    })),
  )
  if (same) return
  // Drawing once more ends what the screens still listened to: only then do the caches go, and stay, empty.
  flushSync(() => {
    resetSession()
    announce('')
  })
  forgetVault()
  // React keeps the last change to a part that is gone until it draws once more.
  setTimeout(() => {
    announce('')
    // And the part that it last heard an event of, be it gone, until it hears another.
    document.getElementById('root')?.dispatchEvent(new Event('transitionend', { bubbles: true }))
  }, SETTLED_MS)
  if (vault.kind === 'open') void fetchCheckouts()
}

async function fetchCheckouts(): Promise<void> {
  // A refusal here means it was locked meanwhile: the event of that empties the list.
  const checkouts = await ask('checkouts.list', {}).catch(() => [])
  useApp.setState({ checkouts })
}

function takeJob(job: JobView): void {
  const before = useApp.getState().jobs.find((each) => each.job === job.job)
  useApp.setState(({ jobs }) => ({ jobs: withJob(jobs, job) }))
  sayJob(before, job)
  const active = job.state === 'running' || job.state === 'paused' || job.state === 'stopping'
  // What it found is to be asked for; its failed files too, which grew since.
  if (!active) void queryClient.invalidateQueries({ queryKey: ['health'] })
  if (job.failed !== before?.failed) void queryClient.invalidateQueries({ queryKey: ['failed', job.job] })
}

function withJob(jobs: readonly JobView[], job: JobView): readonly JobView[] {
  const at = jobs.findIndex((each) => each.job === job.job)
  return at < 0 ? [job, ...jobs] : jobs.with(at, job)
}
