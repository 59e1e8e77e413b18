/** What a holder of keys, or of the folder, may have put into a vault: open_vault.py is not deceived. */
import { renameSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ItemId, KeyId, KeyVersionId, VaultId } from '../../src/main/contract/ids.ts'
import type { Op } from '../../src/main/journal/index.ts'
import { parseKeyRecord, wrapKey, writeKeyRecord, writeMetadataFile } from '../../src/main/keys/index.ts'
import { doc, docId, docSecret } from '../docs/doc-vault.ts'
import { newId } from '../support/key-fixture.ts'
import {
  BEFORE,
  FIRST_KEY,
  hashOf,
  made,
  record,
  SECOND_KEY,
  vaultOfTheDocument,
  versionOp,
} from './document-vault.ts'
import { openByCode, openVault } from './open-vault.ts'

describe('what a device recorded that does not fit the message', () => {
  it.each<[string, Op, string]>([
    ['another key', { ...versionOp, commit: hashOf('1') }, 'for another key than the journal tells of'],
    ['another size', { ...versionOp, sizeBytes: 15 }, 'it holds 14 bytes, not 15'],
  ])('%s: the file is refused', async (_title, op, says) => {
    using folder = vaultOfTheDocument()
    // Of two that tell of one version the first counts.
    await record(folder, SECOND_KEY, [op], BEFORE)
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([4, expect.stringContaining(says)])
    expect(made(folder)).toEqual([])
  })

  it('a wrapped key that opens to another key than is committed to: no other is tried', async () => {
    using folder = vaultOfTheDocument()
    using masterKey = docSecret('master-key')
    using other = docSecret('next-metadata-key')
    const [keyId, keyVersionId] = [docId<KeyId>('key-id'), docId<KeyVersionId>('key-version-id')]
    const place = { vaultId: docId<VaultId>('vault-id'), subject: versionOp.version }
    const lie = wrapKey(other, place, [{ kind: 'local', keyId, keyVersionId, masterKey }])
    const edk = writeKeyRecord(lie).subarray(34)
    await record(folder, SECOND_KEY, [
      { kind: 'key', version: versionOp.version, key: keyId, edk, keyMaterialId: null },
    ])
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([
      4,
      expect.stringContaining('Brücke.txt: (4) its wrapped key opens, but to another'),
    ])
    expect(made(folder)).toEqual([])
  })

  it('the message of another item: only the item it was made for gets it', async () => {
    using folder = vaultOfTheDocument()
    const item = newId<ItemId>()
    const put = { kind: 'put', item, itemKind: 'file', parent: docId<ItemId>('folder-id') } as const
    await record(folder, SECOND_KEY, [
      { ...put, name: 'Not mine', mtimeMs: null, mode: 0o644 },
      { ...versionOp, item },
    ])
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([4, expect.stringContaining('Bridges/Not mine: (4) it is of another item')])
    expect(made(folder)).toEqual(['out/Bridges/Brücke.txt'])
  })
})

describe('keys that are not the ones committed to', () => {
  it('a version file with another commitment: no copy of its key is used', () => {
    using folder = vaultOfTheDocument()
    const name = `V/${doc.text('version-local-name')}`
    const changed = folder
      .read(name)
      .toString()
      .replace(/"commit":"..../, '"commit":"AAAA')
    folder.write(name, changed)
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([4, expect.stringContaining('another key than its version file commits to')])
    expect(made(folder)).toEqual([])
  })

  it('a record that opens to another key than it says: it is named, its key not used', () => {
    using folder = vaultOfTheDocument()
    const record = parseKeyRecord('it', doc.hex('record-metadata'))
    const facts = { epoch: 1, metadataKeyId: FIRST_KEY.id }
    const lying = { ...record, commitment: new Uint8Array(32) }
    const file = writeMetadataFile(
      docId<VaultId>('vault-id'),
      { ...facts, record: lying },
      FIRST_KEY.key,
      undefined,
    )
    folder.write(`V/${doc.text('metadata-1-name')}`, file)
    const { code, err } = openVault(folder, '--passphrase-file', 'pass')
    expect(code).toBe(4)
    expect(err).toContain(`${doc.text('metadata-1-name')}: (4) its wrapped key opens, but to another key`)
    expect(err).toContain('no file of it opens: all names are lost')
  })

  it('a message that was replaced by a link: it is not followed', () => {
    using folder = vaultOfTheDocument()
    const name = `V/${doc.text('message-vault-name')}`
    renameSync(folder.at(name), folder.at('elsewhere'))
    symlinkSync(folder.at('elsewhere'), folder.at(name))
    expect(openByCode(folder).code).toBe(10)
    expect(made(folder)).toEqual([])
  })
})
