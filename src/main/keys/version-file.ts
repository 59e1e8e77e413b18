import { type JsonObject, writeBase64, writeCanonicalJson } from '../base/index.ts'
import type { KeyId, KeyVersionId } from '../contract/ids.ts'
import { writeKeyFileName } from './key-file-names.ts'
import { COMMITMENT_BYTES } from './key-record.ts'
import { FORMAT, parseMembers } from './members.ts'

/**
 * keys/versions/<key version id>.json, the facts of a wrapping key version (docs/format.md §3):
 *
 *     local  { "commit", "createdMs", "format", "keyId", "provider": "local" }
 *     kms    { "arn", "createdMs", "format", "keyId", "provider": "kms" }      keyId = its file name's id
 */
export type VersionFile = {
  readonly keyVersionId: KeyVersionId
  readonly keyId: KeyId
  readonly createdMs: number
} & VersionProvider

export type VersionProvider =
  | { readonly provider: 'local'; readonly commitment: Uint8Array }
  | { readonly provider: 'kms'; readonly arn: string }

/** Key ARNs only: an alias can be pointed at another key. */
const KEY_ARN = /^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/

export function writeVersionFile(file: VersionFile): Uint8Array<ArrayBuffer> {
  const { keyId, createdMs, provider } = file
  const of: JsonObject =
    file.provider === 'local' ? { commit: writeBase64(file.commitment) } : { arn: file.arn }
  return writeCanonicalJson({ format: FORMAT, keyId, provider, createdMs, ...of })
}

/** @throws KEYS_FILE_DAMAGED · VAULT_UNSUPPORTED */
export function parseVersionFile(keyVersionId: KeyVersionId, bytes: Uint8Array): VersionFile {
  const name = writeKeyFileName({ kind: 'version', keyVersionId })
  return parseMembers(name, bytes, (members) => {
    const keyId = members.id<KeyId>('keyId')
    const createdMs = members.uint('createdMs')
    const facts = { keyVersionId, keyId, createdMs }
    const provider = members.text('provider')
    if (provider === 'local')
      return { ...facts, provider, commitment: members.bytes('commit', COMMITMENT_BYTES) }
    if (provider !== 'kms') return members.refuse('names no provider that there is')
    const arn = members.text('arn')
    if (!KEY_ARN.test(arn)) members.refuse('names no ARN of a KMS key')
    // KMS keeps the versions of its keys itself: here there is one file, named by the key.
    if (`${keyId}` !== `${keyVersionId}`) members.refuse('does not have its key’s id as its name')
    return { ...facts, provider, arn }
  })
}
