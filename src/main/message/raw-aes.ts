import { createCipheriv, type KeyObject } from 'node:crypto'
import { concat, fail, orShort, parseUtf8, randomBytes, Secret, utf8Bytes } from '../base/index.ts'
import { type Context, joinContexts, NO_CONTEXT, writeContext } from './context.ts'
import { GCM, IV_BYTES, openGcm, TAG_BYTES } from './derive.ts'
import type { Edk } from './edk.ts'
import type { UnwrapDataKey } from './reader.ts'

/**
 * Raw-AES EDKs (docs/format.md §1.3), as every AWS Encryption SDK's Raw AES keyring writes them:
 *
 *     provider id    namespace
 *     provider info  key name ‖ tag bits u32 (128) ‖ IV length u32 (12) ‖ IV 12
 *     ciphertext     AES-GCM(data key) ‖ tag 16         AAD = the whole context, stored and required
 */
/** An AES key of 16, 24 or 32 bytes under the name that messages know it by. */
export type RawAesKey = {
  readonly namespace: string
  readonly name: string
  readonly key: KeyObject
  /** Known to be the right key, by a commitment: what doesn't open under it was changed. */
  readonly proven?: boolean
  /** Only for messages whose context holds these pairs: where the key came from, for one. */
  readonly context?: Context
}

const TAG_BITS = TAG_BYTES * 8
const INFO_TAIL_BYTES = 4 + 4 + IV_BYTES

/** Wraps a data key. */
export function wrapRawAes(wrapping: RawAesKey, dataKey: Secret, context: Context): Edk {
  const iv = randomBytes(IV_BYTES)
  const bits = (wrapping.key.symmetricKeySize ?? 0) * 8
  const cipher = createCipheriv(`aes-${bits}-gcm` as 'aes-256-gcm', wrapping.key, iv, GCM)
  cipher.setAAD(writeContext(context))
  const wrapped = dataKey.use((bytes) => cipher.update(bytes))
  cipher.final()
  return {
    providerId: utf8Bytes(wrapping.namespace),
    providerInfo: concat(utf8Bytes(wrapping.name), { u32: TAG_BITS }, { u32: IV_BYTES }, iv),
    ciphertext: concat(wrapped, cipher.getAuthTag()),
  }
}

/** The namespace and key name in a Raw-AES EDK; undefined if its info isn't one's. */
export function rawAesName(edk: Edk): { readonly namespace: string; readonly name: string } | undefined {
  const parts = splitInfo(edk)
  if (parts === undefined) return undefined
  const namespace = parseUtf8(edk.providerId)
  const name = parseUtf8(parts.name)
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

/**
 * Unwraps a data key.
 *
 * @returns undefined if the EDK is not for this key, or does not open with it: the caller tries the next
 */
export function unwrapRawAes(wrapping: RawAesKey, edk: Edk, context: Context): Secret | undefined {
  const named = rawAesName(edk)
  if (named?.namespace !== wrapping.namespace || named.name !== wrapping.name) return undefined
  const iv = splitInfo(edk)?.iv
  if (iv === undefined || edk.ciphertext.length < TAG_BYTES) return undefined
  const wrapped = edk.ciphertext.subarray(0, -TAG_BYTES)
  const tag = edk.ciphertext.subarray(-TAG_BYTES)
  const bytes = openGcm(wrapping.key, iv, writeContext(context), wrapped, tag)
  return bytes?.length === 32 ? Secret.take(bytes, 'data key') : undefined
}

/**
 * The unwrapping of a message by any of `keys`, tried in turn.
 *
 * @throws KEY_MISMATCH no EDK names one of them
 * @throws KEY_REFUSED one does and doesn't open: MESSAGE_TAMPERED where the key is proven
 */
export function unwrapByRawAes(
  keys: readonly RawAesKey[],
  requiredContext: Context = NO_CONTEXT,
): UnwrapDataKey {
  return (header) => {
    const context = joinContexts(header.context, requiredContext)
    const names = header.edks.map(rawAesName)
    const named = keys.filter(
      (key) =>
        names.some((name) => name?.namespace === key.namespace && name.name === key.name) &&
        [...(key.context ?? NO_CONTEXT)].every(([pair, value]) => context.get(pair) === value),
    )
    for (const key of named) {
      for (const edk of header.edks) {
        const dataKey = unwrapRawAes(key, edk, context)
        if (dataKey !== undefined) return dataKey
      }
    }
    const [first] = named
    if (first === undefined) return fail('KEY_MISMATCH', 'None of the keys given is named by this message.')
    if (named.some((key) => key.proven)) {
      return fail(
        'MESSAGE_TAMPERED',
        'The header of this message was changed or damaged: its data key does not open.',
      )
    }
    return fail('KEY_REFUSED', `The key “${first.name}” (${first.namespace}) does not open this message.`, {
      namespace: first.namespace,
      name: first.name,
    })
  }
}

function splitInfo(edk: Edk): { readonly name: Uint8Array; readonly iv: Uint8Array } | undefined {
  const nameLength = edk.providerInfo.length - INFO_TAIL_BYTES
  if (nameLength < 0) return undefined
  const tail = orShort(edk.providerInfo.subarray(nameLength), (reader) => ({
    tagBits: reader.u32(),
    ivLength: reader.u32(),
    iv: reader.bytes(IV_BYTES),
  }))
  if (tail === 'short' || tail.tagBits !== TAG_BITS || tail.ivLength !== IV_BYTES) return undefined
  return { name: edk.providerInfo.subarray(0, nameLength), iv: tail.iv }
}
