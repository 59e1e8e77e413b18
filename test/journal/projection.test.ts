import { beforeEach, describe, expect, it } from 'vitest'
import {
  type ItemId,
  RECOVERED_ID,
  ROOT_ID,
  type SegmentId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import {
  cycleThrough,
  type Hanging,
  type ItemView,
  type Op,
  placeOf,
  project,
  RECOVERED_NAME,
  type Stamp,
  State,
} from '../../src/main/journal/index.ts'
import { fileOps, folderOps, newId, putOp, versionOp } from './support.ts'

let state: State
let time: number
beforeEach(() => {
  state = new State()
  time = 1000
})

const SEGMENT = '0'.repeat(32) as SegmentId
const stampAt = (at: number): Stamp => ({
  batch: { time: at, segment: SEGMENT, seq: at, frame: null },
  index: 0,
})

/** Applies ops, each later than all before. */
function apply(...ops: readonly Op[]): void {
  for (const op of ops) state.applyOp(op, stampAt(time++))
}
const view = (item: ItemId): ItemView | undefined => project(state).get(item)
const currentOf = (item: ItemId) => view(item)?.current?.version
const headsOf = (item: ItemId) => view(item)?.heads.map(({ version }) => version)
const item = () => newId<ItemId>()
const version = () => newId<VersionId>()
const bin = (of: ItemId, on: boolean, seen: VersionId[] = []): Op => ({ kind: 'bin', item: of, on, seen })
const purge = (of: ItemId, ...versions: VersionId[]): Op => ({ kind: 'purge', item: of, versions })

describe('fields of an item', () => {
  it('are each the last that was put, whatever else was put with it', () => {
    const [file, folder] = [item(), item()]
    apply(...folderOps(folder, 'folder'), ...fileOps(file, 'a'))
    apply(putOp(file, { name: 'b' }), putOp(file, { parent: folder }), putOp(file, { mode: 0o600 }))
    expect(view(file)).toMatchObject({ name: 'b', parent: folder, record: { mode: { value: 0o600 } } })
  })

  it('put earlier and told later change nothing', () => {
    const file = item()
    apply(...fileOps(file, 'a'))
    state.applyOp(putOp(file, { name: 'older', mode: 0 }), stampAt(1))
    expect(view(file)).toMatchObject({ name: 'a', record: { mode: { value: 0o644 } } })
  })
})

describe('1. versions', () => {
  const [a, b, c] = [version(), version(), version()]

  it('of which one takes the place of the other: the last is current, and no conflict', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), versionOp(file, b, [a]), versionOp(file, c, [b]))
    expect(headsOf(file)).toEqual([c])
  })

  it('that two people made of one: both are shown, the one with the greater stamp first', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), versionOp(file, b, [a]), versionOp(file, c, [a]))
    expect(headsOf(file)).toEqual([c, b])
    expect(currentOf(file)).toBe(c)
  })

  it('in conflict are settled by one that has both as bases', () => {
    const [file, d] = [item(), version()]
    apply(
      ...fileOps(file, 'x', ROOT_ID, a),
      versionOp(file, b, [a]),
      versionOp(file, c, [a]),
      versionOp(file, d, [b, c]),
    )
    expect(headsOf(file)).toEqual([d])
  })

  it('that are purged are not shown, but what they replaced stays replaced', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), versionOp(file, b, [a]), versionOp(file, c, [a]), purge(file, b))
    expect(headsOf(file)).toEqual([c])
  })

  it('of which only replaced ones are left: all of those are shown', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), versionOp(file, b, [a]), purge(file, b))
    expect(headsOf(file)).toEqual([a])
    apply(versionOp(file, c, [b, a]), purge(file, c))
    expect(headsOf(file)).toEqual([a])
  })

  it('all purged: the file is gone, and stays gone when a version is told again', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), purge(file, a))
    expect(view(file)).toBeUndefined()
    apply(versionOp(file, a))
    expect(view(file)).toBeUndefined()
  })

  it('purged before they are told are purged', () => {
    const file = item()
    apply(purge(file, a, b), ...fileOps(file, 'x', ROOT_ID, a))
    expect(view(file)).toBeUndefined()
    apply(versionOp(file, c))
    expect(headsOf(file)).toEqual([c])
  })

  it('told twice are as they were told first', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), { ...versionOp(file, a), sizeBytes: 99 })
    expect(view(file)?.current?.sizeBytes).toBe(5)
    state.applyOp({ ...versionOp(file, a), sizeBytes: 1 }, stampAt(1))
    expect(view(file)?.current?.sizeBytes).toBe(1)
  })

  it('of one that names itself as its base are still shown', () => {
    const file = item()
    apply(putOp(file, { itemKind: 'file', name: 'x', parent: ROOT_ID }), versionOp(file, a, [a]))
    expect(headsOf(file)).toEqual([a])
  })

  it('by the hundred keep their heads in any order', () => {
    const [file, chain] = [item(), Array.from({ length: 300 }, version)]
    const ops = chain.map((each, index): [Op, Stamp] => [
      versionOp(file, each, chain.slice(Math.max(0, index - 1), index)),
      stampAt(index + 1),
    ])
    for (const [op, stamp] of ops.toSorted(() => 0.5 - Math.random())) state.applyOp(op, stamp)
    expect(headsOf(file)).toEqual([chain.at(-1)])
    expect(state.items.get(file)?.versions.map((each) => each.version)).toEqual(chain.toSorted())
  })
})

