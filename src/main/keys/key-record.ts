import { bug, commit, concat, equalBytes, fail, orShort, parseUtf8, type Secret } from '../base/index.ts'
import { idBytes, type KeyId, type KeyVersionId, type RecoveryKeyId, type VaultId } from '../contract/ids.ts'
import { type Edk, parseEdk, writeEdk } from '../message/index.ts'
import { KMS_PROVIDER, kmsEdkArn } from './kms-edk.ts'
import { LOCAL_PROVIDER, localEdkName, wrapLocal } from './local-edk.ts'
import { RECOVERY_PROVIDER, type RecoveryRecipient, recoveryEdkName, wrapRecovery } from './recovery-edk.ts'
import type { Place } from './wrapped-key.ts'

/**
 * A key record (docs/format.md §2): one key, wrapped once for each recipient.
 *
 *     commit(key) 32 ‖ count u16 (1..16) ‖ EDKs, by key id          at most 12 KiB
 */
/** A record as it stands in a file, a message or the journal. A key from it counts only if committed. */
export type KeyRecord = { readonly commitment: Uint8Array; readonly edks: readonly Edk[] }

export const COMMITMENT_BYTES = 32
const MAX_EDKS = 16
const MAX_BYTES = 12 * 1024

/** Whose an EDK is. `other`: a provider that this Strongroom does not know. */
export type EdkOwner =
  | { readonly kind: 'local'; readonly keyVersionId: KeyVersionId }
  | { readonly kind: 'recovery'; readonly recoveryKeyId: RecoveryKeyId }
  | { readonly kind: 'kms'; readonly arn: string }
  | { readonly kind: 'other'; readonly provider: string }

/** Whom to wrap a key for. `kms`: KMS made the EDK; the `kms` room hands it over. */
export type Recipient =
  | {
      readonly kind: 'local'
      readonly keyId: KeyId
      readonly keyVersionId: KeyVersionId
      readonly masterKey: Secret
    }
  | ({ readonly kind: 'recovery' } & RecoveryRecipient)
  | { readonly kind: 'kms'; readonly keyId: KeyId; readonly edk: Edk }

/**
 * Wraps a key for its recipients: by the key versions given, and for recovery codes only where no local EDK
 * is (there a recovery code opens its copy of the master key).
 *
 * @param recipients 1 to 16, one of each key
 */
export function wrapKey(key: Secret, place: Place, recipients: readonly Recipient[]): KeyRecord {
  const anyLocal = recipients.some((recipient) => recipient.kind === 'local')
  const named = recipients
    .filter((recipient) => recipient.kind !== 'recovery' || !anyLocal)
    .map((recipient) => ({ id: ownerId(recipient), edk: wrapFor(recipient, place, key) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  if (named.length === 0) bug('a key record without recipients')
  if (new Set(named.map(({ id }) => id)).size < named.length) bug('a key record with one recipient twice')
  return { commitment: commit(key, idBytes(place.vaultId)), edks: named.map(({ edk }) => edk) }
}

/** Writes a record. */
export function writeKeyRecord(record: KeyRecord): Uint8Array<ArrayBuffer> {
  const { commitment, edks } = record
  const bytes = concat(commitment, { u16: edks.length }, ...edks.flatMap(writeEdk))
  // What we write, we read: a record that its readers refuse would be a lost key.
  parseKeyRecord('a record just made', bytes)
  return bytes
}

/**
 * Parses a record of exactly `bytes`; its parts are views into them.
 *
 * @param name of what holds it, for what is said
 * @throws KEY_RECORD_DAMAGED over 12 KiB, no EDK or over 16, cut, bytes after its end, one recipient twice, a
 *   name that its provider doesn't write
 */
export function parseKeyRecord(name: string, bytes: Uint8Array): KeyRecord {
  const damaged = (how: string): never =>
    fail('KEY_RECORD_DAMAGED', `The key record of ${name} ${how}.`, { name })
  if (bytes.length > MAX_BYTES) damaged(`takes ${bytes.length} bytes; at most ${MAX_BYTES} are read`)
  const record = orShort(bytes, (reader) => {
    const commitment = reader.bytes(COMMITMENT_BYTES)
    const count = reader.u16()
    if (count === 0 || count > MAX_EDKS) damaged(`holds ${count} wrapped keys; 1 to ${MAX_EDKS} are read`)
    const edks = Array.from({ length: count }, () => parseEdk(reader))
    if (reader.rest > 0) damaged('has bytes after its end')
    return { commitment, edks }
  })
  if (record === 'short') return damaged('ends too early')
  const owners = record.edks.map((edk) => edkOwner(edk) ?? damaged('holds a key under no proper name'))
  const names = owners.map(ownerName).filter((owner) => owner !== undefined)
  if (new Set(names).size < names.length) damaged('names one recipient twice')
  return record
}

/** Whose an EDK is; undefined for one of our providers with a name that it never writes. */
export function edkOwner(edk: Edk): EdkOwner | undefined {
  if (equalBytes(edk.providerId, LOCAL_PROVIDER)) {
    const keyVersionId = localEdkName(edk)
    return keyVersionId && { kind: 'local', keyVersionId }
  }
  if (equalBytes(edk.providerId, RECOVERY_PROVIDER)) {
    const recoveryKeyId = recoveryEdkName(edk)
    return recoveryKeyId && { kind: 'recovery', recoveryKeyId }
  }
  if (equalBytes(edk.providerId, KMS_PROVIDER)) {
    const arn = kmsEdkArn(edk)
    return arn === undefined ? undefined : { kind: 'kms', arn }
  }
  const provider = parseUtf8(edk.providerId)
  return provider === undefined ? undefined : { kind: 'other', provider }
}

/** Whether `key` is the one committed to. */
export function isCommitted(key: Secret, vaultId: VaultId, commitment: Uint8Array): boolean {
  return equalBytes(commit(key, idBytes(vaultId)), commitment)
}

/**
 * Demands that a key just opened is the one committed to. One that is not must never be used, nor the next
 * EDK tried: somebody made a record or copy that opens to different keys for different people. It ends here.
 *
 * @param name of what held the key, for what is said
 * @returns the key
 * @throws KEY_COMMITMENT
 */
export function demandCommitment(
  key: Secret,
  vaultId: VaultId,
  commitment: Uint8Array,
  name: string,
): Secret {
  if (isCommitted(key, vaultId, commitment)) return key
  key[Symbol.dispose]()
  return failCommitment(name)
}

/** Refuses what holds another key than it commits to. */
export function failCommitment(name: string): never {
  return fail('KEY_COMMITMENT', `${name} opens, but to another key than is committed to.`, { name })
}

function wrapFor(recipient: Recipient, place: Place, key: Secret): Edk {
  switch (recipient.kind) {
    case 'local':
      return wrapLocal(recipient.masterKey, recipient.keyVersionId, place, key)
    case 'recovery':
      return wrapRecovery(recipient, place, key)
    case 'kms':
      return recipient.edk
  }
}

const ownerId = (recipient: Recipient): string =>
  recipient.kind === 'recovery' ? recipient.id : recipient.keyId

/** One text for each recipient; undefined where a stranger's provider may use one name for several. */
function ownerName(owner: EdkOwner): string | undefined {
  switch (owner.kind) {
    case 'local':
      return `local ${owner.keyVersionId}`
    case 'recovery':
      return `recovery ${owner.recoveryKeyId}`
    case 'kms':
      return `kms ${owner.arn}`
    case 'other':
      return undefined
  }
}
