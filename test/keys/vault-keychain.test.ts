import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hex, utf8Bytes } from '../../src/main/base/index.ts'
import { Keychain } from '../../src/main/keys/keychain.ts'
import { KEYRING_SERVICE, keyringAdapter } from '../../src/main/keys/keychain-adapters.ts'
import { openVaultKeys } from '../../src/main/keys/ways-in.ts'
import { KeyFixture } from '../support/key-fixture.ts'
import { loaded } from '../support/keychain-entries.ts'
import { KeyringSession, keyringNote, keyringRuns } from '../support/keyring.ts'
import { refusalOf } from '../support/refusal.ts'

import {
  codeOf,
  epochsOf,
  fileKeyIn,
  given,
  lastByteFlipped,
  metadataOf,
  PASSPHRASE,
  WITH_BOTH,
} from '../support/ways.ts'

describe.skipIf(!keyringRuns)(`by the system’s keychain${keyringNote}`, () => {
  let session: KeyringSession
  let keychain: Keychain
  beforeAll(async () => {
    session = await KeyringSession.start()
    session.useHere()
    keychain = new Keychain([await loaded(keyringAdapter(KEYRING_SERVICE))])
  })
  afterAll(async () => {
    await session[Symbol.asyncDispose]()
  })

  /** Puts the newest master key where `init` does. */
  async function keep(vault: KeyFixture): Promise<{ service: string; username: string }> {
    const { keyVersionId, commitment, masterKey } = vault.newestVersion
    await keychain.write({ vaultId: vault.vaultId, keyVersionId, commitment }, masterKey)
    return { service: KEYRING_SERVICE, username: `${vault.vaultId}/${keyVersionId}` }
  }

  it('a vault opens silently, before any passphrase is tried', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    await keep(vault)
    using keys = await openVaultKeys(vault.read(), { keychain, ...given('wrong'), ...codeOf(vault) })
    expect(keys.openedBy).toBe('keychain')
    expect(metadataOf(keys)).toEqual(epochsOf(vault))
  })

  it('the newest entry opens all before it; the older entries are not even read', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const old = fileKeyIn(vault)
    await vault.rotate([PASSPHRASE])
    await keep(vault)
    using keys = await openVaultKeys(vault.read(), { keychain })
    expect((await keys.unwrap(old.at)).use(hex)).toBe(old.key)
  })

  it('an older entry opens what it wraps where the newest is missing, and no more', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    await keep(vault)
    const old = fileKeyIn(vault)
    await vault.rotate([PASSPHRASE])
    const after = fileKeyIn(vault)
    using keys = await openVaultKeys(vault.read(), { keychain })
    expect((await keys.unwrap(old.at)).use(hex)).toBe(old.key)
    expect((await refusalOf(keys.unwrap(after.at))).code).toBe('VAULT_LOCKED')
  })

  it('asked for one key twice at once gives the same one twice', async () => {
    const vault = await KeyFixture.create()
    await keep(vault)
    await vault.rotate()
    await keep(vault)
    // Without the copy under the next key, the old one is in the keychain alone.
    for (const name of vault.names('keys/copies/')) vault.files.delete(name)
    using keys = await openVaultKeys(vault.read(), { keychain })
    const [old] = vault.versions
    if (old === undefined) throw new Error('the vault has two key versions')
    const [one, two] = await Promise.all([keys.masterKey(old.keyVersionId), keys.masterKey(old.keyVersionId)])
    expect(one).toBe(two)
    expect(one.use(hex)).toBe(old.masterKey.use(hex))
  })

  it('with its entry lost a vault opens by a copy, which puts the key back', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const attributes = await keep(vault)
    session.clear(attributes)
    expect((await refusalOf(openVaultKeys(vault.read(), { keychain }))).code).toBe('VAULT_LOCKED')
    using byCopy = await openVaultKeys(vault.read(), { keychain, ...codeOf(vault) })
    expect(byCopy.openedBy).toBe('recovery')
    expect(await byCopy.putBack(keychain)).toEqual([])
    using again = await openVaultKeys(vault.read(), { keychain })
    expect(again.openedBy).toBe('keychain')
    expect(await again.putBack(keychain)).toEqual([])
  })

  it('with wrong bytes in its entry says so, opens by a copy, and leaves the entry alone', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    const attributes = await keep(vault)
    session.clear(attributes)
    session.store(attributes, utf8Bytes('wrong'))
    const error = await refusalOf(openVaultKeys(vault.read(), { keychain }))
    expect(error).toMatchObject({ code: 'KEYCHAIN_ENTRY_WRONG', exit: 4 })
    using keys = await openVaultKeys(vault.read(), { keychain, ...given() })
    expect(keys.openedBy).toBe('passphrase')
    expect((await keys.putBack(keychain)).map(({ code }) => code)).toEqual(['KEYCHAIN_ENTRY_WRONG'])
    expect(session.lookup(attributes)).toBe('wrong')
  })

  it('locked: x5 alone, another way opens, and nothing is put back', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    await keep(vault)
    session.lock()
    const error = await refusalOf(openVaultKeys(vault.read(), { keychain }))
    expect(error).toMatchObject({ code: 'KEYCHAIN_LOCKED', exit: 5 })
    using keys = await openVaultKeys(vault.read(), { keychain, ...given() })
    expect(keys.openedBy).toBe('passphrase')
    expect((await keys.putBack(keychain)).map(({ code }) => code)).toEqual(['KEYCHAIN_LOCKED'])
    const wrong = await refusalOf(openVaultKeys(vault.read(), { keychain, ...given('wrong') }))
    expect(wrong.code).toBe('PASSPHRASE_WRONG')
    await session.unlock()
    using silent = await openVaultKeys(vault.read(), { keychain })
    expect(silent.openedBy).toBe('keychain')
  })

  it('locked: asked once, however many keys and files there are', async () => {
    const vault = await KeyFixture.create({ passphrases: [PASSPHRASE] })
    await keep(vault)
    await vault.rotate([PASSPHRASE])
    await keep(vault)
    vault.beginEpoch()
    let asked = 0
    const real = await loaded(keyringAdapter(KEYRING_SERVICE))
    const get = (account: string) => {
      asked++
      return real.get(account)
    }
    session.lock()
    const counting = new Keychain([{ ...real, get }])
    expect((await refusalOf(openVaultKeys(vault.read(), { keychain: counting }))).code).toBe(
      'KEYCHAIN_LOCKED',
    )
    expect(asked).toBe(1)
    using keys = await openVaultKeys(vault.read(), given())
    for (const { keyVersionId } of vault.versions) await keys.masterKey(keyVersionId)
    expect((await keys.putBack(keychain)).length).toBe(1)
    await session.unlock()
  })

  it('a vault whose only record was changed is damaged, not locked', async () => {
    const vault = await KeyFixture.create(WITH_BOTH)
    await keep(vault)
    const [name = ''] = vault.names('keys/metadata/')
    vault.edit(name, (object) => Object.assign(object, { record: lastByteFlipped(object.record) }))
    const error = await refusalOf(openVaultKeys(vault.read('none'), { keychain }))
    expect(error).toMatchObject({ code: 'KEY_RECORD_DAMAGED', exit: 4, facts: { name } })
  })

  it('gone: x5 alone, also where a passphrase is given to a vault that has none', async () => {
    const vault = await KeyFixture.create({ recovery: true })
    await keep(vault)
    await session.stopKeyring()
    for (const ways of [{ keychain }, { keychain, ...given() }]) {
      const error = await refusalOf(openVaultKeys(vault.read(), ways))
      expect(error).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE', exit: 5 })
    }
    using keys = await openVaultKeys(vault.read(), { keychain, ...codeOf(vault) })
    expect(keys.openedBy).toBe('recovery')
    await session.startKeyring('unlocked')
  })
})
