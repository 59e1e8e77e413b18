/** The vault of docs/format.md as files, and what another device may write into it. */
import { appendFileSync } from 'node:fs'
import type { Secret } from '../../src/main/base/index.ts'
import type { DeviceId, ItemId, MetadataKeyId, VaultId, VersionId } from '../../src/main/contract/ids.ts'
import { type Hash, type Op, parseHash, SegmentWriter } from '../../src/main/journal/index.ts'
import { doc, docId, docSecret, docVault } from '../docs/doc-vault.ts'
import { newId } from '../support/key-fixture.ts'
import { tempFolder } from './open-sealed.ts'
import type { Temp } from './open-vault.ts'

export const FILE = docId<ItemId>('item-id')
export const SEGMENT = `V/${doc.text('segment-name')}`
export const SECOND = `V/${doc.text('segment-2-name')}`
export const CHECKPOINT = `V/${doc.text('checkpoint-name')}`
export const FIRST_KEY = { id: docId<MetadataKeyId>('metadata-key-id'), key: docSecret('metadata-key') }
export const SECOND_KEY = {
  id: docId<MetadataKeyId>('next-metadata-key-id'),
  key: docSecret('next-metadata-key'),
}

export function vaultOfTheDocument(): Temp {
  const files = Object.fromEntries([...docVault].map(([name, bytes]) => [`V/${name}`, bytes]))
  return tempFolder({
    ...files,
    code: doc.text('recovery-code'),
    pass: doc.text('copy-passphrase-text'),
  })
}

const AFTER = Date.parse('2030-01-01')
export const BEFORE = Date.parse('2000-01-01')

/** Writes a segment as another device would, after everything in the document. @returns its name */
export async function record(
  folder: Temp,
  metadataKey: { readonly id: MetadataKeyId; readonly key: Secret },
  ops: readonly Op[],
  nowMs = AFTER,
): Promise<string> {
  let at = ''
  const sink = {
    append: async (name: string, offset: number, bytes: Uint8Array) => {
      at = `V/${name}`
      if (offset === 0) folder.write(at, bytes)
      else appendFileSync(folder.at(at), bytes)
    },
  }
  const facts = {
    vault: docId<VaultId>('vault-id'),
    device: newId<DeviceId>(),
    deviceName: 'another',
    app: 'a test',
    metadataKey,
  }
  using writer = SegmentWriter.begin(facts, sink, () => nowMs)
  await writer.append([ops], { greatestTime: 0, frontier: [], checkpoint: null }, false)
  return at
}

export const rename = (name: string): Op => ({
  kind: 'put',
  item: FILE,
  itemKind: null,
  parent: null,
  name,
  mtimeMs: null,
  mode: null,
})

export function hashOf(digit: string): Hash {
  const hash = parseHash(digit.repeat(64))
  if (hash === undefined) throw new Error('no hash')
  return hash
}

/** What the document's journal says of the one version, to be said in another way. */
export const versionOp = {
  kind: 'version',
  item: FILE,
  version: docId<VersionId>('version-id'),
  bases: [],
  sizeBytes: doc.hex('plaintext-vault').length,
  lengthBytes: doc.hex('message-vault').length,
  sha256: hashOf('0'),
  commit: parseHash(doc.hex('record-file').subarray(0, 32).toString('hex')) ?? hashOf('0'),
  mtimeMs: 0,
} as const satisfies Op

export const made = (folder: Temp): readonly string[] =>
  folder.files().filter((name) => name.startsWith('out/'))
