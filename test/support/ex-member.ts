import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { orShort, type Secret } from '../../src/main/base/index.ts'
import {
  type DeviceId,
  type ItemId,
  idFromBytes,
  type MetadataKeyId,
  parseId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { LocalStore } from '../../src/main/files/index.ts'
import { vaultReadOptions } from '../../src/main/jobs/index.ts'
import { classifyFile } from '../../src/main/journal/file-name.ts'
import type { JournalAccess, MetadataKey } from '../../src/main/journal/index.ts'
import { openSegment, readSegment } from '../../src/main/journal/segment-reader.ts'
import { isCommitted, type Purpose, parseKeyFileName, parseKeyRecord } from '../../src/main/keys/index.ts'
import { openPrevious, parseMetadataFile } from '../../src/main/keys/metadata-file.ts'
import { parseVaultFile } from '../../src/main/keys/vault-file.ts'
import { type Edk, MessageReader, parseEdk, parseHeader } from '../../src/main/message/index.ts'

/** Who only reads. */
const NOBODY = idFromBytes<DeviceId>(new Uint8Array(16)) ?? neverId()

/** Tries to open a wrapped key with what somebody kept; undefined: it is not theirs. */
export type Unwrap = (
  edk: Edk,
  subject: VersionId | MetadataKeyId,
  purpose: Purpose,
) => Promise<Secret | undefined>

/** What somebody makes of it: the text of each version, and the names that the journal tells them. */
export type Opened = { readonly texts: ReadonlyMap<string, string>; readonly names: readonly string[] }

/**
 * Opens all that somebody can who left a vault and kept everything: by the raw pieces, not by the vault's own service.
 * Each message in any of the folders is tried with the key record in its header, and with every EDK that stood in any
 * segment under a metadata key they get at.
 *
 * @param folders copies of the vault as it was at any time, and as it is now
 */
export async function openAll(folders: readonly string[], unwrap: Unwrap): Promise<Opened> {
  const vaultId = parseVaultFile(readFileSync(join(folders[0] ?? '', 'vault.json'))).vaultId
  const keys = await metadataKeys(folders, unwrap)
  const edks = new Map<VersionId, Edk[]>()
  const names = new Set<string>()
  const note = (version: VersionId, found: readonly Edk[]) =>
    edks.set(version, [...(edks.get(version) ?? []), ...found])
  for (const folder of folders) {
    using store = new LocalStore(folder, NOBODY)
    const access: JournalAccess = { source: store, vault: vaultId, keys }
    for (const listed of await store.list('journal/')) {
      const file = classifyFile(listed)
      const segment = file.kind === 'segment' ? await openSegment(access, file) : undefined
      if (segment === undefined || !('header' in segment)) continue
      await readSegment(access, segment, undefined, ({ ops }) => {
        for (const op of ops) {
          if (op.kind === 'put' && op.name !== null) names.add(op.name)
          if (op.kind === 'key' && op.edk !== null) note(op.version, [parsed(op.edk)])
        }
      })
    }
  }
  const texts = new Map<string, string>()
  for (const path of folders.flatMap((folder) => messagesIn(folder))) {
    const bytes = readFileSync(path)
    const header = parseHeader(bytes)
    if (header === 'short') throw new Error(`${path} is cut`)
    const itemId = parseId<ItemId>(header.context.get('strongroom-item') ?? '')
    const versionId = parseId<VersionId>(header.context.get('strongroom-version') ?? '')
    if (versionId === undefined || itemId === undefined) throw new Error(`${path} names no version`)
    const record = parseKeyRecord(path, Buffer.from(header.context.get('strongroom-key') ?? '', 'base64'))
    for (const edk of [...record.edks, ...(edks.get(versionId) ?? [])]) {
      using key = await unwrap(edk, versionId, 'version')
      if (key === undefined || !isCommitted(key, vaultId, record.commitment)) continue
      const reader = new MessageReader(vaultReadOptions(vaultId, { versionId, itemId }, key))
      const pieces = reader.push(bytes)
      reader.end()
      texts.set(versionId, Buffer.concat(pieces.map((piece) => piece.bytes)).toString())
      break
    }
  }
  return { texts, names: [...names].sort() }
}

/** Every metadata key that opens, and those before it. */
async function metadataKeys(
  folders: readonly string[],
  unwrap: Unwrap,
): Promise<ReadonlyMap<MetadataKeyId, MetadataKey>> {
  const files = folders.flatMap((folder) =>
    readdirSync(join(folder, 'keys/metadata')).map((name) => {
      const id = parseKeyFileName(`keys/metadata/${name}`)
      if (id?.kind !== 'metadata') throw new Error(`what is ${name}?`)
      return parseMetadataFile(id.n, id.deviceId, readFileSync(join(folder, 'keys/metadata', name)))
    }),
  )
  const { vaultId } = parseVaultFile(readFileSync(join(folders[0] ?? '', 'vault.json')))
  const keys = new Map<MetadataKeyId, MetadataKey>()
  for (const file of files.sort((a, b) => b.epoch - a.epoch)) {
    let key = keys.get(file.metadataKeyId)?.key
    for (const edk of file.record.edks) key ??= await unwrap(edk, file.metadataKeyId, 'metadata')
    if (key === undefined) continue
    keys.set(file.metadataKeyId, { epoch: file.epoch, key })
    const { previous } = file
    const before = previous && openPrevious(vaultId, file.metadataKeyId, key, previous)
    if (previous && before) keys.set(previous.id, { epoch: file.epoch - 1, key: before })
  }
  return keys
}

const messagesIn = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'items'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sealed'))
    .map((name) => join(folder, 'items', name))

function parsed(bytes: Uint8Array): Edk {
  const edk = orShort(bytes, parseEdk)
  if (edk === 'short') throw new Error('an EDK that is cut')
  return edk
}

function neverId(): never {
  throw new Error('16 bytes that are no id')
}
