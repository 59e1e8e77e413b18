import type { Op, Stamp } from '../../src/main/journal/index.ts'

/**
 * The rules of docs/format.md §4 ("State", projection 1 to 4), told a second time: straight from the document,
 * over a plain list of ops, as slowly as it likes, and with nothing of the journal room but its types.
 */
export type Told = { readonly op: Op; readonly stamp: Stamp }

export type OracleView = {
  readonly kind: string
  readonly parent: string
  readonly name: string
  readonly heads: readonly string[]
  readonly binned: boolean
  readonly inBin: boolean
  readonly mtimeMs: number | null
  readonly mode: number | null
}

const ROOT = '00000000000000000000000000000000'
const RECOVERED = '00000000000000000000000000000001'

const key = ({ batch, index }: Stamp): (number | string)[] => [
  batch.time,
  batch.segment,
  batch.seq,
  index,
  batch.frame ?? '',
]

export function inOrder(a: Stamp, b: Stamp): number {
  const [x, y] = [key(a), key(b)]
  for (const [at, part] of x.entries()) {
    const other = y[at] ?? ''
    if (part !== other) return part < other ? -1 : 1
  }
  return 0
}

type Item = {
  kind?: string
  parent?: string
  parentStamp?: Stamp
  name?: string
  nameStamp?: Stamp
  mtimeMs?: number
  mode?: number
  bin?: { on: boolean; seen: readonly string[] }
  versions: Map<string, { bases: readonly string[]; stamp: Stamp }>
  purged: Set<string>
  folderPurged: boolean
}

/** What is shown of a vault in which just these things were told, in whatever order. */
export function oracle(told: readonly Told[]): ReadonlyMap<string, OracleView> {
  const items = replay(told)
  const heads = new Map([...items].map(([id, item]) => [id, headsOf(item)]))
  const kind = (id: string) => items.get(id)?.kind ?? 'file'
  const isThere = (id: string): boolean => {
    const item = items.get(id)
    if (!item) return false
    return kind(id) === 'folder' ? !item.folderPurged : (heads.get(id)?.length ?? 0) > 0
  }
  const there = [...items.keys()].filter(isThere)
  const parents = hang(there, items, (id) => isThere(id) && kind(id) === 'folder')
  const binned = (id: string): boolean => {
    const bin = items.get(id)?.bin
    const current = kind(id) === 'folder' ? undefined : heads.get(id)?.[0]
    return bin?.on === true && (current === undefined || bin.seen.includes(current))
  }
  const names = nameAll(there, items, parents, binned, kind)
  return new Map(
    there.map((id) => {
      const ancestors = pathOf(id, parents)
      const item = items.get(id)
      const view = {
        kind: kind(id),
        parent: parents.get(id) ?? '',
        name: names.get(id) ?? '',
        heads: kind(id) === 'folder' ? [] : (heads.get(id) ?? []),
        binned: binned(id),
        inBin: ancestors.some(binned),
        mtimeMs: item?.mtimeMs ?? null,
        mode: item?.mode ?? null,
      }
      return [id, view]
    }),
  )
}

/** Told in order of stamp, "last wins" is to overwrite, "first wins" is not to. */
function replay(told: readonly Told[]): Map<string, Item> {
  const items = new Map<string, Item>()
  for (const { op, stamp } of told.toSorted((a, b) => inOrder(a.stamp, b.stamp))) {
    if (op.kind !== 'put' && op.kind !== 'version' && op.kind !== 'bin' && op.kind !== 'purge') continue
    const item: Item = items.get(op.item) ?? { versions: new Map(), purged: new Set(), folderPurged: false }
    items.set(op.item, item)
    if (op.kind === 'put') {
      if (op.itemKind !== null) item.kind = op.itemKind
      if (op.parent !== null) Object.assign(item, { parent: op.parent, parentStamp: stamp })
      if (op.name !== null) Object.assign(item, { name: op.name, nameStamp: stamp })
      if (op.mtimeMs !== null) item.mtimeMs = op.mtimeMs
      if (op.mode !== null) item.mode = op.mode
    } else if (op.kind === 'version') {
      if (!item.versions.has(op.version)) item.versions.set(op.version, { bases: op.bases, stamp })
    } else if (op.kind === 'bin') item.bin = op
    else if (op.versions.length === 0) item.folderPurged = true
    else for (const version of op.versions) item.purged.add(version)
  }
  return items
}

