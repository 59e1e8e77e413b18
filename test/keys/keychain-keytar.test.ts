import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hex, Secret, writeBase64 } from '../../src/main/base/index.ts'
import { Keychain, type KeychainEntry, openKeychain } from '../../src/main/keys/keychain.ts'
import {
  KEYRING_SERVICE,
  KEYTAR_SERVICE,
  keyringAdapter,
  keytarAdapter,
} from '../../src/main/keys/keychain-adapters.ts'
import { accountOf, loaded, newEntry, outcome } from '../support/keychain-entries.ts'
import { KeyringSession, keyringNote, keyringRuns } from '../support/keyring.ts'
import { refusalOf } from '../support/refusal.ts'

const loads = (await keytarAdapter()) !== undefined

it.skipIf(loads)('without keytar, which is optional, the keychain is reached all the same', async () => {
  expect(await keytarAdapter()).toBeUndefined()
  expect(await keyringAdapter(KEYRING_SERVICE)).toBeDefined()
})

const note = loads ? keyringNote : ' — SKIPPED: it is optional and not installed here'
describe.skipIf(!keyringRuns || !loads)(`keytar${note}`, () => {
  let session: KeyringSession
  let keychain: Keychain
  let masterKey: Secret
  let entry: KeychainEntry
  const attributes = () => ({ service: KEYTAR_SERVICE, account: accountOf(entry) })

  beforeAll(async () => {
    session = await KeyringSession.start()
    session.useHere()
    keychain = new Keychain([await loaded(keytarAdapter())])
  })
  afterAll(async () => {
    await session[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    masterKey = Secret.random('master key')
    entry = newEntry(masterKey)
  })

  it('keeps a key under its own service name, apart from the other library’s entries', async () => {
    expect(await outcome(keychain, entry)).toBe('absent')
    await keychain.write(entry, masterKey)
    expect(await outcome(keychain, entry)).toBe(masterKey.use(hex))
    expect(session.lookup(attributes())).toBe(masterKey.use(writeBase64))
    const other = new Keychain([await loaded(keyringAdapter(KEYRING_SERVICE))])
    expect(await outcome(other, entry)).toBe('absent')
    expect(await keychain.remove(entry)).toBe(true)
    expect(await keychain.remove(entry)).toBe(false)
  })

  it('is read, too: what only it has is found, and the other library is written to first', async () => {
    const system = await openKeychain()
    await system.write(entry, masterKey)
    expect(session.lookup(attributes())).toBeUndefined()
    expect(await outcome(system, entry)).toBe(masterKey.use(hex))
    const other = newEntry(masterKey)
    await keychain.write(other, masterKey)
    expect(await outcome(system, other)).toBe(masterKey.use(hex))
  })

  it('can’t tell a locked entry from a lost one, but does not write then', async () => {
    await keychain.write(entry, masterKey)
    session.lock()
    expect(await outcome(keychain, entry)).toBe('absent')
    const other = newEntry(masterKey)
    expect((await refusalOf(keychain.write(other, masterKey))).code).toBe('KEYCHAIN_LOCKED')
  })
})
