import { fail, Secret, type VaultError } from '../base/index.ts'
import type { Edk } from '../message/index.ts'
import { demandCommitment, edkOwner, type KeyRecord } from './key-record.ts'
import type { Purpose } from './kms-edk.ts'
import { unwrapLocal } from './local-edk.ts'
import type { MasterKeys } from './master-keys.ts'
import { unwrapRecovery } from './recovery-edk.ts'
import type { Way } from './way.ts'
import type { Place } from './wrapped-key.ts'

/** A record, what it is the record of, and what holds it (for what is said). */
export type RecordAt = {
  readonly record: KeyRecord
  readonly place: Place
  readonly purpose: Purpose
  readonly name: string
}

/**
 * Opens a key record with the master keys that are open or that `way` opens, with the recovery code's own key, or by
 * KMS, which is asked last since it costs a call (docs/format.md §2).
 *
 * @param refused gets what KMS refused
 * @returns the key, the caller's; undefined if nothing here is for any of its EDKs
 * @throws KEY_RECORD_DAMAGED an EDK does not open with the key it names, which is proven to be that key; or all
 *   are of providers that nobody knows
 * @throws KEY_COMMITMENT it opens to another key than the record commits to; no other EDK is tried then
 */
export async function unwrapRecord(
  at: RecordAt,
  masterKeys: MasterKeys,
  way: Way,
  refused: VaultError[] = [],
): Promise<Secret | undefined> {
  demandKnownProvider(at)
  const isKms = (edk: Edk) => edkOwner(edk)?.kind === 'kms'
  const { edks } = at.record
  for (const edk of [...edks.filter((each) => !isKms(each)), ...edks.filter(isKms)]) {
    const key = await unwrapEdk(edk, at, masterKeys, way, refused)
    if (key !== undefined) return demandCommitment(key, at.place.vaultId, at.record.commitment, at.name)
  }
  return undefined
}

async function unwrapEdk(
  edk: Edk,
  at: RecordAt,
  masterKeys: MasterKeys,
  way: Way,
  refused: VaultError[],
): Promise<Secret | undefined> {
  const owner = edkOwner(edk)
  switch (owner?.kind) {
    case 'local': {
      const masterKey = await masterKeys.open(owner.keyVersionId, way)
      return masterKey && (unwrapLocal(masterKey, at.place, edk) ?? damagedRecord(at))
    }
    case 'recovery': {
      const candidate = way.recoveryKey(owner.recoveryKeyId)
      const key = candidate && unwrapRecovery(candidate.key, at.place, edk)
      return key ?? (candidate?.known ? damagedRecord(at) : undefined)
    }
    case 'kms': {
      const answer = await way.kmsKey(owner.arn, edk, at)
      if (answer === undefined || answer instanceof Secret) return answer
      refused.push(answer)
      return undefined
    }
    // Of what a stranger's provider wrapped nothing is known.
    case 'other':
    case undefined:
      return undefined
  }
}

/** A changed provider would else look like a vault that is merely wrapped for others. */
function demandKnownProvider({ record, name }: RecordAt): void {
  if (record.edks.some((edk) => (edkOwner(edk)?.kind ?? 'other') !== 'other')) return
  fail('KEY_RECORD_DAMAGED', `${name} is wrapped in no way that this Strongroom knows, or was changed.`, {
    name,
  })
}

function damagedRecord({ name }: RecordAt): never {
  return fail('KEY_RECORD_DAMAGED', `A wrapped key in ${name} was changed or damaged.`, { name })
}
