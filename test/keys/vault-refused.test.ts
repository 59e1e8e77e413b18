import { describe, expect, it } from 'vitest'
import { hex, Secret } from '../../src/main/base/index.ts'
import type { MetadataKeyId } from '../../src/main/contract/ids.ts'
import { copyForPassphrase } from '../../src/main/keys/copy-master-key.ts'
import { VAULT_FILE } from '../../src/main/keys/key-file-names.ts'
import { parseKeyRecord, wrapKey, writeKeyRecord } from '../../src/main/keys/key-record.ts'
import { wrapLocal } from '../../src/main/keys/local-edk.ts'
import { writeMetadataFile } from '../../src/main/keys/metadata-file.ts'
import { newRecoveryCode } from '../../src/main/keys/recovery-code.ts'
import { writeVaultFile } from '../../src/main/keys/vault-file.ts'
import { openVaultKeys, type WaysGiven } from '../../src/main/keys/ways-in.ts'
import { cheapKdf, KeyFixture, newId, passphraseOf } from '../support/key-fixture.ts'
import { flips } from '../support/key-values.ts'
import { refusal, refusalOf } from '../support/refusal.ts'

import {
  codeOf,
  epochsOf,
  given,
  lastByteFlipped,
  metadataOf,
  notesOf,
  PASSPHRASE,
  WITH_BOTH,
} from '../support/ways.ts'

