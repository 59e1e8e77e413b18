import { describe, expect, it } from 'vitest'
import { hex, Secret, utf8Bytes } from '../../src/main/base/index.ts'
import type { KeyId, VersionId } from '../../src/main/contract/ids.ts'
import { wrapKey } from '../../src/main/keys/key-record.ts'
import { newRecoveryCode } from '../../src/main/keys/recovery-code.ts'
import { openVaultKeys, waysOffered } from '../../src/main/keys/ways-in.ts'
import { KeyFixture, newId } from '../support/key-fixture.ts'
import { refusalOf } from '../support/refusal.ts'

import { codeOf, epochsOf, fileKeyIn, given, metadataOf, PASSPHRASE, WITH_BOTH } from '../support/ways.ts'

describe('a vault’s keys', () => {
  it('open by the passphrase, which says so', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    using keys = await openVaultKeys(vault.read(), given())
    expect(keys.openedBy).toBe('passphrase')
    expect(keys.openedFile).toBe(vault.names('keys/metadata/').at(-1))
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
    expect(keys.notes).toEqual([])
    expect((await keys.masterKey(vault.newestVersion.keyVersionId)).use(hex)).toBe(
      vault.newestVersion.masterKey.use(hex),
    )
  })

  it('open by the recovery code, which says so', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    using keys = await openVaultKeys(vault.read(), codeOf(vault))
    expect(keys.openedBy).toBe('recovery')
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
  })

  it('open by either of two passphrases', async () => {
    const vault = await KeyFixture.create({ passphrases: ['one', 'two'] })
    for (const text of ['one', 'two']) {
      using keys = await openVaultKeys(vault.read(), given(text))
      expect(metadataOf(keys)).toEqual(epochsOf(vault))
    }
  })

  it('open on a device that has seen nothing of the vault yet', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    using keys = await openVaultKeys(vault.read('none'), given())
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
  })

  it('open what was wrapped before and after rotations, the newest master key opening all', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const files = [fileKeyIn(vault)]
    for (let i = 0; i < 3; i++) {
      await vault.rotate([PASSPHRASE])
      files.push(fileKeyIn(vault))
    }
    for (const ways of [given(), codeOf(vault)]) {
      using keys = await openVaultKeys(vault.read(), ways)
      for (const { at, key } of files.reverse()) {
        using opened = await keys.unwrap(at)
        expect(opened.use(hex)).toBe(key)
      }
    }
  })

  it('open by a passphrase that was dropped at a rotation, but not what is newer', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const before = fileKeyIn(vault)
    await vault.rotate([])
    const after = fileKeyIn(vault)
    using keys = await openVaultKeys(vault.read(), given())
    expect((await keys.unwrap(before.at)).use(hex)).toBe(before.key)
    expect(await refusalOf(keys.unwrap(after.at))).toMatchObject({ code: 'VAULT_LOCKED', exit: 3 })
    const { keyVersionId } = vault.newestVersion
    expect((await refusalOf(keys.masterKey(keyVersionId))).code).toBe('VAULT_LOCKED')
  })

  it('open through every epoch down to the first', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    for (let i = 0; i < 4; i++) vault.beginEpoch()
    vault.rewrap()
    using keys = await openVaultKeys(vault.read(), given())
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
    expect(keys.newest.map(({ epoch }) => epoch)).toEqual([5])
  })

  it('open an older epoch where the newest was not wrapped for us, and say which was left', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const foreign = vault.addVersion()
    const name = vault.beginEpoch()
    expect(vault.recipients()[0]).toMatchObject({ keyVersionId: foreign.keyVersionId })
    using keys = await openVaultKeys(vault.read(), given())
    expect(keys.newest.map(({ epoch }) => epoch)).toEqual([1])
    expect(keys.unopened).toEqual([name])
    expect(keys.notes).toEqual([])
  })

  it('of two epochs begun at once are both open, and neither is the newest alone', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const first = vault.newestEpoch
    vault.beginEpoch(first)
    vault.beginEpoch(first)
    using keys = await openVaultKeys(vault.read(), given())
    expect(keys.newest.map(({ epoch }) => epoch)).toEqual([2, 2])
    expect(keys.metadata.all().length).toBe(3)
    for (const { id, key } of vault.epochs) expect(keys.metadata.get(id)?.use(hex)).toBe(key.use(hex))
  })

  it('open by a recovery code alone where no local key wraps: record by record', async () => {
    const vault = await KeyFixture.create({ recovery: true })
    const { recovery } = vault
    if (recovery === undefined) throw new Error('the vault has a recovery code')
    const kms = {
      kind: 'kms',
      keyId: newId<KeyId>(),
      edk: {
        providerId: utf8Bytes('aws-kms'),
        providerInfo: utf8Bytes('arn'),
        ciphertext: utf8Bytes('blob'),
      },
    } as const
    const recipients = [kms, { kind: 'recovery', ...recovery } as const]
    for (const name of vault.names('keys/metadata/')) vault.files.delete(name)
    for (const name of vault.names('keys/copies/')) vault.files.delete(name)
    vault.rewrap(vault.newestEpoch, recipients)
    using keys = await openVaultKeys(vault.read(), codeOf(vault))
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
    const place = { vaultId: vault.vaultId, subject: newId<VersionId>() }
    const fileKey = Secret.random('file key')
    const record = wrapKey(fileKey, place, recipients)
    expect((await keys.unwrap({ record, place, purpose: 'version', name: 'a' })).use(hex)).toBe(
      fileKey.use(hex),
    )
    const other = { recoveryCode: newRecoveryCode() }
    expect((await refusalOf(openVaultKeys(vault.read(), other))).code).toBe('RECOVERY_CODE_WRONG')
  })

  it('open by the recovery code though the file of its point is lost', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    for (const name of vault.names('keys/recovery/')) vault.files.delete(name)
    using keys = await openVaultKeys(vault.read(), codeOf(vault))
    expect(keys.openedBy).toBe('recovery')
    const error = await refusalOf(openVaultKeys(vault.read(), { recoveryCode: newRecoveryCode() }))
    expect(error.exit).toBe(3)
  })

  it('end with their owner', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const keys = await openVaultKeys(vault.read(), given())
    const [newest] = keys.newest
    const master = await keys.masterKey(vault.newestVersion.keyVersionId)
    keys[Symbol.dispose]()
    expect(() => newest?.key.length).toThrow(/after its end/)
    expect(() => master.length).toThrow(/after its end/)
  })

  it('tell which ways there are to ask a person for', async () => {
    expect(waysOffered((await KeyFixture.create(WITH_BOTH)).read())).toEqual({
      passphrase: true,
      recovery: true,
    })
    expect(waysOffered((await KeyFixture.create()).read())).toEqual({ passphrase: false, recovery: false })
  })
})
