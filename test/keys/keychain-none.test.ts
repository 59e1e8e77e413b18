import { expect, it } from 'vitest'
import { commit, Secret } from '../../src/main/base/index.ts'
import { idBytes, type KeyVersionId, type VaultId } from '../../src/main/contract/ids.ts'
import { Keychain, openKeychain } from '../../src/main/keys/keychain.ts'
import { newId } from '../support/key-fixture.ts'
import { refusalOf } from '../support/refusal.ts'

const masterKey = Secret.random('master key')
const vaultId = newId<VaultId>()
const entry = {
  vaultId,
  keyVersionId: newId<KeyVersionId>(),
  commitment: commit(masterKey, idBytes(vaultId)),
}

/** A server without a desktop: before the libraries are asked for the first time in this process. */
for (const name of ['DBUS_SESSION_BUS_ADDRESS', 'DISPLAY']) Reflect.deleteProperty(process.env, name)
Object.assign(process.env, { XDG_RUNTIME_DIR: '/nonexistent' })

it.each<[string, () => Promise<Keychain> | Keychain]>([
  ['without a D-Bus session', openKeychain],
  ['without any keychain library', () => new Keychain([])],
])('%s the keychain is unavailable: nothing is read, kept or taken for lost', async (_, open) => {
  const keychain = await open()
  const read = await keychain.read(entry)
  expect(read).toMatchObject({ kind: 'failed', reason: { code: 'KEYCHAIN_UNAVAILABLE', exit: 5 } })
  expect((await refusalOf(keychain.write(entry, masterKey))).code).toBe('KEYCHAIN_UNAVAILABLE')
  expect((await refusalOf(keychain.remove(entry))).code).toBe('KEYCHAIN_UNAVAILABLE')
})
