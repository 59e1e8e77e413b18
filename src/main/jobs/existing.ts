import { fail, VaultError } from '../base/index.ts'
import { type Folder, numberedName, Source } from '../files/index.ts'
import { layoutOf, parseHeader, type UnverifiedHeader } from '../message/index.ts'
import type { ExistsRule } from './protocol.ts'

/** What a finished target would look like: enough to know it again. */
export type Expected = {
  readonly plainBytes: number
  readonly mtimeMs: number
  /** Whether the target is a message of that plain text, or the plain text itself. */
  readonly sealed: boolean
}

const HEADER_PEEK_BYTES = 64 * 1024
const MOST_NUMBERS = 10_000

/**
 * Chooses the target's name before any work is done.
 *
 * @param base the name without `suffix`, which numbers go before
 * @param expected what an earlier run would have left; undefined to take no file for done
 * @throws DESTINATION_EXISTS
 */
export function chooseName(
  folder: Folder,
  base: string,
  suffix: string,
  rule: ExistsRule,
  expected: Expected | undefined,
): { readonly kind: 'free' | 'done'; readonly name: string } {
  for (let number = 1; number < MOST_NUMBERS; number++) {
    const name = (number === 1 ? base : numberedName(base, number)) + suffix
    if (rule === 'replace') return { kind: 'free', name }
    const found = look(folder, name, expected)
    if (found !== 'other') return { kind: found, name }
    if (rule === 'refuse') failExists(folder, name)
  }
  return failExists(folder, base + suffix)
}

export function failExists(folder: Folder, name: string): never {
  const path = `${folder.path}/${name}`
  return fail('DESTINATION_EXISTS', `${path} exists already and was left as it is.`, { path })
}

function look(folder: Folder, name: string, expected: Expected | undefined): 'free' | 'done' | 'other' {
  const found = openIfThere(folder, name)
  if (found === undefined) return 'free'
  if (typeof found === 'string') return 'other'
  using source = found
  if (expected === undefined || source.facts.mtimeMs !== expected.mtimeMs) return 'other'
  const plainBytes = expected.sealed ? plainSizeOf(source) : source.facts.sizeBytes
  return plainBytes === expected.plainBytes ? 'done' : 'other'
}

/** How much plain text a sealed file holds by its size; undefined if it is no message. */
function plainSizeOf(source: Source): number | undefined {
  const peek = new Uint8Array(Math.min(HEADER_PEEK_BYTES, source.facts.sizeBytes))
  source.read(peek, 0)
  const header = headerOf(peek)
  return header && layoutOf(header, source.facts.sizeBytes)?.plainBytes
}

/**
 * What a header says before anything is verified, used only to choose a name and to know a file again; undefined
 * if `start` does not hold one.
 */
export function headerOf(start: Uint8Array): UnverifiedHeader | undefined {
  try {
    const header = parseHeader(start)
    return header === 'short' ? undefined : header
  } catch {
    return undefined
  }
}

function openIfThere(folder: Folder, name: string): Source | string | undefined {
  if (!folder.has(name)) return undefined
  try {
    return Source.open(folder.at(name), `${folder.path}/${name}`)
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    if (error.code === 'NOT_FOUND') return undefined
    if (error.code === 'ACCESS_DENIED') return 'unreadable'
    // Too many open files, a disk that fails: that says nothing about whether a file is there.
    throw error
  }
}
