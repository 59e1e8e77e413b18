import { hex, sha256, utf8Bytes } from '../base/index.ts'

/**
 * Names of sealed files: `<name>.sealed`. Where that would not fit in 255 bytes, a part of the name and a
 * hash of it stand there, and the whole name is in the message's context (docs/format.md §2.4).
 */
export const SEALED_SUFFIX = '.sealed'
/** The context key of a whole name. */
export const NAME_KEY = 'strongroom-name'

const MAX_NAME_BYTES = 255
const HASH_DIGITS = 16
const bytes = (text: string): number => Buffer.byteLength(text)

export function isSealedName(name: string): boolean {
  return name.toLowerCase().endsWith(SEALED_SUFFIX)
}

/** The sealed file's name for `name`, and whether the context must hold the whole one. */
export function sealedNameOf(name: string): { readonly name: string; readonly shortened: boolean } {
  const full = name + SEALED_SUFFIX
  return bytes(full) <= MAX_NAME_BYTES
    ? { name: full, shortened: false }
    : { name: shortOf(name), shortened: true }
}

/**
 * The plain file's name for a sealed one.
 *
 * @param stored the name in the message's context: followed only while the sealed file still has the short
 *   name that was made of it, so that whoever renames a file keeps the new name
 */
export function plainNameOf(sealedName: string, stored: string | undefined): string {
  if (stored !== undefined && shortOf(stored) === sealedName) return stored
  return isSealedName(sealedName) ? sealedName.slice(0, -SEALED_SUFFIX.length) : sealedName
}

/** As much of the name's beginning as fits before `~<16 digits of its SHA-256>.sealed`. */
function shortOf(name: string): string {
  const tail = `~${hex(sha256(utf8Bytes(name))).slice(0, HASH_DIGITS)}${SEALED_SUFFIX}`
  const kept: string[] = []
  let left = MAX_NAME_BYTES - bytes(tail)
  for (const char of name) {
    left -= bytes(char)
    if (left < 0) break
    kept.push(char)
  }
  return kept.join('') + tail
}