describe('2. the bin', () => {
  const [a, b] = [version(), version()]

  it('takes a file whose current version was known, and gives it back', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), bin(file, true, [a]))
    expect(view(file)).toMatchObject({ binned: true, inBin: true })
    apply(bin(file, false))
    expect(view(file)).toMatchObject({ binned: false, inBin: false })
  })

  it('doesn’t take a file with an edit that wasn’t seen, made before or after', () => {
    const file = item()
    apply(...fileOps(file, 'x', ROOT_ID, a), versionOp(file, b, [a]), bin(file, true, [a]))
    expect(view(file)?.binned).toBe(false)
    apply(bin(file, true, [a, b]), versionOp(file, version(), [b]))
    expect(view(file)?.binned).toBe(false)
  })

  it('takes a folder with all that is in it, at any depth', () => {
    const [outer, inner, file] = [item(), item(), item()]
    apply(
      ...folderOps(outer, 'o'),
      ...folderOps(inner, 'i', outer),
      ...fileOps(file, 'f', inner),
      bin(outer, true),
    )
    expect([outer, inner, file].map((each) => view(each)?.inBin)).toEqual([true, true, true])
    expect([outer, inner, file].map((each) => view(each)?.binned)).toEqual([true, false, false])
    apply(putOp(file, { parent: ROOT_ID }))
    expect(view(file)?.inBin).toBe(false)
  })
})

