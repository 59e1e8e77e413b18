import { createHash } from 'node:crypto'
import { asVaultError, bug, type ErrorCode, fail, hex, parseBase64, VaultError } from '../base/index.ts'
import { type ItemId, parseId, type VersionId } from '../contract/ids.ts'
import { CONTEXT, vaultReadOptions } from '../jobs/index.ts'
import { type Group, type Op, parseHash } from '../journal/index.ts'
import { entryKeyId, openEntry, parseKeyRecord } from '../keys/index.ts'
import { MessageReader } from '../message/index.ts'
import { writeCheckpointIfDue } from './checkpoint.ts'
import { putOp } from './folders.ts'
import { cleanLeftJobs } from './left-jobs.ts'
import { messageName, versionOfMessage } from './message-name.ts'
import { removeUnpinnedOwn } from './new-key-files.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { readMessage, readMessageHeader } from './stored-version.ts'
import { pathOf } from './vault-path.ts'
import { keyOps } from './wrapping-keys.ts'

export type RepairReport = {
  /** Messages that the journal did not know and now does, by the path they got. */
  readonly adopted: readonly { readonly version: VersionId; readonly path: string }[]
  /** Messages that were left as they are, and why. */
  readonly left: readonly { readonly name: string; readonly code: ErrorCode; readonly message: string }[]
  /** Messages of purged versions that had come back, and leftovers of killed runs. */
  readonly removed: readonly string[]
  readonly checkpoint: boolean
}

const WAITING = new Set(['arriving', 'missing', 'checkpoint-awaited', 'keyless', 'held'])

/**
 * Mends what can be mended without losing anything: adopts messages that the journal does not know, if they
 * prove to be this vault's; removes what was purged and came back, and what killed runs left.
 *
 * @throws VAULT_BUSY · why nothing may be written
 */
export async function repairVault(vault: OpenVault): Promise<RepairReport> {
  await demandAllowed(vault, { kind: 'repair' })
  const removed = await vault.journal.locked(async () => await sweep(vault))
  const left: { readonly name: string; readonly code: ErrorCode; readonly message: string }[] = []
  const adopted: { readonly version: VersionId; readonly path: string }[] = []
  for (const { name } of await vault.store.list('items/')) {
    const version = versionOfMessage(name)
    if (version === undefined || vault.index.versions.itemOf(version) !== undefined) continue
    try {
      const item = await adopt(vault, version, name)
      adopted.push({ version, path: pathOf(vault, item) })
    } catch (error) {
      const { code, message } = asVaultError(error)
      if (code === 'BUG') throw error
      left.push({ name, code, message })
    }
  }
  const checkpoint = await writeCheckpointIfDue(vault)
  return { adopted, left, removed, checkpoint }
}

/** Reads the whole journal into a new index. */
export async function rebuildIndex(vault: OpenVault): Promise<void> {
  await vault.index.empty()
  await vault.journal.refresh()
}

async function sweep(vault: OpenVault): Promise<readonly string[]> {
  await cleanLeftJobs(vault)
  const removed = [...(await removeUnpinnedOwn(vault))]
  await vault.store.removeOwnTemporaries()
  for (const { version, purged } of vault.index.versions.all()) {
    const name = messageName(version)
    if (!purged || (await vault.store.stat(name)) === undefined) continue
    await vault.store.remove(name)
    removed.push(name)
  }
  return removed
}

/**
 * Adopts a message: only if its ids are those of its path, its entry opens, all of it verifies, nobody purged
 * it, and nothing of the journal that may tell of it is still to come.
 */
async function adopt(vault: OpenVault, version: VersionId, name: string): Promise<ItemId> {
  const waiting = vault.findings.find(({ kind }) => WAITING.has(kind))
  if (waiting !== undefined) {
    fail('JOURNAL_INCOMPLETE', `A part of the journal is still to come, which may tell of ${name}.`, { name })
  }
  const orphan = await readOrphan(vault, version, name)
  const { item, entry } = orphan
  return await vault.commit(() => {
    if (vault.index.versions.itemOf(version) !== undefined) return { groups: [], value: item }
    if (vault.index.items.record(item)?.purges.some((purge) => purge.version === version)) {
      fail('MESSAGE_PURGED', `The version ${version} was purged.`, { version })
    }
    const known = vault.index.items.record(item)?.name != null
    const put = putOp(item, { itemKind: 'file', parent: entry.parent, name: entry.name, mode: entry.mode })
    const group: Group = [...(known ? [] : [put]), ...orphan.ops]
    return { groups: [group], value: item }
  })
}

async function readOrphan(vault: OpenVault, version: VersionId, name: string) {
  const { context } = await readMessageHeader(vault, version)
  const item = parseId<ItemId>(context.get(CONTEXT.item) ?? '') ?? refuse(name)
  if (context.get(CONTEXT.vault) !== vault.vaultId || context.get(CONTEXT.version) !== version) refuse(name)
  const entryText = context.get(CONTEXT.entry) ?? refuse(name)
  const metadataKey = vault.keys.metadata.get(entryKeyId(entryText) ?? refuse(name))
  const place = { vaultId: vault.vaultId, itemId: item, versionId: version }
  const entry = openEntry(entryText, place, metadataKey ?? refuse(name))
  const record = parseKeyRecord(name, parseBase64(context.get(CONTEXT.key) ?? '') ?? refuse(name))
  using fileKey = await vault.keys.unwrap({
    record,
    name,
    purpose: 'version',
    place: { vaultId: vault.vaultId, subject: version },
  })
  const reader = new MessageReader(
    vaultReadOptions(vault.vaultId, { versionId: version, itemId: item }, fileKey),
  )
  const hash = createHash('sha256')
  let [lengthBytes, sizeBytes] = [0, 0]
  for await (const chunk of readMessage(vault, version)) {
    hash.update(chunk)
    lengthBytes += chunk.length
    for (const { bytes } of reader.push(chunk)) sizeBytes += bytes.length
  }
  reader.end()
  const ops: readonly Op[] = [
    {
      kind: 'version',
      item,
      version,
      bases: [],
      sizeBytes,
      lengthBytes,
      sha256: parseHash(hash.digest('hex')) ?? bug('a SHA-256 that is no hash'),
      commit: parseHash(hex(record.commitment)) ?? bug('a commitment that is no hash'),
      mtimeMs: entry.mtimeMs,
    },
    ...keyOps(vault, version, record),
  ]
  return { item, entry, ops }
}

function refuse(name: string): never {
  throw new VaultError('MESSAGE_TAMPERED', `${name} is not a message of this vault, or was changed.`, {
    name,
  })
}
