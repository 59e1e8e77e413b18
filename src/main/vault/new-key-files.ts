import type { Group } from '../journal/index.ts'
import { pinOps } from './new-vault.ts'
import type { OpenVault } from './open-vault.ts'

/**
 * Writes new files under keys/ and pins them, whole under the write lock: first they are named in the anchors, so
 * that what a kill leaves of them is known as ours and removed by the next job.
 *
 * @param make the files by name, in the order in which they are to be written, and what else to record with them
 */
export async function addKeyFiles(
  vault: OpenVault,
  make: () => Promise<{ readonly files: ReadonlyMap<string, Uint8Array>; readonly ops?: Group }>,
  between: (name: string) => Promise<void> = async () => {},
): Promise<void> {
  const names = await vault.commit(async () => {
    await removeUnpinnedOwn(vault)
    const { files, ops = [] } = await make()
    await vault.anchors.act((act) => act.willWriteKeyFiles(files.keys()))
    for (const [name, bytes] of files) {
      await vault.store.create(name, bytes)
      await between(name)
    }
    return { groups: [[...pinOps(files), ...ops]], value: [...files.keys()] }
  })
  await vault.anchors.act((act) => act.forgetOwnKeyFiles(names))
}

/** Unpins files under keys/ and removes them: recorded first, then removed. */
export async function removeKeyFiles(vault: OpenVault, names: readonly string[]): Promise<void> {
  await vault.record(names.map((name) => ({ kind: 'file', name, sha256: null })))
  for (const name of names) await vault.store.remove(name)
}

/** Removes files under keys/ that a killed run of this device wrote and did not pin; under the write lock. */
export async function removeUnpinnedOwn(vault: OpenVault): Promise<readonly string[]> {
  const own = vault.anchors.ownKeyFiles
  if (own.size === 0) return []
  const pinned = vault.index.vault.pinnedFiles()
  const unpinned = [...own].filter((name) => !pinned.has(name))
  for (const name of unpinned) await vault.store.remove(name)
  await vault.anchors.act((act) => act.forgetOwnKeyFiles(own))
  return unpinned
}