describe('a vault is not opened', () => {
  it.each<[string, string, number, object, (vault: KeyFixture) => WaysGiven]>([
    ['by nothing', 'VAULT_LOCKED', 3, WITH_BOTH, () => ({})],
    ['by a wrong passphrase', 'PASSPHRASE_WRONG', 3, WITH_BOTH, () => given('wrong')],
    [
      'by the recovery code of another vault',
      'RECOVERY_CODE_WRONG',
      3,
      WITH_BOTH,
      () => ({ recoveryCode: newRecoveryCode() }),
    ],
    ['by a passphrase where none was set', 'WAY_IN_MISSING', 3, { recovery: true }, () => given()],
    ['by a recovery code where none was set', 'WAY_IN_MISSING', 3, { passphrases: [PASSPHRASE] }, codeOf],
  ])('%s: %s, exit %d', async (_, code, exit, ways, give) => {
    const vault = await KeyFixture.create(ways)
    for (const pins of ['all', 'none'] as const) {
      expect(await refusalOf(openVaultKeys(vault.read(pins), give(vault)))).toMatchObject({ code, exit })
    }
  })

  it('by a wrong passphrase, which each copy is tried for once, however many files there are', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    for (let i = 0; i < 5; i++) vault.rewrap()
    const error = await refusalOf(openVaultKeys(vault.read(), given('wrong')))
    expect(error.facts).toEqual({ copies: 1 })
  })

  it('by a wrong passphrase and a wrong code together, and says which was wrong first', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const wrong = { ...given('wrong'), recoveryCode: newRecoveryCode() }
    expect((await refusalOf(openVaultKeys(vault.read(), wrong))).code).toBe('PASSPHRASE_WRONG')
    using keys = await openVaultKeys(vault.read(), { ...wrong, ...codeOf(vault) })
    expect(keys.openedBy).toBe('recovery')
  })

  it('without vault.json, nor by what is not one', () => {
    expect(refusal(() => new KeyFixture().read())).toMatchObject({ code: 'KEYS_FILE_MISSING', exit: 4 })
  })

  it('of a newer format, pinned or not', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    vault.edit(VAULT_FILE, (object) => Object.assign(object, { format: '2.0' }))
    for (const pins of ['all', 'none'] as const) {
      expect(refusal(() => vault.read(pins))).toMatchObject({ code: 'VAULT_UNSUPPORTED', exit: 11 })
    }
  })

  it('with any one bit of vault.json changed: never an open vault', async () => {
    const vault = await KeyFixture.create({ recovery: true })
    const bytes = vault.file(VAULT_FILE)
    for (const changed of flips(bytes)) {
      vault.files.set(VAULT_FILE, changed)
      for (const pins of ['all', 'none'] as const) {
        const error = await refusalOf((async () => openVaultKeys(vault.read(pins), codeOf(vault)))())
        // Another vault id means another key made of the code: it can't tell the two apart.
        expect(['KEYS_FILE_DAMAGED', 'VAULT_UNSUPPORTED', 'RECOVERY_CODE_WRONG']).toContain(error.code)
      }
    }
  })

  it('whose metadata key file was changed in any one bit, if it is pinned: x4', async () => {
    const vault = await KeyFixture.create({ recovery: true })
    const [name = ''] = vault.names('keys/metadata/')
    const codes = new Set<string>()
    for (const changed of flips(vault.file(name))) {
      vault.files.set(name, changed)
      const error = await refusalOf((async () => openVaultKeys(vault.read(), codeOf(vault)))())
      codes.add(`${error.code} ${error.exit}`)
    }
    expect([...codes].sort()).toEqual([
      'KEYS_FILE_DAMAGED 4',
      'KEYS_FILE_MISSING 4',
      'KEY_COMMITMENT 4',
      'KEY_RECORD_DAMAGED 4',
      'VAULT_UNSUPPORTED 11',
    ])
  })

  it('whose recovery copy was changed in any one bit: x4, or the right keys if only its id was changed', async () => {
    const vault = await KeyFixture.create({ recovery: true })
    const [name = ''] = vault.names('keys/copies/')
    const withoutId = (bytes: Uint8Array) => {
      const { edk, ...rest } = JSON.parse(Buffer.from(bytes).toString())
      const raw = Buffer.from(edk, 'base64').fill(0, 23, 55)
      return JSON.stringify({ ...rest, raw: raw.toString('hex') })
    }
    const own = withoutId(vault.file(name))
    const codes = new Set<string>()
    for (const changed of flips(vault.file(name))) {
      vault.files.set(name, changed)
      try {
        using keys = await openVaultKeys(vault.read(), codeOf(vault))
        expect(metadataOf(keys)).toEqual(epochsOf(vault))
        expect(withoutId(changed)).toBe(own)
      } catch (error) {
        const { code, exit } = refusal(() => {
          throw error
        })
        codes.add(`${code} ${exit}`)
      }
    }
    expect([...codes].sort()).toEqual(['KEYS_FILE_DAMAGED 4', 'KEY_COPY_DAMAGED 4', 'VAULT_UNSUPPORTED 11'])
  })

  it('whose copy was changed, if that is pinned, even where the metadata file is not', async () => {
    const vault = await KeyFixture.create({ recovery: true })
    const [name = ''] = vault.names('keys/copies/')
    vault.edit(name, (object) => Object.assign(object, { edk: lastByteFlipped(object.edk) }))
    const isCopy = (each: string) => each === name
    const error = await refusalOf(openVaultKeys(vault.read(isCopy), codeOf(vault)))
    expect(error).toMatchObject({ code: 'KEY_COPY_DAMAGED', exit: 4 })
    // Thrown as it is: the metadata file was not blamed for it and passed over.
    expect(error.facts).toEqual({ name })
  })

  it('T9: whose record holds two different keys, whichever of them opens', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const { newestVersion: version, newestEpoch: epoch, keyId } = vault
    const place = { vaultId: vault.vaultId, subject: epoch.id }
    const other = vault.addVersion()
    const trap = Secret.random('trap')
    const [ours] = wrapKey(epoch.key, place, vault.recipients(version)).edks
    const theirs = wrapLocal(other.masterKey, other.keyVersionId, place, trap)
    if (ours === undefined) throw new Error('the record has an EDK')
    // Committed to the trap, and both wrapped: one for us, one for another recipient.
    const { commitment } = wrapKey(trap, place, [{ kind: 'local', keyId, ...other }])
    const record = parseKeyRecord('the record', writeKeyRecord({ commitment, edks: [ours, theirs] }))
    using keys = await openVaultKeys(vault.read(), given())
    const error = await refusalOf(keys.unwrap({ record, place, purpose: 'metadata', name: 'the record' }))
    expect(error).toMatchObject({ code: 'KEY_COMMITMENT', exit: 4 })
  })

  it('by a copy of another key than its version commits to', async () => {
    const vault = await KeyFixture.create()
    const at = vault.copyPlace(vault.newestVersion)
    const copy = await copyForPassphrase(Secret.random('planted'), at, passphraseOf(PASSPHRASE), cheapKdf())
    vault.addCopy(copy)
    for (const pins of ['all', 'none'] as const) {
      const error = await refusalOf(openVaultKeys(vault.read(pins), given()))
      expect(error).toMatchObject({ code: 'KEY_COMMITMENT', exit: 4 })
    }
  })

  it('without the file of the key version that is needed, and says which', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const [name = ''] = vault.names('keys/versions/')
    vault.files.delete(name)
    const error = await refusalOf(openVaultKeys(vault.read('none'), given()))
    expect(error).toMatchObject({ code: 'KEYS_FILE_MISSING', exit: 4, facts: { name } })
  })

  it('without any metadata key file', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    for (const name of vault.names('keys/metadata/')) vault.files.delete(name)
    expect((await refusalOf(openVaultKeys(vault.read(), given()))).code).toBe('KEYS_FILE_MISSING')
  })

  it('without a file of an epoch on the way to the first', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const middle = vault.beginEpoch()
    vault.beginEpoch()
    vault.files.delete(middle)
    const error = await refusalOf(
      openVaultKeys(
        vault.read((name) => name !== middle),
        given(),
      ),
    )
    expect(error).toMatchObject({ code: 'KEYS_FILE_MISSING', exit: 4 })
  })

  it('whose earlier epoch has a record that commits to another key', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const genuine = vault.beginEpoch()
    const second = vault.newestEpoch
    vault.beginEpoch()
    const place = { vaultId: vault.vaultId, subject: second.id }
    const record = wrapKey(Secret.random('other'), place, vault.recipients())
    const facts = { epoch: 2, metadataKeyId: second.id, record }
    vault.files.set(genuine, writeMetadataFile(vault.vaultId, facts, second.key, vault.epochs[0]))
    expect((await refusalOf(openVaultKeys(vault.read(), given()))).code).toBe('KEY_COMMITMENT')
    // Where nobody vouches for it, what comes before it opens, and it is said what was passed over.
    using keys = await openVaultKeys(vault.read('none'), given())
    expect(keys.newest.map(({ epoch }) => epoch)).toEqual([1])
    expect(notesOf(keys)).toContainEqual([genuine, 'KEY_COMMITMENT'])
  })

  it('whose vault.json names another first metadata key, though the same key signed it', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const { key } = vault.newestEpoch
    const facts = { vaultId: vault.vaultId, createdMs: 1, metadataKeyId: newId<MetadataKeyId>() }
    vault.files.set(VAULT_FILE, writeVaultFile(facts, key))
    const error = await refusalOf(openVaultKeys(vault.read(), given()))
    expect(error).toMatchObject({ code: 'KEYS_FILE_DAMAGED', facts: { name: VAULT_FILE } })
  })

  it('under two keys of one name, as a member could forge one: x4 beside a pinned file, never mixed', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    vault.beginEpoch()
    const { id } = vault.newestEpoch
    const genuine = vault.beginEpoch()
    const forged = { epoch: 2, id, key: Secret.random('forged') }
    vault.rewrap(forged)
    const after = { epoch: 3, id: newId<MetadataKeyId>(), key: Secret.random('after') }
    vault.rewrap(after, vault.recipients(), forged)
    const pinned = (name: string) => name <= genuine
    expect((await refusalOf(openVaultKeys(vault.read(pinned), given()))).code).toBe('KEY_COMMITMENT')
    using keys = await openVaultKeys(vault.read('none'), given())
    expect(keys.metadata.get(id)?.use(hex)).toBe(forged.key.use(hex))
    expect(keys.newest.map((each) => each.id)).toEqual([after.id])
    expect(notesOf(keys)).toContainEqual([genuine, 'KEY_COMMITMENT'])
  })

  it('at a greater epoch than its chain has: one that skips some is passed over', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    vault.beginEpoch()
    const second = vault.newestEpoch
    const third = { epoch: 9, id: newId<MetadataKeyId>(), key: Secret.random('metadata key') }
    const jumped = vault.rewrap(third, vault.recipients(), second)
    using keys = await openVaultKeys(
      vault.read((name) => name !== jumped),
      given(),
    )
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
    expect(notesOf(keys)).toEqual([[jumped, 'KEYS_FILE_MISSING']])
  })

  it('by an epoch that begins anew, beside the first that vault.json names', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const own = vault.file(VAULT_FILE)
    const stranger = {
      epoch: 1,
      id: newId(),
      key: Secret.random('stranger'),
    } as (typeof vault.epochs)[number]
    const name = vault.rewrap(stranger, vault.recipients(), undefined)
    using keys = await openVaultKeys(vault.read('none'), given())
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
    expect(notesOf(keys)).toEqual([[name, 'KEYS_FILE_DAMAGED']])
    expect(vault.file(VAULT_FILE)).toBe(own)
    expect((await refusalOf(openVaultKeys(vault.read(), given()))).code).toBe('KEYS_FILE_DAMAGED')
  })
})
