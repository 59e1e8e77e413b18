import { bug, type Secret } from '../base/index.ts'
import type { KeyVersionId, VersionId } from '../contract/ids.ts'
import {
  FILE_KEYS,
  type JobKey,
  type Prepare,
  type Prepared,
  type Task,
  type WrappedByKms,
} from '../jobs/index.ts'
import { edkOwner, kmsContext, kmsEdk, parseKeyRecord } from '../keys/index.ts'
import { type Kms, regionOf } from '../kms/index.ts'
import type { OpenVault } from './open-vault.ts'
import { prepareEach } from './prepare-each.ts'
import { type KmsRecipient, vaultJobKey } from './wrapping-keys.ts'

/**
 * File keys that only this thread can get, since KMS is asked for them (docs/format.md §2): one call a file, many under
 * way at once. What KMS refuses fails that file alone.
 */

/** Gets each new file's key from the first KMS key, and has the others wrap it. Undefined: no KMS key is a recipient. */
export function newFileKeys(
  vault: OpenVault,
  recipients: readonly KmsRecipient[],
  signal?: AbortSignal,
): Prepare | undefined {
  const [first, ...others] = recipients
  if (first === undefined) return undefined
  const kms = signal ? vault.kms.during(signal) : vault.kms
  const of = { kms, vaultId: vault.vaultId }
  return prepareEach((task) => newFileKey(of, task, first, others))
}

/** Opens the key of each file that no master key opens which the workers were given: those that are open now. */
export function storedFileKeys(vault: OpenVault): Prepare {
  const given = new Set(vault.keys.heldMasterKeys().map(({ id }) => id))
  return prepareEach((task) => storedFileKey(vault, task, given))
}

type KmsOf = Pick<OpenVault, 'vaultId'> & { readonly kms: Kms }

async function newFileKey(
  vault: KmsOf,
  task: Task,
  first: KmsRecipient,
  others: readonly KmsRecipient[],
): Promise<Prepared> {
  const add = task.vault?.kind === 'add' ? task.vault : bug('a file to add without its version')
  const { key, wrapped } = await keyFromKms(vault, add.versionId, first, others)
  return { task: { ...task, vault: { ...add, wrapped } }, keys: [fileKey(add.versionId, key)] }
}

/** A file key that KMS made, and the same wrapped by every KMS key; the Secret is the caller's. */
export async function keyFromKms(
  vault: KmsOf,
  version: VersionId,
  first: KmsRecipient,
  others: readonly KmsRecipient[],
): Promise<{ readonly key: Secret; readonly wrapped: readonly WrappedByKms[] }> {
  const context = kmsContext({ vaultId: vault.vaultId, subject: version }, 'version')
  const made = await vault.kms.generateDataKey(first.arn, context)
  try {
    const rest = others.map(async ({ keyId, arn }): Promise<WrappedByKms> => {
      // ReEncrypt says which version of the key it used, Encrypt does not; it does not reach other regions.
      const { blob, keyMaterialId } =
        regionOf(arn) === regionOf(first.arn)
          ? await vault.kms.reEncrypt({ from: first.arn, blob: made.blob, to: arn, context })
          : await vault.kms.encrypt(arn, made.key, context)
      return { keyId, edk: kmsEdk(arn, blob), keyMaterialId }
    })
    const { keyId, arn } = first
    const own = { keyId, edk: kmsEdk(arn, made.blob), keyMaterialId: made.keyMaterialId }
    return { key: made.key, wrapped: [own, ...(await Promise.all(rest))] }
  } catch (error) {
    made.key[Symbol.dispose]()
    throw error
  }
}

async function storedFileKey(
  vault: OpenVault,
  task: Task,
  given: ReadonlySet<KeyVersionId>,
): Promise<Prepared> {
  const get = task.vault?.kind === 'get' ? task.vault : bug('a file to get without its version')
  const name = `the version ${get.versionId}`
  const record = parseKeyRecord(name, get.record)
  const isAtHand = record.edks.some((edk) => {
    const owner = edkOwner(edk)
    return owner?.kind === 'local' && given.has(owner.keyVersionId)
  })
  if (isAtHand) return { task, keys: [] }
  const place = { vaultId: vault.vaultId, subject: get.versionId }
  const key = await vault.keys.unwrap({ record, name, purpose: 'version', place })
  return { task, keys: [fileKey(get.versionId, key)] }
}

function fileKey(version: VersionId, key: Secret): JobKey {
  return vaultJobKey(FILE_KEYS, version, key)
}
