import { bug, fail, Secret } from '../base/index.ts'
import type { MetadataKeyId } from '../contract/ids.ts'
import { type EpochOp, type Group, type Op, SETTING, type Seen } from '../journal/index.ts'
import {
  type MetadataKey,
  nextMetadataN,
  parseKeyFileName,
  writeKeyFileName,
  writeMetadataFile,
} from '../keys/index.ts'
import { writeCheckpoint } from './checkpoint.ts'
import { hashOfBytes } from './key-files.ts'
import { newId } from './new-id.ts'
import { pinOps } from './new-vault.ts'
import { callsOf } from './note.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { APP, deviceName } from './this-device.ts'
import { wrapMetadataKey } from './wrap-for.ts'
import { recipientsOf, wrappingKeys } from './wrapping-keys.ts'

/**
 * Begins a new epoch (docs/format.md §4.7): a new metadata key, wrapped for those who open the vault now. Whoever has
 * only an older one reads nothing of what is recorded from here on, and what they still write is held.
 *
 * Whole under the write lock, in an order in which a kill at any point leaves the vault as it was: a checkpoint and a
 * segment under a key that nobody has yet, and last the file that holds this key. What a kill leaves of the former two
 * nobody can read, and nobody needs.
 *
 * The vault must be opened anew after it: this session can record nothing more.
 *
 * @param settles goes on from two metadata keys that two devices made at once; what was recorded under either counts
 * @returns the new epoch
 * @throws KEY_CHANGED somebody changed its keys since it was opened · VAULT_LOCKED nobody would open it · what KMS refuses: nothing was written · why nothing may be written
 */
export async function beginEpoch(
  vault: OpenVault,
  { settles = false }: { readonly settles?: boolean } = {},
): Promise<number> {
  await demandAllowed(vault, { kind: 'new-epoch' })
  const act = async () => {
    demandKeysKnown(vault)
    const previous = vault.keys.newest[0] ?? bug('an open vault without a metadata key')
    const epoch = previous.epoch + 1
    using key = Secret.random('metadata key')
    const id = newId<MetadataKeyId>()
    const record = await wrapMetadataKey(vault, key, id, recipientsOf(vault))
    const name = await nextName(vault)
    const file = writeMetadataFile(vault.vaultId, { epoch, metadataKeyId: id, record }, key, previous)
    const seen = await checkpointed(vault, { id, key })
    const pins = pinOps(new Map([[name, file]]))
    const group = [epochOp(id, seen), ...pins, ...recipientOps(vault), ...noteOf(vault)]
    const head = await vault.journal.appendUnder({ id, key }, group, seen)
    await vault.store.create(name, file)
    await vault.anchors.act((anchors) => {
      anchors.pinFile(name, hashOfBytes(file))
      anchors.sawEpoch(epoch)
      anchors.sawHeads(vault.path, [head])
    })
    return epoch
  }
  return await vault.journal.locked(act, { settles })
}

/**
 * Whoever was let in since the vault was opened here must not be left out.
 *
 * @throws KEY_CHANGED a key or recovery code that the journal pins was not there then
 */
function demandKeysKnown({ index, keys }: OpenVault): void {
  for (const [name, { value }] of index.vault.pinnedFiles()) {
    const parsed = value === null ? undefined : parseKeyFileName(name)
    const isKnown =
      (parsed?.kind !== 'version' || keys.versions.has(parsed.keyVersionId)) &&
      (parsed?.kind !== 'recovery' || keys.ways.recoveries.has(parsed.recoveryKeyId))
    if (!isKnown)
      fail('KEY_CHANGED', `A key was added to the vault (${name}) while it was open here.`, { name })
  }
}

/** As `open` would say it: all that was read is covered by a new checkpoint, or named head by head. */
async function checkpointed(vault: OpenVault, key: Pick<MetadataKey, 'id' | 'key'>): Promise<Seen> {
  const { greatestTime, cursors } = vault.journal.known
  const written = await writeCheckpoint(vault, key)
  if (written !== undefined) return { greatestTime, frontier: [], checkpoint: written.ref }
  return { greatestTime, frontier: cursors.map(({ place }) => place.head), checkpoint: null }
}

function epochOp(metadataKey: MetadataKeyId, { frontier, checkpoint }: Seen): EpochOp {
  return { kind: 'epoch', metadataKey, deviceName: deviceName(), app: APP, heads: frontier, checkpoint }
}

/** Said again: whoever has this record knows for whom to wrap, whatever else has not arrived. */
function recipientOps(vault: OpenVault): Group {
  return wrappingKeys(vault).map(({ keyId, recipient: value }): Op => {
    return { kind: 'set', name: SETTING.keyRecipient(keyId), value }
  })
}

/** For the audit: this session can't note its KMS calls afterwards. */
function noteOf(vault: OpenVault): Group {
  return callsOf(vault).map(
    (kmsCalls): Op => ({ kind: 'note', act: 'epoch', outcome: 'ok', ids: [], kmsCalls }),
  )
}

/** The name of the next metadata file: others of this device may have written some since the vault was opened. */
async function nextName(vault: OpenVault): Promise<string> {
  const numbers = (await vault.store.list('keys/metadata/')).flatMap(({ name }) => {
    const parsed = parseKeyFileName(name)
    return parsed?.kind === 'metadata' ? [parsed.n] : []
  })
  const n = nextMetadataN(numbers) ?? fail('JOURNAL_LIMIT', 'There are too many files under keys/metadata.')
  return writeKeyFileName({ kind: 'metadata', n, deviceId: vault.device })
}
