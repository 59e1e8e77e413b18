import { sha256 } from '../base/index.ts'
import { writeCrockford } from './crockford.ts'

/** 20 digits of 5 bits. */
const FINGERPRINT_BYTES = 13

/**
 * The fingerprint of a vault (docs/format.md §5): 100 bits of SHA-256(vault.json) as 5 groups of 4 digits,
 * to be compared by two people, or with what `init` showed.
 *
 * @param vaultFile the bytes of vault.json as they stand
 */
export function fingerprint(vaultFile: Uint8Array): string {
  // 13 bytes give 20 whole digits; their last 4 bits are left out.
  return writeCrockford(sha256(vaultFile).subarray(0, FINGERPRINT_BYTES))
}
