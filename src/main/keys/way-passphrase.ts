import { Secret, VaultError } from '../base/index.ts'
import { openPassphraseCopy } from './copy-master-key.ts'
import { copyName, type KeyCopy } from './key-copies.ts'
import type { KeySet } from './key-set.ts'
import type { LocalVersion, Way } from './way.ts'

/** Each try takes half a second and 256 MiB; a folder full of strangers' copies must not take the day. */
const MAX_TRIES = 16

/** Master keys from their copies for a passphrase. */
export class PassphraseWay implements Way {
  readonly kind = 'passphrase'
  readonly #set: KeySet
  readonly #passphrase: Secret
  readonly #tried = new Set<KeyCopy>()
  #wrong = 0

  /** @param passphrase stays the caller's */
  constructor(set: KeySet, passphrase: Secret) {
    this.#set = set
    this.#passphrase = passphrase
  }

  async masterKey({ keyVersionId, commitment }: LocalVersion): Promise<Secret | undefined> {
    const { vaultFile, copies, findings } = this.#set
    const target = { vaultId: vaultFile.vaultId, commitment }
    for (const copy of copies) {
      if (copy.kind !== 'passphrase' || copy.keyVersionId !== keyVersionId) continue
      if (this.#tried.has(copy) || this.#tried.size === MAX_TRIES) continue
      this.#tried.add(copy)
      const opened = await findings.tryingLong(copyName(copy), () =>
        openPassphraseCopy(copy, target, this.#passphrase),
      )
      if (opened instanceof Secret) return opened
      if (opened === 'wrong') this.#wrong++
    }
    return undefined
  }

  recoveryKey(): undefined {}

  kmsKey(): undefined {}

  failure(): VaultError {
    if (this.#wrong > 0) {
      return new VaultError('PASSPHRASE_WRONG', 'This passphrase does not open the vault.', {
        copies: this.#wrong,
      })
    }
    return new VaultError('WAY_IN_MISSING', 'No passphrase was set for this vault.')
  }

  [Symbol.dispose](): void {}
}
