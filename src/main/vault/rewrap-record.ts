import { asVaultError, fail, orShort, type Secret } from '../base/index.ts'
import type { KeyId, VersionId } from '../contract/ids.ts'
import type { StoredVersion } from '../index/index.ts'
import {
  edkOwner,
  isCommitted,
  type KeyRecord,
  kmsContext,
  kmsEdk,
  type Recipient,
  unwrapFileKey,
  wrapKey,
  writeKeyRecord,
} from '../keys/index.ts'
import { type KmsContext, regionOf } from '../kms/index.ts'
import { parseEdk } from '../message/index.ts'
import type { OpenVault } from './open-vault.ts'
import { localRecipients } from './wrap-for.ts'
import { type KmsRecipient, kmsVersionOf, type Recipients } from './wrapping-keys.ts'

/**
 * New EDKs for a version that has some: by KMS's ReEncrypt where it stands under a KMS key already, so that the key does
 * not travel for it; else by wrapping the file key.
 *
 * @param fileKey lent @throws what KMS refuses
 */
export async function wrapAnew(
  vault: OpenVault,
  fileKey: Secret,
  stored: StoredVersion,
  recipients: Recipients,
): Promise<KeyRecord> {
  const { version } = stored
  const place = { vaultId: vault.vaultId, subject: version }
  const context = kmsContext(place, 'version')
  const from = kmsSource(vault, stored)
  const byKms = async ({ keyId, arn }: KmsRecipient): Promise<Recipient> => {
    const { blob } =
      (from && isNear(from.arn, arn) && (await reEncrypted(vault, { ...from, to: arn, context }))) ||
      (await vault.kms.encrypt(arn, fileKey, context))
    return { kind: 'kms', keyId, edk: kmsEdk(arn, blob) }
  }
  const all: readonly Recipient[] = [
    ...(await localRecipients(vault, recipients)),
    ...(await Promise.all(recipients.kms.map(byKms))),
    ...recipients.recoveries.map((recovery) => ({ kind: 'recovery' as const, ...recovery })),
  ]
  return wrapKey(fileKey, place, all)
}

/** ReEncrypt stays in one region. */
const isNear = (from: string, to: string): boolean => regionOf(from) === regionOf(to)

/** Undefined: the old key can't be used, or not for this; the file key is here, and is wrapped then. */
async function reEncrypted(
  vault: OpenVault,
  { arn, blob, to, context }: { arn: string; blob: Uint8Array; to: string; context: KmsContext },
) {
  try {
    return await vault.kms.reEncrypt({ from: arn, blob, to, context })
  } catch (error) {
    const { code, exit } = asVaultError(error)
    if (code === 'BUG' || exit !== 5) throw error
    return undefined
  }
}

/** An EDK of the version that a trusted, usable KMS key made. */
function kmsSource(vault: OpenVault, { keys }: StoredVersion) {
  for (const { edk } of keys) {
    const parsed = edk === null ? 'short' : orShort(edk, parseEdk)
    const owner = parsed === 'short' ? undefined : edkOwner(parsed)
    if (parsed === 'short' || owner?.kind !== 'kms') continue
    const facts = kmsVersionOf(vault, owner.arn)
    if (facts !== undefined) return { arn: owner.arn, blob: parsed.ciphertext }
  }
  return undefined
}

/**
 * Each new EDK alone opens to the key that the record commits to: what is recorded takes the place of what opened. Of a
 * recovery code only its public half is here; its EDK was made from the key just proven.
 *
 * @returns the versions of KMS keys that opened them, as KMS says
 * @throws KEY_COMMITMENT · KEY_RECORD_DAMAGED · what KMS refuses: nothing was recorded
 */
export async function demandEachOpens(
  vault: OpenVault,
  version: VersionId,
  record: KeyRecord,
): Promise<ReadonlyMap<KeyId, string | null>> {
  const materials = new Map<KeyId, string | null>()
  const place = { vaultId: vault.vaultId, subject: version }
  for (const edk of record.edks) {
    const owner = edkOwner(edk)
    if (owner?.kind === 'local') {
      const masterKey = await vault.keys.masterKey(owner.keyVersionId)
      const alone = writeKeyRecord({ commitment: record.commitment, edks: [edk] })
      using _ = unwrapFileKey(alone, place, () => masterKey)
    } else if (owner?.kind === 'kms') {
      const context = kmsContext(place, 'version')
      const { key, keyMaterialId } = await vault.kms.decrypt(owner.arn, edk.ciphertext, context)
      using opened = key
      const file = kmsVersionOf(vault, owner.arn)
      if (file !== undefined) materials.set(file.keyId, keyMaterialId)
      if (!isCommitted(opened, vault.vaultId, record.commitment)) {
        fail('KEY_COMMITMENT', `What ${owner.arn} wrapped for the version ${version} opens to another key.`, {
          version,
          arn: owner.arn,
        })
      }
    }
  }
  return materials
}
