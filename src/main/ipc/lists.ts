import type { ItemId } from '../contract/ids.ts'
import type { Order, RowWindow } from '../contract/ipc/item-nouns.ts'
import type { OpenVault } from '../vault/index.ts'

/** A file or folder as the index tells of it. */
export type Entry = ReturnType<OpenVault['index']['items']['list']>[number]

type Range = { readonly from: number; readonly count: number }
type Sorted = { readonly generation: number; readonly entries: readonly Entry[]; readonly more: boolean }

/** Lists that are kept: the folder on screen, the one before, a search, the bin. */
const KEPT = 6

/**
 * Long lists, read and sorted once for many windows of rows: the grid asks for rows as it scrolls, and 100,000
 * items are not sorted for each screen. A list lives until anything in the vault changes.
 */
export class Lists {
  readonly #kept = new Map<string, Sorted>()

  /** Rows of the list `name`; `read` gives its entries if it isn't kept. Folders first, then by `order`. */
  async window(
    name: string,
    generation: number,
    order: Order | undefined,
    read: () => readonly Entry[] | Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }>,
    { from, count }: Range,
  ): Promise<RowWindow<Entry> & { readonly more: boolean }> {
    const sorted = await this.all(name, generation, order, read)
    const { entries, more } = sorted
    return { from, rows: entries.slice(from, from + count), total: entries.length, generation, more }
  }

  async all(
    name: string,
    generation: number,
    order: Order | undefined,
    read: () => readonly Entry[] | Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }>,
  ): Promise<Sorted> {
    const key = JSON.stringify([name, order])
    const kept = this.#kept.get(key)
    if (kept?.generation === generation) return kept
    const got = await read()
    const { entries, more } = 'more' in got ? got : { entries: got, more: false }
    const sorted = { generation, entries: order ? inOrder(entries, order) : entries, more }
    this.#kept.delete(key)
    this.#kept.set(key, sorted)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break
      this.#kept.delete(oldest)
    }
    return sorted
  }

  /** Where an item stands; undefined: it isn't in the list. */
  static indexOf(sorted: { readonly entries: readonly Entry[] }, item: ItemId): number | undefined {
    const index = sorted.entries.findIndex(({ id }) => id === item)
    return index === -1 ? undefined : index
  }

  /** Drops all names: at lock. */
  clear(): void {
    this.#kept.clear()
  }
}

/**
 * Folders first, each part by `order`; by name where that leaves two equal. Names are compared by keys made
 * once, with numbers as numbers: a collator takes a second for 100,000 names.
 */
function inOrder(entries: readonly Entry[], { by, descending }: Order): readonly Entry[] {
  const keyed = entries.map((entry) => ({ entry, key: by === 'name' ? nameKey(entry.name) : entry.name }))
  const sign = descending ? -1 : 1
  keyed.sort((a, b) => {
    if (a.entry.kind !== b.entry.kind) return a.entry.kind === 'folder' ? -1 : 1
    const byValue =
      by === 'size'
        ? a.entry.sizeBytes - b.entry.sizeBytes
        : by === 'modified'
          ? (a.entry.mtimeMs ?? 0) - (b.entry.mtimeMs ?? 0)
          : 0
    return sign * (byValue || compare(a.key, b.key) || compare(a.entry.name, b.entry.name))
  })
  return keyed.map(({ entry }) => entry)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const DIGITS = /0*(\d+)/g
const NOT_ASCII = /[^\0-\x7f]/

/** Letters without case, accents after their letter, numbers by their value (of up to 9 digits): how many digits, then which. */
function nameKey(name: string): string {
  const letters = NOT_ASCII.test(name) ? name.normalize('NFD') : name
  return letters
    .toLowerCase()
    .replace(DIGITS, (_, digits: string) => String.fromCharCode(0x30 + Math.min(digits.length, 9)) + digits)
}
