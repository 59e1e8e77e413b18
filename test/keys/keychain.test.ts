import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hex, Secret, writeBase64 } from '../../src/main/base/index.ts'
import type { KeyVersionId } from '../../src/main/contract/ids.ts'
import { Keychain, type KeychainEntry, openKeychain } from '../../src/main/keys/keychain.ts'
import {
  KEYRING_SERVICE,
  type KeychainAdapter,
  keyringAdapter,
} from '../../src/main/keys/keychain-adapters.ts'
import { newId } from '../support/key-fixture.ts'
import { accountOf, loaded, newEntry, outcome } from '../support/keychain-entries.ts'
import { KeyringSession, keyringNote, keyringRuns } from '../support/keyring.ts'
import { refusalOf } from '../support/refusal.ts'

describe.skipIf(!keyringRuns)(`the keychain, a real Secret Service${keyringNote}`, () => {
  let session: KeyringSession
  let keychain: Keychain
  let masterKey: Secret
  let entry: KeychainEntry
  /** As `@napi-rs/keyring` marks its entries. */
  const attributes = () => ({ service: KEYRING_SERVICE, username: accountOf(entry) })

  beforeAll(async () => {
    session = await KeyringSession.start()
    session.useHere()
  })
  afterAll(async () => {
    await session[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    keychain = new Keychain([await loaded(keyringAdapter(KEYRING_SERVICE))])
    masterKey = Secret.random('master key')
    entry = newEntry(masterKey)
  })

  it('gives a master key back, from an entry named by vault and key version, in base64', async () => {
    await keychain.write(entry, masterKey)
    expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
    expect(session.lookup(attributes())).toBe(masterKey.use(writeBase64))
  })

  it('of this system reads what was written before, whichever library loads first', async () => {
    await keychain.write(entry, masterKey)
    expect(await outcome(await openKeychain(), entry)).toBe(masterKey.use(hex))
  })

  it('says that there is no entry, and after one is lost as well', async () => {
    expect(await outcome(keychain, entry)).toBe('absent')
    await keychain.write(entry, masterKey)
    session.clear(attributes())
    expect(await outcome(keychain, entry)).toBe('absent')
  })

  it('takes a lost entry back', async () => {
    await keychain.write(entry, masterKey)
    session.clear(attributes())
    await keychain.write(entry, masterKey)
    expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
  })

  it('written twice holds the key once', async () => {
    await keychain.write(entry, masterKey)
    await keychain.write(entry, masterKey)
    expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
  })

  it.each<[string, () => Uint8Array]>([
    ['another key', () => Buffer.from(Secret.random('other').use(writeBase64))],
    ['the right key with a space', () => Buffer.from(`${masterKey.use(writeBase64)} `)],
    ['the right key cut short', () => Buffer.from(masterKey.use(writeBase64).slice(0, 40))],
    ['no base64', () => Buffer.from(`${'x'.repeat(43)}!`)],
    ['nothing', () => Buffer.from('')],
    ['bytes that are no text', () => Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ])('with an entry that holds %s says so, and leaves it alone', async (_, secret) => {
    const stored = secret()
    session.store(attributes(), stored)
    const before = session.lookup(attributes())
    expect(await outcome(keychain, entry)).toBe('KEYCHAIN_ENTRY_WRONG')
    const error = await refusalOf(keychain.write(entry, masterKey))
    expect(error).toMatchObject({ code: 'KEYCHAIN_ENTRY_WRONG', exit: 4 })
    expect(error.facts).toEqual({
      vaultId: entry.vaultId,
      keyVersionId: entry.keyVersionId,
      account: accountOf(entry),
    })
    expect(session.lookup(attributes())).toBe(before)
  })

  it('is never given a key that its version does not commit to', async () => {
    await expect(keychain.write(entry, Secret.random('other'))).rejects.toThrow(/BUG/)
    expect(await outcome(keychain, entry)).toBe('absent')
  })

  it('gives up an entry, and says whether there was one', async () => {
    await keychain.write(entry, masterKey)
    expect(await keychain.remove(entry)).toBe(true)
    expect(await keychain.remove(entry)).toBe(false)
    expect(await outcome(keychain, entry)).toBe('absent')
  })

  it('keeps the entries of two key versions and two vaults apart', async () => {
    const other = { ...entry, keyVersionId: newId<KeyVersionId>() }
    const elsewhere = newEntry(masterKey)
    await keychain.write(entry, masterKey)
    expect(await outcome(keychain, other)).toBe('absent')
    expect(await outcome(keychain, elsewhere)).toBe('absent')
  })

  describe('with two libraries', () => {
    let first: KeychainAdapter
    let second: KeychainAdapter
    beforeEach(async () => {
      first = await loaded(keyringAdapter(`${KEYRING_SERVICE} test`))
      second = await loaded(keyringAdapter(KEYRING_SERVICE))
      keychain = new Keychain([first, second])
    })
    const inFirst = () => ({ service: first.service, username: accountOf(entry) })

    it('writes by the first', async () => {
      await keychain.write(entry, masterKey)
      expect(session.lookup(inFirst())).toBe(masterKey.use(writeBase64))
      expect(session.lookup(attributes())).toBeUndefined()
    })

    it('finds what only the second has, and writes it nowhere else', async () => {
      await new Keychain([second]).write(entry, masterKey)
      expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
      await keychain.write(entry, masterKey)
      expect(session.lookup(inFirst())).toBeUndefined()
    })

    it('finds the right entry behind a wrong one', async () => {
      session.store(inFirst(), Buffer.from('wrong'))
      await new Keychain([second]).write(entry, masterKey)
      expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
    })

    it('removes from both', async () => {
      await new Keychain([first]).write(entry, masterKey)
      await new Keychain([second]).write(entry, masterKey)
      expect(await keychain.remove(entry)).toBe(true)
      expect(session.lookup(inFirst())).toBeUndefined()
      expect(session.lookup(attributes())).toBeUndefined()
    })

    it('writes by the second where the first is not to be reached', async () => {
      const gone: KeychainAdapter = {
        ...first,
        get: async () => ({ kind: 'absent' }),
        set: async () => ({ kind: 'unavailable', cause: new Error('no bus') }),
      }
      await new Keychain([gone, second]).write(entry, masterKey)
      expect(session.lookup(attributes())).toBe(masterKey.use(writeBase64))
    })
  })

  it('locked is asked to write once, not by each library: every time may put a prompt on the screen', async () => {
    let asked = 0
    const counting = async (service: string): Promise<KeychainAdapter> => {
      const real = await loaded(keyringAdapter(service))
      const set = (account: string, password: string) => {
        asked++
        return real.set(account, password)
      }
      return { ...real, set }
    }
    const both = new Keychain([await counting(`${KEYRING_SERVICE} test`), await counting(KEYRING_SERVICE)])
    session.lock()
    expect((await refusalOf(both.write(entry, masterKey))).code).toBe('KEYCHAIN_LOCKED')
    expect(asked).toBe(1)
    await session.unlock()
  })

  it('that loses what it is given is found out', async () => {
    const real = await loaded(keyringAdapter(KEYRING_SERVICE))
    const forgetful = new Keychain([{ ...real, set: async () => undefined }])
    const error = await refusalOf(forgetful.write(entry, masterKey))
    expect(error).toMatchObject({ code: 'KEYCHAIN_NOT_KEPT', exit: 5 })
  })

  it('that garbles what it is given is found out', async () => {
    const real = await loaded(keyringAdapter(KEYRING_SERVICE))
    const garbling: KeychainAdapter = {
      ...real,
      set: (account, password) => real.set(account, password.toLowerCase()),
    }
    const error = await refusalOf(new Keychain([garbling]).write(entry, masterKey))
    expect(error).toMatchObject({ code: 'KEYCHAIN_NOT_KEPT', exit: 5 })
  })

  it('locked says so: reading an entry, writing one, removing one; and works again unlocked', async () => {
    await keychain.write(entry, masterKey)
    session.lock()
    expect(await outcome(keychain, entry)).toBe('KEYCHAIN_LOCKED')
    const other = newEntry(masterKey)
    expect(await refusalOf(keychain.write(other, masterKey))).toMatchObject({
      code: 'KEYCHAIN_LOCKED',
      exit: 5,
    })
    expect((await refusalOf(keychain.remove(entry))).code).toBe('KEYCHAIN_LOCKED')
    await session.unlock()
    expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
    expect(await outcome(keychain, other)).toBe('absent')
  })

  it('whose keyring was never opened since the start says that it is locked', async () => {
    await keychain.write(entry, masterKey)
    await session.stopKeyring()
    await session.startKeyring('locked')
    expect(await outcome(keychain, entry)).toBe('KEYCHAIN_LOCKED')
    await session.unlock()
    expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
  })

  it('gone says so: the service first, then the bus; never as a lost entry', async () => {
    await keychain.write(entry, masterKey)
    await session.stopKeyring()
    expect(await outcome(keychain, entry)).toBe('KEYCHAIN_UNAVAILABLE')
    await session.stopBus()
    expect(await outcome(keychain, entry)).toBe('KEYCHAIN_UNAVAILABLE')
    const error = await refusalOf(keychain.write(entry, masterKey))
    expect(error).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE', exit: 5 })
    expect((await refusalOf(keychain.remove(entry))).code).toBe('KEYCHAIN_UNAVAILABLE')
    await session.startBus()
    await session.startKeyring('unlocked')
    expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
  })
})
