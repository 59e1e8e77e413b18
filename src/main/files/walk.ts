import { type BigIntStats, type Dirent, lstatSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { asVaultError, fail, type VaultError } from '../base/index.ts'
import { errnoOf, failFs } from './errors.ts'
import { factsOf, floorMs, type NotRegular, notRegular, type SourceFacts } from './source.ts'
import { isTemporaryName } from './temp.ts'

/** One step of a walk. `steps` lead from the folder that holds the path given, which is `steps[0]`. */
export type WalkEntry =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly steps: readonly string[]
      readonly sizeBytes: number
      readonly mtimeMs: number
    }
  | {
      readonly kind: 'folder'
      readonly path: string
      readonly steps: readonly string[]
      readonly facts: SourceFacts
    }
  | { readonly kind: 'other'; readonly path: string; readonly what: Exclude<NotRegular, 'FOLDER'> }
  | { readonly kind: 'failed'; readonly path: string; readonly error: VaultError }

export type WalkOptions = {
  /** A folder that is not entered: the destination, when it lies inside what is walked. */
  readonly exclude?: { is(other: { readonly dev: bigint; readonly ino: bigint }): boolean }
}

/**
 * Walks files and whole trees, a folder before what is in it, in the order of names; follows no links.
 * Memory: the names of the folders it is in.
 *
 * @throws nothing for a part that can't be read: that is a 'failed' entry, and the walk goes on
 */
export function* walk(path: string, options: WalkOptions = {}): Generator<WalkEntry> {
  const absolute = resolve(path)
  const name = basename(absolute)
  try {
    const stat = lstatSync(absolute, { bigint: true })
    const other = notRegular(stat)
    if (other === undefined) {
      yield { kind: 'file', path: absolute, steps: [name], ...sizeAndTime(stat) }
    } else if (other === 'FOLDER') {
      yield* walkFolder(absolute, name === '' ? [] : [name], options)
    } else {
      yield { kind: 'other', path: absolute, what: other }
    }
  } catch (error) {
    yield failed(absolute, error)
  }
}

/** The folder that holds `path`: where its own name is taken from and given back to. */
export function parentOf(path: string): string {
  return dirname(resolve(path))
}

function* walkFolder(path: string, steps: readonly string[], options: WalkOptions): Generator<WalkEntry> {
  let entries: Dirent[]
  try {
    const stat = lstatSync(path, { bigint: true })
    if (options.exclude?.is(stat)) return
    entries = readdirSync(path, { withFileTypes: true })
    yield { kind: 'folder', path, steps, facts: factsOf(stat) }
  } catch (error) {
    yield failed(path, error)
    return
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (isTemporaryName(entry.name)) continue
    const entryPath = join(path, entry.name)
    try {
      yield* walkEntry(entryPath, [...steps, entry.name], options)
    } catch (error) {
      yield failed(entryPath, error)
    }
  }
}

function* walkEntry(path: string, steps: readonly string[], options: WalkOptions): Generator<WalkEntry> {
  const stat = lstat(path)
  const other = notRegular(stat)
  if (other === undefined) yield { kind: 'file', path, steps, ...sizeAndTime(stat) }
  else if (other === 'FOLDER') yield* walkFolder(path, steps, options)
  else yield { kind: 'other', path, what: other }
}

function sizeAndTime({ size, mtimeNs }: BigIntStats) {
  return { sizeBytes: Number(size), mtimeMs: floorMs(mtimeNs) }
}

function lstat(path: string) {
  try {
    return lstatSync(path, { bigint: true })
  } catch (error) {
    // Node puts U+FFFD for bytes that aren't UTF-8, and such a path leads nowhere.
    if (errnoOf(error) === 'ENOENT' && path.includes('\uFFFD')) {
      return fail('NAME_REFUSED', `The name of ${path} is not valid UTF-8 text.`, { path }, error)
    }
    return failFs(error, 'look at', path)
  }
}

function failed(path: string, error: unknown): WalkEntry {
  try {
    return failFs(error, 'read', path)
  } catch (translated) {
    return { kind: 'failed', path, error: asVaultError(translated) }
  }
}
