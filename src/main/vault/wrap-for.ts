import { Secret } from '../base/index.ts'
import type { KeyId, MetadataKeyId, VersionId } from '../contract/ids.ts'
import { type KeyRecord, kmsContext, kmsEdk, type Recipient, wrapKey } from '../keys/index.ts'
import { keyFromKms } from './file-keys.ts'
import type { OpenVault } from './open-vault.ts'
import { type Recipients, recipientsOf } from './wrapping-keys.ts'

/** A key record, and the versions of KMS keys that made its EDKs, where KMS said. */
export type Wrapped = { readonly record: KeyRecord; readonly materials: ReadonlyMap<KeyId, string | null> }

/**
 * Wraps a metadata key for everyone who is to open the vault: by a master key here, by KMS with a call for each key.
 *
 * @param key lent
 * @param further recipients that are none yet: a master key that is just being made
 * @throws what KMS refuses: nothing is wrapped then
 */
export async function wrapMetadataKey(
  vault: OpenVault,
  key: Secret,
  subject: MetadataKeyId,
  recipients: Recipients,
  further: readonly Recipient[] = [],
): Promise<KeyRecord> {
  const place = { vaultId: vault.vaultId, subject }
  const byKms = recipients.kms.map(async ({ keyId, arn }): Promise<Recipient> => {
    const { blob } = await vault.kms.encrypt(arn, key, kmsContext(place, 'metadata'))
    return { kind: 'kms', keyId, edk: kmsEdk(arn, blob) }
  })
  const all = [
    ...further,
    ...(await localRecipients(vault, recipients)),
    ...(await Promise.all(byKms)),
    ...recipients.recoveries.map((recovery): Recipient => ({ kind: 'recovery', ...recovery })),
  ]
  return wrapKey(key, place, all)
}

/** A new file key, wrapped for the recipients of now; the Secret is the caller's. @throws what KMS refuses */
export async function newWrappedFileKey(
  vault: OpenVault,
  version: VersionId,
): Promise<Wrapped & { readonly fileKey: Secret }> {
  const recipients = recipientsOf(vault)
  const [first, ...others] = recipients.kms
  const made = first && (await keyFromKms(vault, version, first, others))
  const fileKey = made?.key ?? Secret.random('file key')
  const wrapped = made?.wrapped ?? []
  const all = [
    ...(await localRecipients(vault, recipients)),
    ...wrapped.map(({ keyId, edk }): Recipient => ({ kind: 'kms', keyId, edk })),
    ...recipients.recoveries.map((recovery): Recipient => ({ kind: 'recovery', ...recovery })),
  ]
  const materials = new Map(wrapped.map(({ keyId, keyMaterialId }) => [keyId, keyMaterialId]))
  return { fileKey, materials, record: wrapKey(fileKey, { vaultId: vault.vaultId, subject: version }, all) }
}

/** The master keys that new records are wrapped under. */
export async function localRecipients(
  vault: OpenVault,
  { local }: Pick<Recipients, 'local'>,
): Promise<readonly (Recipient & { readonly kind: 'local' })[]> {
  return await Promise.all(
    local.map(async ({ keyId, keyVersionId }) => {
      const masterKey = await vault.keys.masterKey(keyVersionId)
      return { kind: 'local', keyId, keyVersionId, masterKey } as const
    }),
  )
}
