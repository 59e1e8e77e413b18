import { bug, fail } from '../base/index.ts'
import { type KeyRecord, nextMetadataN, writeKeyFileName, writeMetadataFile } from '../keys/index.ts'
import { addKeyFiles } from './new-key-files.ts'
import type { OpenVault } from './open-vault.ts'
import { wrapMetadataKey } from './wrap-for.ts'
import { type Recipients, recipientsOf } from './wrapping-keys.ts'

/**
 * The metadata key of now in a new file, wrapped anew: the file's name and bytes (docs/format.md §3).
 *
 * @throws JOURNAL_LIMIT 99,999,999 such files
 */
export function metadataFile(vault: OpenVault, record: KeyRecord): [name: string, bytes: Uint8Array] {
  const newest = vault.keys.newest[0] ?? bug('an open vault without a metadata key')
  const previous = vault.keys.metadata.all().find(({ epoch }) => epoch === newest.epoch - 1)
  const n =
    nextMetadataN(vault.keys.metadataNumbers) ??
    fail('JOURNAL_LIMIT', 'There are too many files under keys/metadata.')
  const facts = { epoch: newest.epoch, metadataKeyId: newest.id, record }
  return [
    writeKeyFileName({ kind: 'metadata', n, deviceId: vault.device }),
    writeMetadataFile(vault.vaultId, facts, newest.key, previous),
  ]
}

/** The metadata key of now, wrapped for whom it is given. */
export async function metadataRecord(vault: OpenVault, recipients: Recipients): Promise<KeyRecord> {
  const newest = vault.keys.newest[0] ?? bug('an open vault without a metadata key')
  return await wrapMetadataKey(vault, newest.key, newest.id, recipients)
}

/** Wraps the metadata key for the recipients of now, where the newest file is not under all of them. */
export async function rewrapMetadata(vault: OpenVault): Promise<void> {
  const recipients = recipientsOf(vault)
  if (vault.keys.metadataIsFor(recipients)) return
  await addKeyFiles(vault, async () => {
    return { files: new Map([metadataFile(vault, await metadataRecord(vault, recipients))]) }
  })
}
