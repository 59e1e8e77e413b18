import { asVaultError, fail, type Secret, VaultError } from '../base/index.ts'
import type { Kms } from '../kms/index.ts'
import type { Edk } from '../message/index.ts'
import { type KmsRecord, kmsContext } from './kms-edk.ts'
import type { Way } from './way.ts'

/** KMS, and the ARNs that may be asked: those that this device pinned, or a person named. */
export type KmsGiven = { readonly kms: Kms; readonly trusts: (arn: string) => boolean }

/** Keys that AWS KMS unwraps: a call for each. It has no master keys. */
export class KmsWay implements Way {
  readonly kind = 'kms'
  readonly #kms: Kms
  readonly #trusts: (arn: string) => boolean
  readonly #untrusted = new Set<string>()
  #failure: VaultError | undefined

  constructor({ kms, trusts }: KmsGiven) {
    this.#kms = kms
    this.#trusts = trusts
  }

  async masterKey(): Promise<undefined> {}

  recoveryKey(): undefined {}

  async kmsKey(arn: string, edk: Edk, { place, purpose, name }: KmsRecord): Promise<Secret | VaultError> {
    if (!this.#trusts(arn)) {
      this.#untrusted.add(arn)
      return this.failure()
    }
    try {
      const { key } = await this.#kms.decrypt(arn, edk.ciphertext, kmsContext(place, purpose))
      return key
    } catch (error) {
      const why = asVaultError(error)
      if (why.code === 'BUG') throw error
      // KMS itself says that this is not what the key wrapped: no other EDK is tried then.
      if (why.code === 'KMS_CIPHERTEXT_REFUSED') {
        return fail(
          'KEY_RECORD_DAMAGED',
          `A wrapped key in ${name} was changed or damaged: KMS refuses it.`,
          { name },
          why,
        )
      }
      this.#failure = why
      return why
    }
  }

  failure(): VaultError {
    if (this.#failure !== undefined) return this.#failure
    const [arn] = this.#untrusted
    if (arn === undefined) return new VaultError('VAULT_LOCKED', 'Nothing here is locked with a KMS key.')
    return new VaultError(
      'KMS_KEY_UNCONFIRMED',
      `It is locked with the KMS key ${arn}, which nobody has confirmed on this computer.`,
      { arns: [...this.#untrusted] },
    )
  }

  [Symbol.dispose](): void {}
}