/** Rule 1, current first. */
function headsOf(item: Item): string[] {
  const bases = [...item.versions.values()].flatMap((each) => each.bases)
  const unpurged = [...item.versions].filter(([version]) => !item.purged.has(version))
  const unreplaced = unpurged.filter(([version]) => !bases.includes(version))
  const shown = unreplaced.length > 0 ? unreplaced : unpurged
  return shown.toSorted(([, a], [, b]) => inOrder(b.stamp, a.stamp)).map(([version]) => version)
}

/** Rule 3: hang everything where it was put, then cut cycles until there is none. */
function hang(
  there: string[],
  items: Map<string, Item>,
  isFolder: (id: string) => boolean,
): Map<string, string> {
  const parents = new Map<string, string>()
  for (const id of there) {
    const parent = items.get(id)?.parent ?? ''
    parents.set(id, parent === ROOT || parent === RECOVERED || isFolder(parent) ? parent : RECOVERED)
  }
  for (const id of there) {
    const path = pathOf(id, parents)
    if (parents.get(path.at(-1) ?? '') !== id) continue
    const since = (each: string) => items.get(each)?.parentStamp
    const last = path.reduce((a, b) => {
      const [x, y] = [since(a), since(b)]
      return x && y && inOrder(x, y) < 0 ? b : a
    })
    parents.set(last, ROOT)
  }
  return parents
}

/** From an item upwards, itself first, until the top or something that was passed before. */
function pathOf(id: string, parents: ReadonlyMap<string, string>): string[] {
  const path: string[] = []
  let at: string | undefined = id
  while (at !== undefined && parents.has(at) && !path.includes(at)) {
    path.push(at)
    at = parents.get(at)
  }
  return path
}

/** Rule 4, for the names that histories use: short ones, none of them unsafe. */
function nameAll(
  there: string[],
  items: Map<string, Item>,
  parents: Map<string, string>,
  binned: (id: string) => boolean,
  kind: (id: string) => string,
): Map<string, string> {
  const fold = (name: string) => name.normalize('NFC').toLowerCase()
  const given = (id: string) => items.get(id)?.name?.normalize('NFC') ?? 'Unnamed'
  const names = new Map(there.map((id) => [id, given(id)]))
  const byStamp = there
    .filter((id) => !binned(id))
    .toSorted((a, b) => {
      const [x, y] = [items.get(a)?.nameStamp, items.get(b)?.nameStamp]
      return x && y ? inOrder(x, y) : x ? -1 : y ? 1 : a < b ? -1 : 1
    })
  const used = new Set([...parents.values()].includes(RECOVERED) ? [`${ROOT}/recovered`] : [])
  const place = (id: string, name: string) => `${parents.get(id)}/${fold(name)}`
  const yielding: string[] = []
  for (const id of byStamp) {
    if (used.has(place(id, given(id)))) yielding.push(id)
    used.add(place(id, given(id)))
  }
  for (const id of yielding) {
    const [, stem = '', extension = ''] = (kind(id) === 'file' && /^(.+)(\.[^.]+)$/s.exec(given(id))) || [
      '',
      given(id),
    ]
    let count = 2
    while (used.has(place(id, `${stem} (${count})${extension}`))) count++
    names.set(id, `${stem} (${count})${extension}`)
    used.add(place(id, `${stem} (${count})${extension}`))
  }
  return names
}
