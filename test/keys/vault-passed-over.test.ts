import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../../src/main/base/index.ts'
import { copyForPassphrase, copyUnderNext } from '../../src/main/keys/copy-master-key.ts'
import { VAULT_FILE } from '../../src/main/keys/key-file-names.ts'
import { openVaultKeys } from '../../src/main/keys/ways-in.ts'
import { cheapKdf, KeyFixture, newId, passphraseOf } from '../support/key-fixture.ts'
import { refusal, refusalOf } from '../support/refusal.ts'

import { given, notesOf, PASSPHRASE, WITH_BOTH } from '../support/ways.ts'

describe('a file that nobody vouches for', () => {
  it('and that is damaged is passed over and noted, whatever its kind; a pinned one stops everything', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const epoch = vault.rewrap()
    const strangers: readonly (readonly [string, string])[] = [
      [`keys/versions/${'aa'.repeat(16)}.json`, 'KEYS_FILE_DAMAGED'],
      [`keys/recovery/${'aa'.repeat(16)}.json`, 'KEYS_FILE_DAMAGED'],
      [`keys/copies/${'aa'.repeat(16)}/${'bb'.repeat(16)}.json`, 'KEYS_FILE_DAMAGED'],
      [`keys/metadata/00000099-${'bb'.repeat(16)}.json`, 'KEYS_FILE_DAMAGED'],
    ]
    for (const [name] of strangers) vault.files.set(name, utf8Bytes('{"format":"1.0"}'))
    const own = (name: string) => !strangers.some(([stranger]) => stranger === name)
    using keys = await openVaultKeys(vault.read(own), given())
    expect(keys.openedFile).toBe(epoch)
    expect(notesOf(keys).sort()).toEqual(strangers.map((each) => [...each]).sort())
    for (const [name] of strangers) {
      expect(refusal(() => vault.read((each) => own(each) || each === name)).code).toBe('KEYS_FILE_DAMAGED')
    }
  })

  it('and that a newer Strongroom wrote is passed over and noted', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const name = `keys/metadata/00000099-${'bb'.repeat(16)}.json`
    vault.files.set(name, utf8Bytes('{"format":"2.0","new":true}'))
    using keys = await openVaultKeys(
      vault.read((each) => each !== name),
      given(),
    )
    expect(notesOf(keys)).toEqual([[name, 'VAULT_UNSUPPORTED']])
  })

  it('wrapping the metadata key anew but with another mac is passed over for the one before it', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const [good] = vault.names('keys/metadata/')
    const late = vault.rewrap()
    vault.edit(late, (object) => Object.assign(object, { mac: `${'A'.repeat(43)}=` }))
    using keys = await openVaultKeys(
      vault.read((name) => name !== late),
      given(),
    )
    expect(keys.openedFile).toBe(good)
    expect(notesOf(keys)).toEqual([[late, 'KEYS_FILE_DAMAGED']])
  })

  it('saying nothing of an epoch, is not believed about it: its mac needs the key before', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    vault.beginEpoch()
    const early = vault.rewrap()
    vault.edit(early, (object) => Object.assign(object, { epoch: 7 }))
    using keys = await openVaultKeys(
      vault.read((name) => name !== early),
      given(),
    )
    expect(keys.newest.map(({ epoch }) => epoch)).toEqual([2])
    expect(notesOf(keys)).toEqual([[early, 'KEYS_FILE_DAMAGED']])
  })

  it('and copies a key in a circle ends nothing: the vault says it is locked', async () => {
    const vault = await KeyFixture.create()
    const first = vault.newestVersion
    const second = vault.addVersion()
    vault.addCopy(copyUnderNext(first.masterKey, vault.copyPlace(first), second))
    vault.addCopy(copyUnderNext(second.masterKey, vault.copyPlace(second), first))
    expect((await refusalOf(openVaultKeys(vault.read('none'), given()))).code).toBe('WAY_IN_MISSING')
  })

  it('and there are a hundred of them: at most 16 passphrase copies are tried', async () => {
    const vault = await KeyFixture.create()
    const { newestVersion } = vault
    const one = await copyForPassphrase(
      newestVersion.masterKey,
      vault.copyPlace(newestVersion),
      passphraseOf('x'),
      cheapKdf(),
    )
    for (let i = 0; i < 100; i++) vault.addCopy({ ...one, copyId: newId() })
    const error = await refusalOf(openVaultKeys(vault.read('none'), given()))
    expect(error).toMatchObject({ code: 'PASSPHRASE_WRONG', facts: { copies: 16 } })
  })

  it('among the copies does not hide the right one: pinned ones are tried first', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const right = new Set(vault.names('keys/'))
    const { newestVersion } = vault
    const junk = await copyForPassphrase(
      newestVersion.masterKey,
      vault.copyPlace(newestVersion),
      passphraseOf('x'),
      cheapKdf(),
    )
    const own = [...vault.files]
    vault.files.clear()
    for (let i = 0; i < 20; i++) vault.addCopy({ ...junk, copyId: newId() })
    for (const [name, bytes] of own) vault.files.set(name, bytes)
    using keys = await openVaultKeys(
      vault.read((name) => right.has(name) || name === VAULT_FILE),
      given(),
    )
    expect(keys.openedBy).toBe('passphrase')
  })

  it('broken beside a vault that nothing was given for: the vault is locked, not damaged', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const name = `keys/copies/${'aa'.repeat(16)}/${'bb'.repeat(16)}.json`
    vault.files.set(name, utf8Bytes('junk'))
    const error = await refusalOf(openVaultKeys(vault.read('none'), {}))
    expect(error).toMatchObject({ code: 'VAULT_LOCKED', facts: { passedOver: [name] } })
  })

  it('broken, where the passphrase’s only copy was: the vault is damaged', async () => {
    const vault = await KeyFixture.create({ passphrases: [PASSPHRASE] })
    const [name = ''] = vault.names('keys/copies/')
    vault.files.set(name, vault.file(name).slice(1))
    const error = await refusalOf(openVaultKeys(vault.read('none'), given()))
    expect(error).toMatchObject({ code: 'KEYS_FILE_DAMAGED', facts: { name, passedOver: [name] } })
  })
})
