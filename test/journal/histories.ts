import {
  type Id,
  type ItemId,
  idFromBytes,
  type KeyId,
  ROOT_ID,
  type SegmentId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { type Hash, hashOf, type Op } from '../../src/main/journal/index.ts'
import { inOrder, oracle, type Told } from './oracle.ts'
import { putOp, versionOp } from './support.ts'

/** Random numbers that a seed repeats. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 … sides − 1. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }

  /** One time in `sides`. */
  chance(sides: number): boolean {
    return this.roll(sides) === 0
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.roll(from.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  some<T>(from: readonly T[]): T[] {
    return from.filter(() => this.chance(2))
  }

  shuffle<T>(from: readonly T[]): T[] {
    const out = [...from]
    for (let at = out.length - 1; at > 0; at--) {
      const other = this.roll(at + 1)
      const [a, b] = [out[at], out[other]]
      if (a !== undefined && b !== undefined) [out[at], out[other]] = [b, a]
    }
    return out
  }
}

function pool<T extends Id<string>>(dice: Dice, size: number): T[] {
  const bytes = () => Uint8Array.from({ length: 16 }, () => dice.roll(256))
  return Array.from({ length: size }, () => idFromBytes<T>(bytes()) ?? fail())
}

function fail(): never {
  throw new Error('no id')
}

const ITEMS = pool<ItemId>(new Dice(1), 7)
const STRANGERS = pool<ItemId>(new Dice(2), 2)
const KEYS = pool<KeyId>(new Dice(3), 2)
const NAMES = ['a', 'A', 'a.txt', 'A.TXT', 'a (2)', 'a (2).txt', '\u00e4', 'a\u0308', 'recovered']
const FRAMES: Hash[] = ['left', 'right'].map((side) => hashOf(Buffer.from(side)))

type Writer = { readonly segment: SegmentId; readonly frame: Hash | null; seen: Told[]; seq: number }

/** What 2 to 4 writers told, who see each other's words late or not at all. */
export type History = { readonly told: readonly Told[]; readonly forked: boolean }

export function randomHistory(dice: Dice): History {
  const forked = dice.chance(4)
  const segments = pool<SegmentId>(dice, 4)
  // The first two of a forked history are one segment that went on twice: same ids, times and numbers.
  const writers = segments.slice(0, 2 + dice.roll(3)).map((segment, index): Writer => {
    const twin = forked && index < 2
    return {
      segment: (twin && segments[0]) || segment,
      frame: (twin && FRAMES[index]) || null,
      seen: [],
      seq: 0,
    }
  })
  const told: Told[] = []
  for (let step = 0; step < 30; step++) {
    const writer = dice.pick(writers)
    if (dice.chance(3)) writer.seen = [...new Set([...writer.seen, ...dice.pick(writers).seen])]
    else {
      const words = sayBatch(dice, writer)
      told.push(...words)
      writer.seen.push(...words)
    }
  }
  return { told, forked }
}

/** One batch of up to three ops, above all that its writer has seen. */
function sayBatch(dice: Dice, writer: Writer): Told[] {
  const greatest = writer.seen.reduce((time, { stamp }) => Math.max(time, stamp.batch.time), 0)
  writer.seq++
  // A coarse clock that runs apart, so that times are equal now and then.
  const time = Math.max(greatest + 1, 3 * dice.roll(12))
  const batch = { time, segment: writer.segment, seq: writer.seq, frame: writer.frame }
  return Array.from({ length: 1 + dice.roll(3) }, (_, index) => ({
    op: say(dice, writer.seen),
    stamp: { batch, index },
  }))
}

/** One random thing that someone does who has seen these. */
export function say(dice: Dice, seen: readonly Told[]): Op {
  const item = dice.pick(ITEMS)
  const isFolder = ITEMS.indexOf(item) < 4
  const known = seen.flatMap(({ op }) => (op.kind === 'version' && op.item === item ? [op.version] : []))
  const fresh = pool<VersionId>(dice, 1)
  switch (dice.roll(isFolder ? 6 : 10)) {
    case 0:
    case 1: {
      const parent = dice.pick([...ITEMS, ...STRANGERS, ROOT_ID, ROOT_ID])
      return putOp(item, { parent, itemKind: isFolder ? 'folder' : 'file', mode: dice.roll(0o777) })
    }
    case 2:
      return putOp(item, { name: dice.pick(NAMES), parent: dice.chance(2) ? ROOT_ID : null })
    case 3:
      return { kind: 'bin', item, on: !dice.chance(3), seen: dice.chance(3) ? dice.some(known) : known }
    case 4:
      return dice.chance(isFolder ? 3 : 1) ? purge(dice, item, isFolder ? [] : known) : sayOther(dice, seen)
    case 5:
      return sayOther(dice, seen)
    default:
      return versionOp(
        item,
        dice.pick([...fresh, ...fresh, ...known]),
        dice.chance(3) ? dice.some(known) : known.slice(-1),
      )
  }
}

function purge(dice: Dice, item: ItemId, known: VersionId[]): Op {
  return { kind: 'purge', item, versions: dice.chance(4) ? known : dice.some(known) }
}

function sayOther(dice: Dice, seen: readonly Told[]): Op {
  const versions = seen.flatMap(({ op }) => (op.kind === 'version' ? [op.version] : []))
  const sha256 = dice.chance(3) ? null : hashOf(Uint8Array.of(dice.roll(256)))
  switch (dice.roll(4)) {
    case 0: {
      const edk = dice.chance(3) ? null : Uint8Array.of(dice.roll(256))
      const version = versions.at(-1) ?? pool<VersionId>(dice, 1)[0] ?? fail()
      return { kind: 'key', version, key: dice.pick(KEYS), edk, keyMaterialId: null }
    }
    case 1:
      return { kind: 'set', name: dice.pick(['vault/name', 'policy/x']), value: dice.roll(1000) }
    case 2:
      return { kind: 'file', name: dice.pick(['keys/a', 'keys/b']), sha256 }
    default:
      return { kind: 'require', feature: dice.pick(['x', 'y']) }
  }
}

/** The journal room, or a copy of it with a fault planted in it. */
export type Room = Pick<typeof import('../../src/main/journal/index.ts'), 'State' | 'project' | 'standingOps'>

/** Throws if what the room shows depends on order, duplicates or splits, or isn't what the rules say. */
export function checkHistory(room: Room, { told, forked }: History, dice: Dice): void {
  const stateOf = (words: readonly Told[]) => {
    const state = new room.State()
    for (const { op, stamp } of words) state.applyOp(op, stamp)
    return state
  }
  const expected = JSON.stringify([...oracle(told)].sort())
  const records = JSON.stringify(toldRecords(told))
  const check = (state: InstanceType<Room['State']>, how: string) => {
    if (JSON.stringify(shown(room, state)) !== expected) throw new Error(`shown otherwise: ${how}`)
    if (JSON.stringify(heldRecords(state)) !== records) throw new Error(`records differ: ${how}`)
  }
  check(stateOf(told), 'in order')
  for (let round = 0; round < 3; round++) {
    const shuffled = dice.shuffle([...told, ...dice.some(told)])
    check(stateOf(shuffled), 'shuffled, with duplicates')
    const at = dice.roll(shuffled.length)
    const halves = [stateOf(shuffled.slice(0, at)), stateOf(shuffled.slice(Math.max(0, at - 3)))]
    halves[0]?.join(halves[1] ?? new room.State())
    check(halves[0] ?? new room.State(), 'joined from two halves')
  }
  check(stateOf(splitByCheckpoint(room, told, forked, dice)), 'split by a checkpoint')
}

/** A checkpoint over the beginning of each segment, and what is beyond, and some of what is not. */
function splitByCheckpoint(room: Room, told: readonly Told[], forked: boolean, dice: Dice): Told[] {
  const reach = new Map(told.map(({ stamp }) => [stamp.batch.segment, dice.roll(12)]))
  const isCovered = ({ stamp: { batch } }: Told) =>
    !(forked && batch.frame) && batch.seq <= (reach.get(batch.segment) ?? 0)
  const state = new room.State()
  for (const { op, stamp } of dice.shuffle(told.filter(isCovered))) state.applyOp(op, stamp)
  const standing = [...room.standingOps(state, [])]
  const again = told.filter((each) => isCovered(each) && dice.chance(4))
  return dice.shuffle([...standing, ...told.filter((each) => !isCovered(each)), ...again])
}

/** What a room shows, as the oracle puts it. */
export function shown(room: Room, state: InstanceType<Room['State']>): unknown {
  return [...room.project(state)]
    .map(([id, { kind, parent, name, heads, binned, inBin, record }]) => {
      const versions = heads.map(({ version }) => version)
      const [mtimeMs, mode] = [record.mtimeMs?.value ?? null, record.mode?.value ?? null]
      return [id, { kind, parent, name, heads: versions, binned, inBin, mtimeMs, mode }]
    })
    .sort()
}

/** Keys, settings, pinned files and features, by the rules. */
function toldRecords(told: readonly Told[]): unknown {
  const last = new Map<string, unknown>()
  for (const { op } of told.toSorted((a, b) => inOrder(a.stamp, b.stamp))) {
    if (op.kind === 'key') last.set(`key ${op.version} ${op.key}`, op.edk && [...op.edk])
    else if (op.kind === 'set') last.set(`set ${op.name}`, op.value)
    else if (op.kind === 'file') last.set(`file ${op.name}`, op.sha256)
    else if (op.kind === 'require') last.set(`require ${op.feature}`, true)
  }
  return [...last].sort()
}

function heldRecords(state: InstanceType<Room['State']>): unknown {
  const keys = [...state.keys].flatMap(([version, records]) =>
    records.map(({ key, edk }) => [`key ${version} ${key}`, edk && [...edk]]),
  )
  const settings = [...state.settings].map(([name, { value }]) => [`set ${name}`, value])
  const files = [...state.files].map(([name, { value }]) => [`file ${name}`, value])
  const features = [...state.features.keys()].map((feature) => [`require ${feature}`, true])
  return [...keys, ...settings, ...files, ...features].sort()
}
