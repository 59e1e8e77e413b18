import { concat, type JsonObject, orShort, writeBase64, writeCanonicalJson } from '../base/index.ts'
import type { CopyId, KeyVersionId, RecoveryKeyId } from '../contract/ids.ts'
import { type Edk, parseEdk, writeEdk } from '../message/index.ts'
import { writeKeyFileName } from './key-file-names.ts'
import { COMMITMENT_BYTES, edkOwner } from './key-record.ts'
import { FORMAT, type Members, parseMembers } from './members.ts'
import { demandBounds, type PassphraseKdf } from './passphrase.ts'

/**
 * keys/copies/<key version id>/<copy id>.json, a master key for one way in (docs/format.md §3):
 *
 *     passphrase  { "box", "commit", "format", "kind", "m" (KiB), "p", "salt", "t" }
 *     recovery    { "edk", "format", "kind" }     a recovery EDK of the master key
 *     local       { "edk", "format", "kind" }     a local EDK of it under the next key version, made by rotate
 */
export type KeyCopy = {
  /** The key version whose master key this is a copy of. */
  readonly keyVersionId: KeyVersionId
  readonly copyId: CopyId
} & WayOfCopy

export type WayOfCopy =
  | {
      readonly kind: 'passphrase'
      readonly kdf: PassphraseKdf
      /** To the passphrase's key, not to the master key: tells a wrong passphrase from a damaged copy. */
      readonly commitment: Uint8Array
      readonly box: Uint8Array
    }
  | { readonly kind: 'recovery'; readonly recoveryKeyId: RecoveryKeyId; readonly edk: Edk }
  | { readonly kind: 'local'; readonly under: KeyVersionId; readonly edk: Edk }

export function writeKeyCopy(copy: KeyCopy): Uint8Array<ArrayBuffer> {
  return writeCanonicalJson({ format: FORMAT, kind: copy.kind, ...wayMembers(copy) })
}

/**
 * Parses a copy. Nothing is derived yet: a cost out of bounds is refused before any work.
 *
 * @throws KEYS_FILE_DAMAGED · VAULT_UNSUPPORTED · KDF_BOUNDS
 */
export function parseKeyCopy(keyVersionId: KeyVersionId, copyId: CopyId, bytes: Uint8Array): KeyCopy {
  return parseMembers(copyName({ keyVersionId, copyId }), bytes, (members) => ({
    keyVersionId,
    copyId,
    ...readWay(members),
  }))
}

/** The file name of a copy. */
export function copyName({ keyVersionId, copyId }: Pick<KeyCopy, 'keyVersionId' | 'copyId'>): string {
  return writeKeyFileName({ kind: 'copy', keyVersionId, copyId })
}

function wayMembers(copy: KeyCopy): JsonObject {
  if (copy.kind !== 'passphrase') return { edk: writeBase64(concat(...writeEdk(copy.edk))) }
  const { memoryKiB: m, passes: t, lanes: p, salt } = copy.kdf
  return {
    m,
    t,
    p,
    salt: writeBase64(salt),
    commit: writeBase64(copy.commitment),
    box: writeBase64(copy.box),
  }
}

function readWay(members: Members): WayOfCopy {
  const kind = members.text('kind')
  switch (kind) {
    case 'passphrase':
      return {
        kind,
        kdf: demandBounds({
          memoryKiB: members.uint('m'),
          passes: members.uint('t'),
          lanes: members.uint('p'),
          salt: members.bytes('salt'),
        }),
        commitment: members.bytes('commit', COMMITMENT_BYTES),
        box: members.bytes('box'),
      }
    case 'recovery':
    case 'local':
      return readEdkWay(members, kind)
    default:
      return members.refuse('is a copy of a kind that there is not')
  }
}

function readEdkWay(members: Members, kind: 'recovery' | 'local'): WayOfCopy {
  const edk = orShort(members.bytes('edk'), (reader) => {
    const parsed = parseEdk(reader)
    return reader.rest === 0 ? parsed : members.refuse('has bytes after its wrapped key')
  })
  if (edk === 'short') return members.refuse('has a wrapped key that ends too early')
  const owner = edkOwner(edk)
  if (kind === 'recovery' && owner?.kind === kind) return { kind, recoveryKeyId: owner.recoveryKeyId, edk }
  if (kind === 'local' && owner?.kind === kind) return { kind, under: owner.keyVersionId, edk }
  return members.refuse('has a wrapped key of another kind than it says')
}
