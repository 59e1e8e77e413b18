import { asVaultError, bug, type VaultError } from '../base/index.ts'
import type { VersionId } from '../contract/ids.ts'
import type { Entry } from '../index/index.ts'
import type { OpenVault } from './open-vault.ts'
import { idsNamed } from './policy.ts'
import { demandLockAllowed } from './policy-facts.ts'
import { type Copy, recordCopies, writeCopy } from './rewrite.ts'
import { entryNamed, type ItemName, pathOf } from './vault-path.ts'

export type ReencryptReport = {
  readonly files: number
  readonly bytes: number
  readonly failed: readonly { readonly path: string; readonly error: VaultError }[]
  readonly stopped: boolean
  readonly seconds: number
}

/** Recorded together: what a kill leaves of them is removed, and done again. */
const BATCH_FILES = 64
const BATCH_BYTES = 64 * 1024 * 1024

/**
 * Gives files new keys: the contents of each current version become a new version under a file key of its own. Whoever
 * has an older key opens nothing of it; the older versions stay until they are purged, and open as before.
 *
 * @param names files, and folders with all they hold @throws ITEM_NOT_FOUND · why nothing may be written
 */
export async function reencryptItems(
  vault: OpenVault,
  names: readonly ItemName[],
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal; readonly onProgress?: (files: number) => void } = {},
): Promise<ReencryptReport> {
  await demandLockAllowed(vault, 'reencrypt', idsNamed(vault, names))
  const startedAtMs = performance.now()
  vault.journal.demandWritable()
  const failed: { readonly path: string; readonly error: VaultError }[] = []
  let [files, bytes] = [0, 0]
  let copies: Copy[] = []
  let batchBytes = 0
  const flush = async () => {
    const batch = copies
    copies = []
    batchBytes = 0
    if (batch.length > 0) await recordCopies(vault, batch)
    files += batch.length
    onProgress?.(files)
  }
  for (const entry of filesAt(vault, names)) {
    if (signal?.aborted) break
    try {
      copies.push(await copyOf(vault, entry))
      batchBytes += entry.sizeBytes
      bytes += entry.sizeBytes
    } catch (error) {
      failed.push({ path: pathOf(vault, entry.id), error: asVaultError(error) })
    }
    if (copies.length >= BATCH_FILES || batchBytes >= BATCH_BYTES) await flush()
  }
  await flush()
  return {
    files,
    bytes,
    failed,
    stopped: signal?.aborted === true,
    seconds: (performance.now() - startedAtMs) / 1000,
  }
}

async function copyOf(vault: OpenVault, entry: Entry): Promise<Copy> {
  const current: VersionId | null = entry.version
  const stored = vault.index.versions.of(entry.id).find(({ version }) => version === current)
  if (stored === undefined || current === null) return bug('a file without a version')
  return await writeCopy(vault, entry, stored, [current])
}

/** Each file once, in order; what is added meanwhile has a new key anyway. */
function filesAt(vault: OpenVault, names: readonly ItemName[]): readonly Entry[] {
  const found = new Map<string, Entry>()
  for (const name of names) {
    const entry = entryNamed(vault, name)
    if (entry.kind === 'file') found.set(entry.id, entry)
    else {
      for (const { entry: inner } of vault.index.items.walk(entry.id)) {
        if (inner.kind === 'file') found.set(inner.id, inner)
      }
    }
  }
  return [...found.values()]
}