describe('3. places', () => {
  it('are where an item was put', () => {
    const [folder, file] = [item(), item()]
    apply(...folderOps(folder, 'a'), ...fileOps(file, 'b', folder))
    expect([view(folder)?.parent, view(file)?.parent]).toEqual([ROOT_ID, folder])
  })

  it('in a folder that has not arrived, is purged, or is a file: "Recovered", until that changes', () => {
    const [file, folder] = [item(), item()]
    apply(...fileOps(file, 'b', folder))
    expect(view(file)?.parent).toBe(RECOVERED_ID)
    apply(...folderOps(folder, 'a'))
    expect(view(file)?.parent).toBe(folder)
    apply(purge(folder))
    expect([view(folder), view(file)?.parent]).toEqual([undefined, RECOVERED_ID])
    const other = item()
    apply(...fileOps(other, 'c'), putOp(file, { parent: other }))
    expect(view(file)?.parent).toBe(RECOVERED_ID)
  })

  it('of an item whose put has not arrived: "Recovered", as a file without a name', () => {
    const file = item()
    apply(versionOp(file, version()))
    expect(view(file)).toMatchObject({ parent: RECOVERED_ID, kind: 'file', name: 'Unnamed' })
  })

  it('in "Recovered" are kept when a person puts something there', () => {
    const file = item()
    apply(...fileOps(file, 'a', RECOVERED_ID))
    expect(view(file)?.parent).toBe(RECOVERED_ID)
  })

  it('purging names no versions for a folder; for a file that says nothing', () => {
    const file = item()
    apply(...fileOps(file, 'a'), purge(file))
    expect(view(file)?.name).toBe('a')
  })

  it('in a cycle: what was moved last hangs at the root, and all is reached from there', () => {
    const [a, b, c, inside] = [item(), item(), item(), item()]
    apply(...folderOps(a, 'a'), ...folderOps(b, 'b', a), ...folderOps(c, 'c', b), ...fileOps(inside, 'f', c))
    apply(putOp(a, { parent: c }))
    expect([a, b, c, inside].map((each) => view(each)?.parent)).toEqual([ROOT_ID, a, b, c])
    apply(putOp(b, { parent: a }))
    expect([a, b, c].map((each) => view(each)?.parent)).toEqual([c, ROOT_ID, b])
  })

  it('in itself: the root', () => {
    const a = item()
    apply(...folderOps(a, 'a'), putOp(a, { parent: a }))
    expect(view(a)?.parent).toBe(ROOT_ID)
  })

  it('in a cycle through a file or a purged folder: no cycle, for nothing hangs on those', () => {
    const [folder, file] = [item(), item()]
    apply(...folderOps(folder, 'a'), ...fileOps(file, 'b', folder), putOp(folder, { parent: file }))
    expect([view(folder)?.parent, view(file)?.parent]).toEqual([RECOVERED_ID, folder])
  })

  it('can be asked one by one, with the same answers', () => {
    const ids = Array.from({ length: 8 }, item)
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 300; round++) {
      const hanging = new Map<ItemId, Hanging>()
      for (const [index, each] of ids.entries()) {
        const parent = [...ids, ROOT_ID, RECOVERED_ID, item(), null][random(12)] ?? null
        hanging.set(each, {
          parent,
          since: parent === null ? null : stampAt(round * 10 + index),
          holds: random(4) > 0,
        })
      }
      const lookup = (each: ItemId) => hanging.get(each)
      const safe = new Set<ItemId>()
      for (const each of ids) {
        const place = placeOf(each, lookup)
        expect(placeOf(each, lookup, safe)).toBe(place)
        const cycle = cycleThrough(each, lookup)
        if (cycle)
          for (const other of cycle) expect(new Set(cycleThrough(other, lookup))).toEqual(new Set(cycle))
        // Upwards from everything there is a top.
        let at = place
        for (let steps = 0; at !== ROOT_ID && at !== RECOVERED_ID; steps++) {
          expect(steps).toBeLessThan(ids.length)
          at = placeOf(at, lookup)
        }
      }
    }
  })
})

describe('4. names', () => {
  it('are different among a folder’s items outside the bin; what is in the bin takes none', () => {
    const [a, b, c] = [item(), item(), item()]
    const seen = version()
    apply(...fileOps(a, 'x.txt', ROOT_ID, seen), ...fileOps(b, 'X.txt'), ...fileOps(c, 'x.txt'))
    expect([a, b, c].map((each) => view(each)?.name)).toEqual(['x.txt', 'X (2).txt', 'x (3).txt'])
    apply(bin(a, true, [seen]))
    expect([a, b, c].map((each) => view(each)?.name)).toEqual(['x.txt', 'X.txt', 'x (2).txt'])
  })

  it('alike in two folders stay', () => {
    const [folder, a, b] = [item(), item(), item()]
    apply(...folderOps(folder, 'f'), ...fileOps(a, 'x'), ...fileOps(b, 'x', folder))
    expect([view(a)?.name, view(b)?.name]).toEqual(['x', 'x'])
  })

  it('stay by the stamp of the name, not of the place', () => {
    const [folder, a, b] = [item(), item(), item()]
    apply(
      ...folderOps(folder, 'f'),
      ...fileOps(a, 'x', folder),
      ...fileOps(b, 'x'),
      putOp(a, { parent: ROOT_ID }),
    )
    expect([view(a)?.name, view(b)?.name]).toEqual(['x', 'x (2)'])
  })

  it('at the root leave "Recovered" to that folder while it holds something', () => {
    const [folder, lost] = [item(), item()]
    apply(...folderOps(folder, 'recovered'))
    expect(view(folder)?.name).toBe('recovered')
    apply(...fileOps(lost, 'x', item()))
    expect(view(folder)?.name).toBe('recovered (2)')
    expect(RECOVERED_NAME).toBe('Recovered')
  })

  it('of items in the bin are safe all the same', () => {
    const [a, seen] = [item(), version()]
    apply(...fileOps(a, '../x', ROOT_ID, seen), bin(a, true, [seen]))
    expect(view(a)?.name).toBe('.._x')
  })
})
