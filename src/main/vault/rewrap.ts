import { asVaultError, type Secret, type VaultError } from '../base/index.ts'
import { type ItemId, type KeyVersionId, ROOT_ID, type VersionId } from '../contract/ids.ts'
import type { StoredVersion } from '../index/index.ts'
import type { Group, Op } from '../journal/index.ts'
import { rewrapMetadata } from './metadata-record.ts'
import { noteKmsCalls } from './note.ts'
import type { OpenVault } from './open-vault.ts'
import { demandLockAllowed } from './policy-facts.ts'
import { demandEachOpens, wrapAnew } from './rewrap-record.ts'
import { fileKeyOf, keyVersionsOf } from './stored-version.ts'
import { pathOf } from './vault-path.ts'
import { demandActive, keyOps, type Recipients, recipientsOf } from './wrapping-keys.ts'

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
/** Of versions that KMS is asked about: a kill loses the calls of one batch at most. */
const KMS_BATCH = 64

/**
 * Moves versions of files to the active versions of the vault's keys: new EDKs for the same file keys. Messages stay as
 * they are, so the cost does not depend on sizes. Each new EDK is opened again before it is recorded. Killed, it goes on
 * with what is left.
 */
export async function rewrapVersions(vault: OpenVault, request: RewrapRequest = {}): Promise<RewrapReport> {
  await demandLockAllowed(vault, 'rewrap', request.items ?? [ROOT_ID])
  const startedAtMs = performance.now()
  const recipients = recipientsOf(vault)
  const wanted = await wantedOf(vault, recipients)
  const failed: { readonly path: string; readonly version: VersionId; readonly error: VaultError }[] = []
  let [rewrapped, skipped] = [0, 0]
  let batch: StoredVersion[] = []
  const flush = async () => {
    const versions = batch
    batch = []
    const made = await Promise.all(
      versions.map(async (version) => {
        try {
          return [await rewrapOne(vault, version, recipients)]
        } catch (error) {
          const why = asVaultError(error)
          if (why.code === 'BUG') throw error
          failed.push({ path: shownPath(vault, version.item), version: version.version, error: why })
          return []
        }
      }),
    )
    const groups: readonly Group[] = made.flat()
    await vault.commit(() => {
      demandActive(vault, groups)
      return { groups, value: undefined }
    })
    rewrapped += groups.length
    request.onProgress?.(rewrapped)
  }
  const size = recipients.kms.length > 0 ? KMS_BATCH : BATCH
  for (const version of vault.index.versions.all()) {
    if (request.signal?.aborted) break
    if (version.purged || (request.items && !request.items.has(version.item))) continue
    const isWanted =
      request.from === undefined || keyVersionsOf(vault, version.version).includes(request.from)
    if (!isWanted || wanted.isMet(version)) {
      skipped++
      continue
    }
    batch.push(version)
    if (batch.length === size) await flush()
  }
  await flush()
  const stopped = request.signal?.aborted === true
  if (!stopped && request.items === undefined) await rewrapMetadata(vault)
  await noteKmsCalls(vault, 'rewrap')
  return { rewrapped, skipped, failed, stopped, seconds: (performance.now() - startedAtMs) / 1000 }
}

/** What a version is under when nothing is left to do for it. */
async function wantedOf(vault: OpenVault, recipients: Recipients) {
  const ids = [
    ...recipients.local.map(({ keyId }) => keyId),
    ...recipients.kms.map(({ keyId }) => keyId),
    ...recipients.recoveries.map(({ id }) => `${id}`),
  ].sort()
  const active = new Set(recipients.local.map(({ keyVersionId }) => keyVersionId))
  const materials = new Map<string, string>()
  for (const { keyId, arn } of recipients.kms) {
    const material = await vault.kms.currentMaterial(arn)
    if (material !== null) materials.set(keyId, material)
  }
  return {
    isMet(version: StoredVersion): boolean {
      const kept = version.keys.filter(({ edk }) => edk !== null)
      if (
        kept
          .map(({ key }) => key)
          .toSorted()
          .join() !== ids.join()
      )
        return false
      const local = keyVersionsOf(vault, version.version).filter(
        (id) => vault.keys.versions.get(id)?.provider === 'local',
      )
      if (local.some((id) => !active.has(id))) return false
      return kept.every(({ key, keyMaterialId }) => {
        const current = materials.get(key)
        return current === undefined || current === keyMaterialId
      })
    },
  }
}

async function rewrapOne(
  vault: OpenVault,
  stored: StoredVersion,
  recipients: Recipients,
): Promise<readonly Op[]> {
  const { version } = stored
  using fileKey: Secret = await fileKeyOf(vault, stored)
  const record = await wrapAnew(vault, fileKey, stored, recipients)
  const materials = await demandEachOpens(vault, version, record)
  const ops = keyOps(vault, version, record, materials)
  const kept = new Set(ops.map(({ key }) => key))
  // Of a key that is no recipient any more, the EDK goes.
  const gone = stored.keys.filter(({ key, edk }) => edk !== null && !kept.has(key))
  return [
    ...ops,
    ...gone.map(({ key }) => ({ kind: 'key' as const, version, key, edk: null, keyMaterialId: null })),
  ]
}

function shownPath(vault: OpenVault, item: ItemId): string {
  return vault.index.items.pathOf(item) === undefined ? item : pathOf(vault, item)
}
