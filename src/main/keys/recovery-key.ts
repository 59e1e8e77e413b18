import { hkdfSync } from 'node:crypto'
import type { Secret } from '../base/index.ts'
import { utf8Bytes } from '../base/index.ts'
import { idBytes, type VaultId } from '../contract/ids.ts'
import { agree, type Point, pointOf, scalarFrom } from './p256.ts'

const SCALAR_INFO = utf8Bytes('strongroom/recovery-scalar')
const WIDE_BYTES = 48

/**
 * The key pair that a recovery code is in one vault (docs/format.md §3):
 *
 *     scalar = 1 + (HKDF-SHA512(c, salt vault id, "strongroom/recovery-scalar", 48) mod (n − 1))
 *
 * Only the point is stored, so wrapping for a recovery code needs no code: a vault makes new copies at a
 * rotation while the paper stays in its drawer.
 */
export class RecoveryKey implements Disposable {
  readonly point: Point
  readonly #scalar: Secret

  private constructor(scalar: Secret) {
    this.#scalar = scalar
    this.point = pointOf(scalar)
  }

  /** @param code as parseRecoveryCode gives it; stays the caller's */
  static fromCode(code: Secret, vaultId: VaultId): RecoveryKey {
    const wide = new Uint8Array(
      hkdfSync('sha512', code.keyObject(), idBytes(vaultId), SCALAR_INFO, WIDE_BYTES),
    )
    const scalar = scalarFrom(wide)
    wide.fill(0)
    return new RecoveryKey(scalar)
  }

  /** The secret shared with the owner of `point`. */
  agree(point: Point): Secret {
    return agree(this.#scalar, point)
  }

  [Symbol.dispose](): void {
    this.#scalar[Symbol.dispose]()
  }
}
