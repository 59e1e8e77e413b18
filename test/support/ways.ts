import { hex, Secret } from '../../src/main/base/index.ts'
import type { VersionId } from '../../src/main/contract/ids.ts'
import { wrapKey } from '../../src/main/keys/key-record.ts'
import type { VaultKeys } from '../../src/main/keys/vault-keys.ts'
import type { WaysGiven } from '../../src/main/keys/ways-in.ts'
import { type KeyFixture, newId, passphraseOf } from './key-fixture.ts'

export const PASSPHRASE = 'correct horse battery'
export const given = (text = PASSPHRASE): WaysGiven => ({ passphrase: passphraseOf(text) })
export const codeOf = (vault: KeyFixture): WaysGiven => ({ recoveryCode: vault.code })
export const WITH_BOTH = { passphrases: [PASSPHRASE], recovery: true }

export const metadataOf = (keys: VaultKeys) =>
  keys.metadata.all().map(({ epoch, key }) => [epoch, key.use(hex)])
export const epochsOf = (vault: KeyFixture) =>
  vault.epochs.map(({ epoch, key }) => [epoch, key.use(hex)]).reverse()
export const notesOf = (keys: VaultKeys) => keys.notes.map(({ name, error }) => [name, error.code])

/** Base64 of the same bytes, but for one bit of the last. */
export function lastByteFlipped(base64: unknown): string {
  const bytes = Buffer.from(String(base64), 'base64')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  return bytes.toString('base64')
}

/** Wraps a file key as `add` does, under the newest master key. */
export function fileKeyIn(vault: KeyFixture) {
  const key = Secret.random('file key')
  const place = { vaultId: vault.vaultId, subject: newId<VersionId>() }
  return {
    key: key.use(hex),
    at: {
      record: wrapKey(key, place, vault.recipients()),
      place,
      purpose: 'version' as const,
      name: 'a.sealed',
    },
  }
}
