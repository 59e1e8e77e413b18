import { createHash } from 'node:crypto'
import { bug, concat, equalBytes, hex, Secret, writeBase64 } from '../base/index.ts'
import { Source, StagedFile } from '../files/index.ts'
import {
  edkOwner,
  type KeyRecord,
  recoveryKeyAsKey,
  wrapKey,
  writeEntry,
  writeKeyRecord,
} from '../keys/index.ts'
import { MessageWriter, wrapRawAes, writeEdk } from '../message/index.ts'
import { type AddedFile, type AddFile, MASTER_KEYS, METADATA_KEYS, type Task, type Work } from './protocol.ts'
import { demandSpace, notAFile, type Stage, type Staged } from './stage.ts'
import { writeBuffers, writeMessage } from './write-message.ts'

type AddWork = Work & { readonly kind: 'add' }
type FindKey = (namespace: string, name: string) => Secret | undefined

/** The namespace of file keys in a vault's messages (docs/format.md §2); their names are version ids. */
export const FILE_KEYS = 'strongroom'
/** Context keys of a vault's messages. */
export const CONTEXT = {
  vault: 'strongroom-vault',
  item: 'strongroom-item',
  version: 'strongroom-version',
  entry: 'strongroom-entry',
  key: 'strongroom-key',
} as const

/**
 * Adds files to a vault: each becomes the message of a new version, under a file key of its own that is
 * wrapped for every recipient (docs/format.md §2).
 */
export function addStage(work: AddWork, find: FindKey): Stage {
  const buffers = writeBuffers()
  return async (task, folder, control) => {
    const version = versionOf(task)
    const source = Source.open(task.source)
    if (typeof source === 'string') return notAFile(task, source)
    using _ = source
    const { sizeBytes, mtimeMs, mode } = source.facts
    demandSpace(folder, sizeBytes)
    // Where KMS wrapped it, it came along; of a second attempt it is still needed.
    using fileKey = find(FILE_KEYS, version.versionId)?.copy() ?? Secret.random('file key')
    const record = wrapFileKey(work, version, fileKey, find)
    const writer = new MessageWriter({
      context: contextOf(work, version, record, { sizeBytes, mtimeMs, mode }, find),
      wrap: (dataKey, whole) => {
        const key = { namespace: FILE_KEYS, name: version.versionId, key: fileKey.keyObject() }
        return [wrapRawAes(key, dataKey, whole)]
      },
    })
    const file = StagedFile.create(folder, version.temp)
    try {
      const hash = createHash('sha256')
      const lengthBytes = await writeMessage(source, writer, file, buffers, control, (bytes) =>
        hash.update(bytes),
      )
      source.demandUnchanged()
      const added: AddedFile = {
        sizeBytes,
        lengthBytes,
        sha256: hash.digest('hex'),
        commit: hex(record.commitment),
        mtimeMs,
        mode,
        edks: edksOf(work, version, record),
        source: source.identity,
      }
      const { name } = task
      return { task, file, base: name, suffix: '', name, plainBytes: sizeBytes, added } satisfies Staged
    } catch (error) {
      file.close()
      throw error
    }
  }
}

function wrapFileKey(work: AddWork, version: AddFile, fileKey: Secret, find: FindKey): KeyRecord {
  const recipients = [
    ...work.recipients.map(({ keyId, keyVersionId }) => ({
      kind: 'local' as const,
      keyId,
      keyVersionId,
      masterKey: demandKey(find, MASTER_KEYS, keyVersionId),
    })),
    ...(version.wrapped ?? []).map(({ keyId, edk }) => ({ kind: 'kms' as const, keyId, edk })),
    ...work.recoveries.map((recovery) => ({ kind: 'recovery' as const, ...recovery })),
  ]
  return wrapKey(fileKey, { vaultId: work.vaultId, subject: version.versionId }, recipients)
}

function demandKey(find: FindKey, namespace: string, name: string): Secret {
  return find(namespace, name) ?? bug(`adding without ${namespace}`)
}

function contextOf(
  work: AddWork,
  { versionId, itemId, parent, name }: AddFile,
  record: KeyRecord,
  facts: { readonly sizeBytes: number; readonly mtimeMs: number; readonly mode: number },
  find: FindKey,
): ReadonlyMap<string, string> {
  const place = { vaultId: work.vaultId, itemId, versionId }
  const metadataKey = demandKey(find, METADATA_KEYS, work.metadataKeyId)
  return new Map([
    [CONTEXT.vault, work.vaultId],
    [CONTEXT.item, itemId],
    [CONTEXT.version, versionId],
    [CONTEXT.entry, writeEntry({ name, parent, ...facts }, place, work.metadataKeyId, metadataKey)],
    [CONTEXT.key, writeBase64(writeKeyRecord(record))],
  ])
}

/** The record's EDKs by the key that each is under. */
function edksOf(work: AddWork, { wrapped = [] }: AddFile, record: KeyRecord): AddedFile['edks'] {
  return record.edks.map((edk) => {
    const bytes = concat(...writeEdk(edk))
    const owner = edkOwner(edk)
    if (owner?.kind === 'local') {
      const key = work.recipients.find(({ keyVersionId }) => keyVersionId === owner.keyVersionId)
      return { keyId: key?.keyId ?? bug('an EDK without its key'), edk: bytes, keyMaterialId: null }
    }
    if (owner?.kind === 'recovery') {
      return { keyId: recoveryKeyAsKey(owner.recoveryKeyId), edk: bytes, keyMaterialId: null }
    }
    const own = wrapped.find((each) => equalBytes(each.edk.ciphertext, edk.ciphertext))
    const { keyId, keyMaterialId } = own ?? bug('an EDK without its key')
    return { keyId, edk: bytes, keyMaterialId }
  })
}

function versionOf(task: Task): AddFile {
  return task.vault?.kind === 'add' ? task.vault : bug('a file to add without its version')
}
