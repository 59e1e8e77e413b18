import { fail, type Secret } from '../base/index.ts'
import type { KeyVersionId } from '../contract/ids.ts'
import { demandCommitment, edkOwner, parseKeyRecord } from './key-record.ts'
import { unwrapLocal } from './local-edk.ts'
import type { Place } from './wrapped-key.ts'

/**
 * Opens the file key of one version, in a worker that was handed master keys (docs/format.md §2).
 *
 * @param record the key record; the commitment is the journal's, the EDKs those that stand now
 * @param masterKeyOf the master key of a version, if the worker has it
 * @returns the file key, the caller's
 * @throws KEY_RECORD_DAMAGED · KEY_COMMITMENT · VAULT_LOCKED none of the keys at hand opens it
 */
export function unwrapFileKey(
  record: Uint8Array,
  place: Place,
  masterKeyOf: (id: KeyVersionId) => Secret | undefined,
): Secret {
  const name = `the version ${place.subject}`
  const { commitment, edks } = parseKeyRecord(name, record)
  for (const edk of edks) {
    const owner = edkOwner(edk)
    const masterKey = owner?.kind === 'local' ? masterKeyOf(owner.keyVersionId) : undefined
    if (masterKey === undefined) continue
    const key = unwrapLocal(masterKey, place, edk)
    if (key === undefined) {
      return fail('KEY_RECORD_DAMAGED', `The wrapped key of ${name} was changed or damaged.`, {
        subject: place.subject,
      })
    }
    return demandCommitment(key, place.vaultId, commitment, `The wrapped key of ${name}`)
  }
  return fail('VAULT_LOCKED', `No key that is open here opens ${name}.`, { subject: place.subject })
}
