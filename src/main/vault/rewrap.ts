import { asVaultError, bug, type VaultError } from '../base/index.ts'
import type { ItemId, KeyVersionId, VersionId } from '../contract/ids.ts'
import type { StoredVersion } from '../index/index.ts'
import type { Group, Op } from '../journal/index.ts'
import { unwrapFileKey, wrapKey, writeKeyRecord } from '../keys/index.ts'
import type { OpenVault } from './open-vault.ts'
import { fileKeyOf, keyVersionsOf } from './stored-version.ts'
import { pathOf } from './vault-path.ts'
import { demandActive, keyOps, recipientsOf } from './wrapping-keys.ts'

export type RewrapRequest = {
  /** Only what is under this version. */
  readonly from?: KeyVersionId
  /** Only these items and what is in them. */
  readonly items?: ReadonlySet<ItemId>
  readonly signal?: AbortSignal
  readonly onProgress?: (versions: number) => void
}

export type RewrapReport = {
  readonly rewrapped: number
  /** Under the active versions already. */
  readonly skipped: number
  readonly failed: readonly {
    readonly path: string
    readonly version: VersionId
    readonly error: VaultError
  }[]
  readonly stopped: boolean
  readonly seconds: number
}

/** Versions recorded at once: some hundreds of bytes each, and a lock that is held for some milliseconds. */
const BATCH = 1000

/**
 * Moves versions of files to the active versions of the vault's keys: new EDKs for the same file keys. Messages stay as
 * they are, so the cost does not depend on sizes. Each new EDK is opened again before it is recorded. Killed, it goes on
 * with what is left.
 */
export async function rewrapVersions(vault: OpenVault, request: RewrapRequest = {}): Promise<RewrapReport> {
  const startedAtMs = performance.now()
  const recipients = await Promise.all(
    recipientsOf(vault).map(async ({ keyId, keyVersionId }) => {
      return {
        kind: 'local',
        keyId,
        keyVersionId,
        masterKey: await vault.keys.masterKey(keyVersionId),
      } as const
    }),
  )
  const active = recipients.map(({ keyVersionId }) => keyVersionId).sort()
  const failed: { readonly path: string; readonly version: VersionId; readonly error: VaultError }[] = []
  let [rewrapped, skipped] = [0, 0]
  let groups: Group[] = []
  const flush = async () => {
    const batch = groups
    groups = []
    await vault.commit(() => {
      demandActive(vault, batch)
      return { groups: batch, value: undefined }
    })
    rewrapped += batch.length
    request.onProgress?.(rewrapped)
  }
  for (const version of vault.index.versions.all()) {
    if (request.signal?.aborted) break
    if (version.purged || (request.items && !request.items.has(version.item))) continue
    const under = keyVersionsOf(vault, version.version)
    const isWanted = request.from === undefined || under.includes(request.from)
    if (!isWanted || under.toSorted().join() === active.join()) {
      skipped++
      continue
    }
    try {
      groups.push(await rewrapOne(vault, version, recipients))
    } catch (error) {
      failed.push({
        path: shownPath(vault, version.item),
        version: version.version,
        error: asVaultError(error),
      })
    }
    if (groups.length === BATCH) await flush()
  }
  await flush()
  const stopped = request.signal?.aborted === true
  return { rewrapped, skipped, failed, stopped, seconds: (performance.now() - startedAtMs) / 1000 }
}

async function rewrapOne(
  vault: OpenVault,
  stored: StoredVersion,
  recipients: Parameters<typeof wrapKey>[2],
): Promise<readonly Op[]> {
  const { version } = stored
  const place = { vaultId: vault.vaultId, subject: version }
  using fileKey = await fileKeyOf(vault, stored)
  const record = wrapKey(fileKey, place, recipients)
  demandOpens(writeKeyRecord(record), place, recipients)
  const kept = new Set(
    recipients.map((recipient) => (recipient.kind === 'local' ? recipient.keyId : undefined)),
  )
  // Of a key that is no recipient any more, the EDK goes.
  const gone = stored.keys.filter(({ key, edk }) => edk !== null && !kept.has(key))
  return [
    ...keyOps(vault, version, record),
    ...gone.map(({ key }) => ({ kind: 'key' as const, version, key, edk: null, keyMaterialId: null })),
  ]
}

/** Each EDK alone opens to the key that the record commits to: what is recorded takes the place of what opened. */
function demandOpens(
  record: Uint8Array,
  place: Parameters<typeof unwrapFileKey>[1],
  recipients: Parameters<typeof wrapKey>[2],
): void {
  for (const recipient of recipients) {
    if (recipient.kind !== 'local') bug('a recipient of another kind')
    using _ = unwrapFileKey(record, place, (id) =>
      id === recipient.keyVersionId ? recipient.masterKey : undefined,
    )
  }
}

function shownPath(vault: OpenVault, item: ItemId): string {
  return vault.index.items.pathOf(item) === undefined ? item : pathOf(vault, item)
}
