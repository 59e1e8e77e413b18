/** The keys of docs/format.md §2.5 to §3, as the document has them and as the code reads and writes them. */
import { describe, expect, it } from 'vitest'
import { concat, hex, kdf, parseCbor, Secret, writeBase64, writeCbor } from '../../src/main/base/index.ts'
import {
  type ItemId,
  idBytes,
  type KeyId,
  type KeyVersionId,
  type MetadataKeyId,
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import {
  entryKeyId,
  fingerprint,
  openEntry,
  openVaultKeys,
  parseKeyRecord,
  parseRecoveryCode,
  passphraseSecret,
  RecoveryKey,
  readKeySet,
  unwrapFileKey,
  type WaysGiven,
  writeKeyCopy,
  writeKeyRecord,
  writeMetadataFile,
  writeRecoveryCode,
  writeRecoveryFile,
  writeVaultFile,
  writeVersionFile,
} from '../../src/main/keys/index.ts'
import { openMessage, unwrapByRawAes } from '../../src/main/message/index.ts'
import { PYTHON, run } from '../recovery/open-sealed.ts'
import { diagnostic } from './diagnostic.ts'
import { doc, docId, docJson, docKeyFiles, docSecret } from './doc-vault.ts'

const vaultId = docId<VaultId>('vault-id')
const keyVersionId = docId<KeyVersionId>('key-version-id')
const set = readKeySet([...docKeyFiles].map(([name, bytes]) => ({ name, bytes, pinned: true })))
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const typed = (code: string): Secret => Secret.take(new TextEncoder().encode(code), 'typed')

/** What a way opens: the metadata keys by epoch, and the master key. */
async function opened(given: WaysGiven) {
  using keys = await openVaultKeys(set, given)
  const metadata = keys.metadata.all().map(({ epoch, id, key }) => [epoch, id, key.use(hex)])
  return { metadata, masterKey: (await keys.masterKey(keyVersionId)).use(hex) }
}

const FIRST = [1, hex(doc.hex('metadata-key-id')), hex(doc.hex('metadata-key'))]
const SECOND = [2, hex(doc.hex('next-metadata-key-id')), hex(doc.hex('next-metadata-key'))]

describe('the vault of docs/format.md', () => {
  it('is what the independent writer in Python makes, block by block', () => {
    const { code, out } = run(PYTHON, ['test/docs/examples.py'], `${import.meta.dirname}/../..`)
    expect(code).toBe(0)
    const made = [...out.matchAll(/^```([a-z]+) name=([a-z0-9-]+)\n([\s\S]*?)\n```$/gm)]
    expect(made.length).toBeGreaterThan(90)
    for (const [, language = '', name = '', body] of made) expect(doc.raw(name, language), name).toBe(body)
  })

  it('has key files that all are read, none of them with a fault', () => {
    expect(set.versions.size).toBe(3)
    expect(set.copies.map(({ kind }) => kind).sort()).toEqual(['local', 'passphrase', 'recovery'])
    expect(set.metadata.map(({ epoch, n }) => [epoch, n])).toEqual([
      [2, 2],
      [1, 1],
    ])
    expect(set.findings.notes).toEqual([])
  })

  it.each([...docKeyFiles.keys()].filter((name) => name.startsWith('keys/versions')))(
    'has the bytes that the code writes: %s',
    (name) => {
      const file = [...set.versions.values()].find((each) => name.includes(each.keyVersionId))
      expect(file && text(writeVersionFile(file))).toBe(text(docKeyFiles.get(name) ?? new Uint8Array()))
    },
  )

  it('has the bytes that the code writes: vault.json, copies, recovery, metadata of epoch 1', () => {
    using metadataKey = docSecret('metadata-key')
    const { createdMs, metadataKeyId } = set.vaultFile
    expect(text(writeVaultFile({ vaultId, createdMs, metadataKeyId }, metadataKey))).toBe(
      doc.text('vault-json', 'json'),
    )
    const keyId = docId<KeyId>('key-id')
    expect(set.versions.get(keyVersionId)).toMatchObject({ keyId, createdMs, provider: 'local' })
    for (const copy of set.copies)
      expect(text(writeKeyCopy(copy))).toBe(doc.text(`copy-${copy.kind}`, 'json'))
    for (const file of set.recoveries.values()) {
      expect(text(writeRecoveryFile(file))).toBe(doc.text('recovery-file', 'json'))
      expect(file.id).toBe(hex(doc.hex('recovery-key-id')))
    }
    const record = parseKeyRecord('it', doc.hex('record-metadata'))
    const metadata = writeMetadataFile(vaultId, { epoch: 1, metadataKeyId, record }, metadataKey, undefined)
    expect(text(metadata)).toBe(doc.text('metadata-1', 'json'))
  })

  it('has the fingerprint that the code shows', () => {
    expect(fingerprint(docJson('vault-json'))).toBe(doc.text('fingerprint'))
  })

  it('opens by its passphrase: the first epoch, and the master key', async () => {
    using passphrase = passphraseSecret(new TextEncoder().encode(doc.text('copy-passphrase-text')))
    expect(await opened({ passphrase })).toEqual({
      metadata: [FIRST],
      masterKey: hex(doc.hex('master-key')),
    })
  })

  it('opens by its recovery code: both epochs, and the master key', async () => {
    using line = typed(doc.text('recovery-code'))
    using recoveryCode = parseRecoveryCode(line)
    expect(await opened({ recoveryCode })).toEqual({
      metadata: [SECOND, FIRST],
      masterKey: hex(doc.hex('master-key')),
    })
  })
})

describe('the keys of docs/format.md', () => {
  it('the recovery code, its scalar’s point, and the code as a person may type it', () => {
    using code = docSecret('recovery-bytes')
    expect(writeRecoveryCode(code)).toBe(doc.text('recovery-code'))
    using key = RecoveryKey.fromCode(code, vaultId)
    expect(hex(key.point)).toBe(hex(doc.hex('recovery-point')))
    const sloppy = doc.text('recovery-code').toLowerCase().replaceAll('-', ' ')
    using line = typed(sloppy.replaceAll('0', 'O').replaceAll('1', 'l'))
    using read = parseRecoveryCode(line)
    expect(read.use(hex)).toBe(hex(doc.hex('recovery-bytes')))
  })

  it.each(['record-file', 'record-metadata', 'record-recovery'])('a key record: %s', (name) => {
    const bytes = doc.hex(name)
    expect(hex(writeKeyRecord(parseKeyRecord(name, bytes)))).toBe(hex(bytes))
  })

  it('the file key in its record, and the master key in the copy under the next one', () => {
    const unwrapped = (record: Uint8Array, subject: VersionId | KeyVersionId, by: string): string => {
      using master = docSecret(by)
      using key = unwrapFileKey(record, { vaultId, subject }, () => master)
      return key.use(hex)
    }
    expect(unwrapped(doc.hex('record-file'), docId<VersionId>('version-id'), 'master-key')).toBe(
      hex(doc.hex('file-key')),
    )
    const version = set.versions.get(keyVersionId)
    if (version?.provider !== 'local') throw new Error('no local version')
    const record = concat(version.commitment, { u16: 1 }, doc.hex('copy-local-edk'))
    expect(unwrapped(record, keyVersionId, 'next-master-key')).toBe(hex(doc.hex('master-key')))
  })

  it.each([
    ['vault-json-mac-key', 'metadata-key', 'strongroom/vault', undefined],
    ['entry-key', 'metadata-key', 'strongroom/entry', 'version-id'],
    ['copy-passphrase-key', 'copy-passphrase-k', 'strongroom/copy', 'key-version-id'],
    ['segment-content-key', 'metadata-key', 'strongroom/segment', 'segment-id'],
    ['segment-length-key', 'metadata-key', 'strongroom/length', 'segment-id'],
    ['segment-2-content-key', 'next-metadata-key', 'strongroom/segment', 'segment-2-id'],
    ['segment-2-length-key', 'next-metadata-key', 'strongroom/length', 'segment-2-id'],
    ['checkpoint-content-key', 'next-metadata-key', 'strongroom/checkpoint', 'checkpoint-id'],
    ['checkpoint-length-key', 'next-metadata-key', 'strongroom/length', 'checkpoint-id'],
  ] as const)('the derived key %s', (name, from, label, info) => {
    using key = docSecret(from)
    using derived = kdf(key, idBytes(vaultId), label, ...(info ? [doc.hex(info)] : []))
    expect(derived.use(hex)).toBe(hex(doc.hex(name)))
  })

  it('the entry, as CBOR and as the code opens it', () => {
    const map = parseCbor(doc.hex('entry-plain'))
    expect(map && diagnostic(map)).toBe(doc.text('entry-map'))
    expect(map && hex(writeCbor(map))).toBe(hex(doc.hex('entry-plain')))
    const entry = writeBase64(doc.hex('entry'))
    expect(entryKeyId(entry)).toBe(docId<MetadataKeyId>('metadata-key-id'))
    using metadataKey = docSecret('metadata-key')
    const place = { vaultId, itemId: docId<ItemId>('item-id'), versionId: docId<VersionId>('version-id') }
    expect(openEntry(entry, place, metadataKey)).toEqual({
      name: 'Brücke.txt',
      parent: hex(doc.hex('folder-id')),
      sizeBytes: 14,
      mtimeMs: 1789990000123,
      mode: 0o640,
    })
  })

  it('the message of the vault opens by the file key, and holds the entry and the record', () => {
    using key = docSecret('file-key')
    const wrapping = { namespace: 'strongroom', name: hex(doc.hex('version-id')), key: key.keyObject() }
    const { plain, header } = openMessage(doc.hex('message-vault'), { unwrap: unwrapByRawAes([wrapping]) })
    expect(hex(plain)).toBe(hex(doc.hex('plaintext-vault')))
    expect(Object.fromEntries(header.context)).toEqual({
      'strongroom-vault': vaultId,
      'strongroom-item': hex(doc.hex('item-id')),
      'strongroom-version': hex(doc.hex('version-id')),
      'strongroom-entry': writeBase64(doc.hex('entry')),
      'strongroom-key': writeBase64(doc.hex('record-file')),
    })
  })
})
