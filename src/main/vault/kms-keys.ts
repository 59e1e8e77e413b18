import { fail } from '../base/index.ts'
import type { KeyId } from '../contract/ids.ts'
import { type Op, SETTING } from '../journal/index.ts'
import { writeKeyFileName, writeVersionFile } from '../keys/index.ts'
import { metadataFile, metadataRecord } from './metadata-record.ts'
import { newId } from './new-id.ts'
import { addKeyFiles } from './new-key-files.ts'
import { kmsKeyOps, kmsVersion } from './new-vault.ts'
import { noteKmsCalls } from './note.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed, everyPlace } from './policy.ts'
import { recipientsOf, type WrappingKey, wrappingKeys } from './wrapping-keys.ts'

/**
 * Lets a KMS key open the vault: the metadata key and new files are wrapped for it from now on, older files by `rewrap`.
 *
 * @param key as usableKmsKey gave it: a person named it
 * @returns its id here @throws what KMS refuses: nothing is recorded
 */
export async function addKmsKey(
  vault: OpenVault,
  key: { readonly arn: string; readonly label: string },
): Promise<KeyId> {
  await demandAllowed(vault, { kind: 'add-key', key: { ...key, provider: 'kms' } })
  const known = wrappingKeys(vault).find(({ arn }) => arn === key.arn)
  if (known !== undefined) {
    if (known.recipient) fail('USAGE', `${key.arn} is a key of this vault already: ${known.label}.`)
    await vault.record([{ kind: 'set', name: SETTING.keyRecipient(known.keyId), value: true }])
    return known.keyId
  }
  const added = { ...key, keyId: newId<KeyId>() }
  const version = kmsVersion(added, Date.now())
  vault.trust(key.arn)
  await addKeyFiles(vault, async () => {
    const recipients = recipientsOf(vault)
    const record = await metadataRecord(vault, { ...recipients, kms: [...recipients.kms, added] })
    const files = new Map([
      [
        writeKeyFileName({ kind: 'version', keyVersionId: version.keyVersionId }),
        writeVersionFile(version),
      ] as const,
      metadataFile(vault, record),
    ])
    return { files, ops: kmsKeyOps(added) }
  })
  await vault.anchors.act((act) => act.pinArn(key.arn))
  await noteKmsCalls(vault, 'key add')
  return added.keyId
}

/**
 * New files are not wrapped for a key any more; `rewrap` takes it from those there are. What is wrapped for it stays so
 * until then, and in every copy of the vault for ever.
 *
 * @throws LAST_WAY_IN no key would be left to lock new files with
 */
export async function removeRecipient(vault: OpenVault, key: WrappingKey): Promise<void> {
  const others = wrappingKeys(vault).filter(
    ({ keyId, recipient, versions }) =>
      recipient && keyId !== key.keyId && versions.some(({ state }) => state === 'active'),
  )
  const left = others.map(({ keyId }) => keyId)
  await demandAllowed(vault, { kind: 'remove-recipient', left }, everyPlace(vault))
  if (others.length === 0) {
    fail('LAST_WAY_IN', `${key.label} is the last key that new files are locked with.`, { keyId: key.keyId })
  }
  const op: Op = { kind: 'set', name: SETTING.keyRecipient(key.keyId), value: false }
  await vault.record([op])
}
