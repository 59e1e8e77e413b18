import { readFileSync } from 'node:fs'
import { Secret } from '../../src/main/base/index.ts'
import { openVault } from '../../src/main/vault/index.ts'

// Writes into a vault, as another device, what a Strongroom of later years may: that it uses a feature which the
// one of now does not know. Arguments: the vault, a state folder, a file with the passphrase.
const [path = '', stateFolder = '', passphraseFile = ''] = process.argv.slice(2)
const bytes = readFileSync(passphraseFile)
const own = Buffer.alloc(bytes.length)
bytes.copy(own)
using passphrase = Secret.take(own, 'passphrase')
await using vault = await openVault({
  path,
  stateFolder,
  way: { kind: 'passphrase', passphrase },
  keychain: false,
})
await vault.record([{ kind: 'require', feature: 'signatures' }])
