import { messageName } from './message-name.ts'
import type { OpenVault } from './open-vault.ts'

/**
 * Removes what killed runs of this device left: messages that never reached the journal, and those that were
 * not finished (ARCHITECTURE, "Order of writes" 1). Under the write lock, the journal read.
 */
export async function cleanLeftJobs(vault: OpenVault): Promise<void> {
  for (const { job, versions } of vault.index.leftJobs()) {
    for (const version of versions) {
      const name = messageName(version)
      const { steps, temp } = vault.store.stage(name)
      await vault.store.remove([...steps, temp].join('/'))
      if (vault.index.versions.itemOf(version) === undefined) await vault.store.remove(name)
    }
    await vault.index.endJob(job)
  }
}
