import canonicalize from 'canonicalize'
import { parseUtf8, utf8Bytes } from './bytes.ts'
import { bug } from './vault-error.ts'

/**
 * Canonical JSON (RFC 8785; docs/format.md §3): one value, one sequence of bytes. So what is signed or
 * pinned is the file as it stands, and a second spelling of the same value is damage.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export type JsonObject = { readonly [member: string]: JsonValue }

/** No file of canonical JSON is larger; checked before anything is parsed. */
const MAX_BYTES = 64 * 1024
/** Our own files nest two deep. The bound keeps every walk over a stranger's file short. */
const MAX_DEPTH = 16

/**
 * Writes a value in its one canonical form. Never for secrets: text can't be zeroed (a Secret in it throws).
 *
 * A value that parseCanonicalJson would refuse (over 64 KiB, too deep, text with a lone surrogate) is a bug
 * of ours and throws, rather than making a file that nobody can read.
 */
export function writeCanonicalJson(value: JsonValue): Uint8Array<ArrayBuffer> {
  const bytes = utf8Bytes(canonicalize(value) ?? bug('a value that JSON has no form for'))
  if (parseCanonicalJson(bytes) === undefined) bug('JSON that would not be read again')
  return bytes
}

/**
 * The value in `bytes`; undefined unless they are exactly what writeCanonicalJson writes: at most 64 KiB of
 * UTF-8, members sorted and each once, no space, one spelling of each number and text, at most 16 deep, no
 * member `__proto__`.
 */
export function parseCanonicalJson(bytes: Uint8Array): JsonValue | undefined {
  if (bytes.length > MAX_BYTES) return undefined
  const text = parseUtf8(bytes)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    // Duplicate members, open order, spaces, other spellings: all end in another text than what came in.
    return isJson(value, MAX_DEPTH) && canonicalize(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

function isJson(value: unknown, depthLeft: number): value is JsonValue {
  if (value === null || typeof value !== 'object') return true
  if (depthLeft === 0) return false
  // JSON.parse makes `__proto__` a plain member, but the next who copies it sets a prototype.
  return Object.entries(value).every(
    ([member, inner]) => member !== '__proto__' && isJson(inner, depthLeft - 1),
  )
}
