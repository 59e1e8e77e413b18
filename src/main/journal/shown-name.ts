import type { ItemId } from '../contract/ids.ts'
import type { ItemKind } from './op.ts'
import { compareStamps, type Stamp } from './stamp.ts'

/** An item as far as its name goes. */
export type Named = {
  readonly id: ItemId
  readonly kind: ItemKind
  /** As given; null if that hasn't arrived. */
  readonly name: string | null
  readonly since: Stamp | null
}

const GREATEST_NAME_BYTES = 255
const UNNAMED = 'Unnamed'

/**
 * Projection 4 (docs/format.md §4): the names under which the items of one folder are shown and written to
 * disk, all different when case and form are set aside. The earliest name stamp keeps a name; the others get
 * " (2)", " (3)"… before the extension, but never a name that another item was given.
 *
 * @param items those of the folder outside the bin
 * @param taken names that are not to be given
 */
export function nameItems(
  items: readonly Named[],
  taken: readonly string[] = [],
): ReadonlyMap<ItemId, string> {
  const shown = new Map<ItemId, string>()
  const used = new Set(taken.map(foldName))
  const later: Named[] = []
  for (const item of items.toSorted(byNameStamp)) {
    const name = safeName(item.name)
    const fold = foldName(name)
    if (used.has(fold)) later.push(item)
    else {
      used.add(fold)
      shown.set(item.id, name)
    }
  }
  // Where to go on counting: a thousand items of one name take a thousand steps, not half a million.
  const counts = new Map<string, number>()
  for (const item of later) {
    const base = safeName(item.name)
    const alike = `${item.kind} ${foldName(base)}`
    let count = counts.get(alike) ?? 1
    let name: string
    do name = numberedName(base, item.kind, ++count)
    while (used.has(foldName(name)))
    counts.set(alike, count)
    used.add(foldName(name))
    shown.set(item.id, name)
  }
  return shown
}

function byNameStamp(a: Named, b: Named): number {
  if (a.since && b.since) return compareStamps(a.since, b.since)
  // Without a name an item yields to all that have one; among such the id decides.
  if (a.since || b.since) return a.since ? -1 : 1
  return a.id < b.id ? -1 : 1
}

/** Two names with the same fold can't be in one folder: many file systems take them for one. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/**
 * A name that can be a part of a path: NFC, none of "", ".", "..", no "/" and no NUL, at most 255 bytes of
 * UTF-8. What a single system refuses besides is for whoever writes there.
 */
export function safeName(given: string | null): string {
  const name = (given ?? '').normalize('NFC').replaceAll(/[/\0]/g, '_')
  if (name === '') return UNNAMED
  if (name === '.' || name === '..') return '_'.repeat(name.length)
  if (Buffer.byteLength(name) <= GREATEST_NAME_BYTES) return name
  const { stem, extension } = split(name)
  return shorten(stem, extension)
}

function numberedName(name: string, kind: ItemKind, count: number): string {
  const { stem, extension } = kind === 'file' ? split(name) : { stem: name, extension: '' }
  return shorten(stem, ` (${count})${extension}`)
}

/** "a.b.txt" → "a.b" and ".txt"; a name that only starts or ends with its dot has no extension. */
function split(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  if (dot <= 0 || dot === name.length - 1) return { stem: name, extension: '' }
  return { stem: name.slice(0, dot), extension: name.slice(dot) }
}

/** Shortens the stem, by whole characters, until it fits with its ending; an ending that leaves no room, too. */
function shorten(stem: string, ending: string): string {
  const room = GREATEST_NAME_BYTES - Buffer.byteLength(ending)
  return room > 0 ? cut(stem, room) + ending : cut(stem + ending, GREATEST_NAME_BYTES)
}

function cut(text: string, bytes: number): string {
  let kept = ''
  let size = 0
  for (const character of text) {
    size += Buffer.byteLength(character)
    if (size > bytes) break
    kept += character
  }
  return kept
}
