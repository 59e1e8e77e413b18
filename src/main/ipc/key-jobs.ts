import { type ItemId, ROOT_ID } from '../contract/ids.ts'
import type { CallInput } from '../contract/ipc/calls.ts'
import type { JobView } from '../contract/ipc/job-nouns.ts'
import { type OpenVault, reencryptItems, rewrapVersions } from '../vault/index.ts'
import { countToRewrap } from './key-use.ts'
import { entryOf, pathName } from './rows.ts'
import type { Session } from './session.ts'
import { startVaultJob, type VaultWork } from './start-vault-job.ts'

/** Moves versions of files to the active versions of the vault's keys. */
export async function rewrapJob(session: Session, { from }: CallInput<'keys.rewrap'>): Promise<JobView> {
  return await startVaultJob(session, 'rewrap', async (vault, { options, counted, expects, failed }) => {
    expects({ files: await countToRewrap(vault, from), bytes: 0 })
    const report = await rewrapVersions(vault, {
      signal: options.signal,
      onProgress: (files) => counted({ files, bytes: 0 }),
      ...(from !== null && { from }),
    })
    counted({ files: report.rewrapped, bytes: 0 })
    for (const { path, error } of report.failed) failed(path, error)
  })
}

/** Gives files keys of their own anew: each current version becomes a new one. */
export async function reencryptJob(
  session: Session,
  { items }: CallInput<'keys.reencrypt'>,
): Promise<JobView> {
  const work: VaultWork = async (vault, { options, counted, expects, failed }) => {
    const names = items?.map((item) => pathName(vault, item)) ?? ['/']
    expects({ files: countFiles(vault, items), bytes: 0 })
    const report = await reencryptItems(vault, names, {
      signal: options.signal,
      onProgress: (done) => counted({ files: done, bytes: 0 }),
    })
    counted({ files: report.files, bytes: 0 })
    for (const { path, error } of report.failed) failed(path, error)
  }
  // Run again it would not skip what is done: all files would be written once more.
  return await startVaultJob(session, 'reencrypt', work, false)
}

/** Files among some items and in their folders; an item that is named twice counts twice. */
function countFiles(vault: OpenVault, items: readonly ItemId[] | null): number {
  let files = 0
  for (const item of items ?? [ROOT_ID]) {
    if (item !== ROOT_ID && entryOf(vault, item).kind === 'file') files++
    else for (const { entry } of vault.index.items.walk(item)) if (entry.kind === 'file') files++
  }
  return files
}
