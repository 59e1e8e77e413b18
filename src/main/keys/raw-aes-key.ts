import { fail, Secret } from '../base/index.ts'
import { NO_CONTEXT } from '../message/index.ts'
import type { NamedKey } from './lock.ts'

/** Namespaces that mean something to us or to every AWS Encryption SDK: nobody's own keys live there. */
const RESERVED = /^(aws-kms|strongroom)/

/**
 * A raw AES key that the person brings.
 *
 * @param bytes the key file's contents, a whole buffer of its own; zeroed when refused
 * @throws KEY_FILE_INVALID not 16, 24 or 32 bytes
 */
export function rawAesKey(bytes: Uint8Array<ArrayBuffer>, namespace: string, name: string): NamedKey {
  if (![16, 24, 32].includes(bytes.length)) {
    bytes.fill(0)
    fail('KEY_FILE_INVALID', `The key file holds ${bytes.length} bytes.`, { sizeBytes: bytes.length })
  }
  return { namespace, name, key: Secret.take(bytes, 'raw AES key'), proven: false, context: NO_CONTEXT }
}

/** @throws USAGE a namespace or name that a message sealed by the person must not have */
export function demandOwnName(namespace: string, name: string): void {
  if (RESERVED.test(namespace)) {
    fail('USAGE', `The namespace “${namespace}” is reserved; choose one of your own.`, { namespace })
  }
  const longest = Math.max(Buffer.byteLength(namespace), Buffer.byteLength(name))
  if (namespace === '' || name === '' || longest > 1024) {
    fail('USAGE', 'The key’s namespace and name must have 1 to 1,024 bytes each.')
  }
}
