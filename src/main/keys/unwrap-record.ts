import { fail, type Secret } from '../base/index.ts'
import type { Edk } from '../message/index.ts'
import { demandCommitment, edkOwner, type KeyRecord } from './key-record.ts'
import { unwrapLocal } from './local-edk.ts'
import type { MasterKeys } from './master-keys.ts'
import { unwrapRecovery } from './recovery-edk.ts'
import type { Way } from './way.ts'
import type { Place } from './wrapped-key.ts'

/** A record, what it is the record of, and what holds it (for what is said). */
export type RecordAt = { readonly record: KeyRecord; readonly place: Place; readonly name: string }

/**
 * Opens a key record with the master keys that are open or that `way` opens, or with the recovery code's own
 * key (docs/format.md §2).
 *
 * @returns the key, the caller's; undefined if nothing here is for any of its EDKs
 * @throws KEY_RECORD_DAMAGED an EDK does not open with the key it names, which is proven to be that key; or all
 *   are of providers that nobody knows
 * @throws KEY_COMMITMENT it opens to another key than the record commits to; no other EDK is tried then
 */
export async function unwrapRecord(
  at: RecordAt,
  masterKeys: MasterKeys,
  way: Way,
): Promise<Secret | undefined> {
  demandKnownProvider(at)
  for (const edk of at.record.edks) {
    const key = await unwrapEdk(edk, at, masterKeys, way)
    if (key !== undefined) return demandCommitment(key, at.place.vaultId, at.record.commitment, at.name)
  }
  return undefined
}

async function unwrapEdk(
  edk: Edk,
  at: RecordAt,
  masterKeys: MasterKeys,
  way: Way,
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
    // KMS is asked by who holds its client; of what a stranger's provider wrapped nothing is known.
    case 'kms':
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
