import { equalBytes, type Secret, VaultError } from '../base/index.ts'
import type { RecoveryKeyId } from '../contract/ids.ts'
import { type CopyTarget, openRecoveryCopy } from './copy-master-key.ts'
import { copyName, type KeyCopy } from './key-copies.ts'
import type { KeySet } from './key-set.ts'
import { RecoveryKey } from './recovery-key.ts'
import type { CandidateKey, LocalVersion, Way } from './way.ts'

type RecoveryCopy = KeyCopy & { readonly kind: 'recovery' }

/** Master keys from their copies for a recovery code. */
export class RecoveryWay implements Way {
  readonly kind = 'recovery'
  readonly #set: KeySet
  readonly #key: RecoveryKey

  /** @param code stays the caller's */
  constructor(set: KeySet, code: Secret) {
    this.#set = set
    this.#key = RecoveryKey.fromCode(code, set.vaultFile.vaultId)
  }

  async masterKey({ keyVersionId, commitment }: LocalVersion): Promise<Secret | undefined> {
    const target = { vaultId: this.#set.vaultFile.vaultId, commitment }
    for (const copy of this.#set.copies) {
      if (copy.kind !== 'recovery' || copy.keyVersionId !== keyVersionId) continue
      const key = this.#open(copy, target)
      if (key !== undefined) return key
    }
    return undefined
  }

  recoveryKey(id: RecoveryKeyId): CandidateKey | undefined {
    const point = this.#set.recoveries.get(id)?.point
    if (point === undefined) return { key: this.#key, known: false }
    return this.#isOurs(point) ? { key: this.#key, known: true } : undefined
  }

  kmsKey(): undefined {}

  failure(): VaultError {
    const points = [...this.#set.recoveries.values()].map(({ point }) => point)
    if (points.some((point) => this.#isOurs(point))) {
      return new VaultError('WAY_IN_MISSING', 'The recovery code is right, but the vault has no copy for it.')
    }
    if (points.length === 0) {
      return new VaultError('WAY_IN_MISSING', 'No recovery code was set for this vault.')
    }
    return new VaultError('RECOVERY_CODE_WRONG', 'This recovery code is not one of this vault’s.')
  }

  [Symbol.dispose](): void {
    this.#key[Symbol.dispose]()
  }

  #open(copy: RecoveryCopy, target: CopyTarget): Secret | undefined {
    const candidate = this.recoveryKey(copy.recoveryKeyId)
    if (candidate === undefined) return undefined
    return this.#set.findings.trying(copyName(copy), () => openRecoveryCopy(copy, target, candidate))
  }

  #isOurs(point: Uint8Array): boolean {
    return equalBytes(point, this.#key.point)
  }
}
