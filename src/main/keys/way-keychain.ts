import { type Secret, VaultError } from '../base/index.ts'
import type { KeySet } from './key-set.ts'
import type { Keychain } from './keychain.ts'
import type { LocalVersion, Way } from './way.ts'

/** Master keys from the system's keychain: silent, and only the versions that are asked for. */
export class KeychainWay implements Way {
  readonly kind = 'keychain'
  readonly #set: KeySet
  readonly #keychain: Keychain
  #failure: VaultError | undefined

  constructor(set: KeySet, keychain: Keychain) {
    this.#set = set
    this.#keychain = keychain
  }

  async masterKey({ keyVersionId, commitment }: LocalVersion): Promise<Secret | undefined> {
    // One that is locked or not there is asked once: each time may put a prompt on the screen.
    if (this.#failure !== undefined && this.#failure.code !== 'KEYCHAIN_ENTRY_WRONG') return undefined
    const { vaultId } = this.#set.vaultFile
    const read = await this.#keychain.read({ vaultId, keyVersionId, commitment })
    if (read.kind === 'found') return read.masterKey
    if (read.kind === 'failed') this.#failure = read.reason
    return undefined
  }

  recoveryKey(): undefined {}

  kmsKey(): undefined {}

  failure(): VaultError {
    return (
      this.#failure ?? new VaultError('VAULT_LOCKED', 'The system’s keychain has no entry for this vault.')
    )
  }

  [Symbol.dispose](): void {}
}
