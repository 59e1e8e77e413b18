import { fail, hex, kdf, parseBase64, randomBytes, type Secret, writeBase64 } from '../base/index.ts'
import { idBytes, type KeyVersionId, parseId, type VaultId } from '../contract/ids.ts'
import { type Context, rawAesName, type UnverifiedHeader } from '../message/index.ts'
import {
  commitmentHolds,
  derivePassphrase,
  newPassphraseKdf,
  parsePassphraseKdf,
  sealingKey,
  writePassphraseKdf,
} from './passphrase.ts'

/** The namespace of keys made from a passphrase, and its context keys (docs/format.md §2.3). */
const PASSPHRASE_NAMESPACE = 'strongroom-passphrase'
/** The namespace of keys made from a vault's master key, and the context key that names the vault. */
const SEAL_NAMESPACE = 'strongroom-seal'
const VAULT_KEY = 'strongroom-vault'
const KDF_KEY = 'strongroom-kdf'
const COMMIT_KEY = 'strongroom-commit'

/** A raw AES key with the name that messages know it by. Ends with its owner. */
export type NamedKey = {
  readonly namespace: string
  readonly name: string
  readonly key: Secret
  /** Known to be the right key: what doesn't open under it was changed. */
  readonly proven: boolean
  /** The pairs that a message holds when it is this key's. */
  readonly context: Context
}

/** What locks a message, as its header says, unverified. */
export type Lock =
  | { readonly kind: 'passphrase'; readonly name: string; readonly kdf: string; readonly commitment: string }
  /** Sealed by a vault's key, outside the vault. */
  | { readonly kind: 'vault'; readonly vaultId: VaultId; readonly keyVersionId: KeyVersionId }
  | { readonly kind: 'raw-aes'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'other'; readonly providers: readonly string[] }

export function lockOf(header: UnverifiedHeader): Lock {
  const named = header.edks.map(rawAesName)
  const byPassphrase = named.find((name) => name?.namespace === PASSPHRASE_NAMESPACE)
  if (byPassphrase !== undefined) {
    // A missing pair is a damaged one: what it says is checked before any work.
    const kdf = header.context.get(KDF_KEY) ?? ''
    const commitment = header.context.get(COMMIT_KEY) ?? ''
    return { kind: 'passphrase', name: byPassphrase.name, kdf, commitment }
  }
  const first = named.find((name) => name !== undefined)
  if (first?.namespace === SEAL_NAMESPACE) {
    const vaultId = parseId<VaultId>(header.context.get(VAULT_KEY) ?? '')
    const keyVersionId = parseId<KeyVersionId>(first.name)
    if (vaultId !== undefined && keyVersionId !== undefined) return { kind: 'vault', vaultId, keyVersionId }
  }
  if (first !== undefined) return { kind: 'raw-aes', ...first }
  return {
    kind: 'other',
    providers: header.edks.map((edk) => Buffer.from(edk.providerId).toString('latin1')),
  }
}

/** A new key for one sealing job: one salt, one Argon2 run, whatever the number of files. */
export async function newPassphraseKey(passphrase: Secret): Promise<NamedKey> {
  const parameters = newPassphraseKdf()
  using derived = await derivePassphrase(passphrase, parameters)
  const { key, commitment } = sealingKey(derived, parameters.salt)
  return {
    namespace: PASSPHRASE_NAMESPACE,
    name: hex(randomBytes(16)),
    key,
    proven: true,
    context: new Map([
      [KDF_KEY, writePassphraseKdf(parameters)],
      [COMMIT_KEY, writeBase64(commitment)],
    ]),
  }
}

/**
 * The key that a passphrase gives for a locked message: bounds, then Argon2, then the commitment.
 *
 * @throws KDF_BOUNDS · PASSPHRASE_WRONG the commitment is another passphrase's
 */
export async function passphraseKeyFor(
  lock: Lock & { kind: 'passphrase' },
  passphrase: Secret,
): Promise<NamedKey> {
  const parameters = parsePassphraseKdf(lock.kdf)
  const commitment = parseBase64(lock.commitment)
  if (commitment?.length !== 32) {
    return fail(
      'MESSAGE_MALFORMED',
      'The commitment to the passphrase in this message is not 32 bytes of base64.',
    )
  }
  using derived = await derivePassphrase(passphrase, parameters)
  if (!commitmentHolds(derived, parameters.salt, commitment)) {
    fail('PASSPHRASE_WRONG', 'That passphrase does not open this file.')
  }
  const { key } = sealingKey(derived, parameters.salt)
  return {
    namespace: PASSPHRASE_NAMESPACE,
    name: lock.name,
    key,
    proven: true,
    context: new Map([
      [KDF_KEY, lock.kdf],
      [COMMIT_KEY, lock.commitment],
    ]),
  }
}

/** The key that a vault seals with outside the vault: KDF(master key, "strongroom/seal", ""). The caller ends it. */
export function vaultSealKey(masterKey: Secret, vaultId: VaultId, keyVersionId: KeyVersionId): NamedKey {
  return {
    namespace: SEAL_NAMESPACE,
    name: keyVersionId,
    key: kdf(masterKey, idBytes(vaultId), 'strongroom/seal', new Uint8Array()),
    proven: true,
    context: new Map([[VAULT_KEY, vaultId]]),
  }
}
