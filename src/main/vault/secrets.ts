import type { Secret } from '../base/index.ts'
import { readSmallFile, readToEnd } from '../files/index.ts'
import { type NamedKey, passphraseSecret, rawAesKey } from '../keys/index.ts'

const PASSPHRASE_MAX_BYTES = 64 * 1024
const KEY_MAX_BYTES = 4096
const LF = 0x0a
const CR = 0x0d

/** Where a passphrase comes from: never an argument or the environment. */
export type PassphraseFrom =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' }
  /** Typed at a prompt; zeroed by the call. */
  | { readonly kind: 'typed'; readonly bytes: Uint8Array<ArrayBuffer> }

/**
 * The passphrase as a Secret that the caller ends: the first line, without LF or CRLF.
 *
 * @throws PASSPHRASE_EMPTY · USAGE · NOT_FOUND …
 */
export function openPassphrase(from: PassphraseFrom): Secret {
  switch (from.kind) {
    case 'file':
      return firstLine(readSmallFile(from.path, PASSPHRASE_MAX_BYTES))
    case 'stdin':
      return firstLine(readToEnd(0, 'standard input', PASSPHRASE_MAX_BYTES))
    case 'typed':
      return passphraseSecret(from.bytes)
  }
}

/** A raw AES key from its file; the caller ends its Secret. @throws KEY_FILE_INVALID · NOT_FOUND … */
export function openRawAesKey(path: string, namespace: string, name: string): NamedKey {
  return rawAesKey(readSmallFile(path, KEY_MAX_BYTES), namespace, name)
}

function firstLine(bytes: Uint8Array<ArrayBuffer>): Secret {
  const lf = bytes.indexOf(LF)
  const end = lf === -1 ? bytes.length : lf
  const line = bytes.slice(0, end > 0 && bytes[end - 1] === CR ? end - 1 : end)
  bytes.fill(0)
  return passphraseSecret(line)
}
