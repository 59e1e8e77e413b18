import { isDeepStrictEqual } from 'node:util'
import { type DeviceId, idBytes, type MetadataKeyId, type SegmentId } from '../contract/ids.ts'
import { type Cursor, hashBytes, type Known } from '../journal/index.ts'
import { readHash, readId } from './columns.ts'
import type { PrivateColumns } from './private-columns.ts'
import { openJson, sealJson } from './sealed-json.ts'
import type { Connection } from './sqlite.ts'

const NAMED_BY: readonly Cursor['namedBy'][] = ['nobody', 'others', 'its own']

/** The parts of Known that are kept as a whole. Each is written only when it changed. */
const PARTS = ['claims', 'greatestTime', 'coverage', 'began', 'checkpoint'] as const
type Part = (typeof PARTS)[number]

type CursorRow = [Buffer, Buffer, number, number, number, Buffer, Buffer, number]

/** How far the journal was applied: in the same transaction as what was applied. */
export class KnownTable {
  readonly #columns: PrivateColumns
  readonly #cursors
  readonly #putCursor
  readonly #removeCursor
  readonly #fact
  readonly #putFact

  constructor(db: Connection, columns: PrivateColumns) {
    this.#columns = columns
    this.#cursors = db
      .prepare<[], CursorRow>(
        'SELECT segment, hash, bytes, seq, closed, device, metadata_key, named_by FROM cursor',
      )
      .raw()
    this.#putCursor = db.prepare<[...(Uint8Array | number)[]]>(
      'INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#removeCursor = db.prepare<[Uint8Array, Uint8Array]>(
      'DELETE FROM cursor WHERE segment = ? AND hash = ?',
    )
    this.#fact = db.prepare<[string], Buffer>('SELECT box FROM fact WHERE name = ?').pluck()
    this.#putFact = db.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO fact VALUES (?, ?)')
  }

  /** What is known; undefined: nothing was ever applied. */
  read(): Known | undefined {
    if (!this.#fact.get('greatestTime')) return undefined
    return {
      cursors: this.#cursors.all().map(readCursor),
      claims: this.#part('claims'),
      greatestTime: this.#part('greatestTime'),
      coverage: this.#part('coverage'),
      began: this.#part('began'),
      checkpoint: this.#part('checkpoint'),
    }
  }

  /** Brings the tables from what they say to `next`. @returns whether that is any different */
  write(before: Known | undefined, next: Known): boolean {
    const changed = PARTS.filter((part) => !before || !isSame(before[part], next[part]))
    for (const part of changed) {
      this.#putFact.run(part, sealJson(this.#columns, 'fact.box', rowOf(part), next[part]))
    }
    return this.#writeCursors(before?.cursors ?? [], next.cursors) || changed.length > 0
  }

  #writeCursors(before: readonly Cursor[], next: readonly Cursor[]): boolean {
    const held = new Map(before.map((cursor) => [keyOf(cursor), cursor]))
    let changed = false
    for (const cursor of next) {
      const key = keyOf(cursor)
      const isKept = isSame(held.get(key), cursor)
      held.delete(key)
      if (isKept) continue
      changed = true
      const { place, device, metadataKey, namedBy } = cursor
      const { segment, hash, bytes, seq } = place.head
      this.#putCursor.run(
        idBytes(segment),
        hashBytes(hash),
        bytes,
        seq,
        place.closed ? 1 : 0,
        idBytes(device),
        idBytes(metadataKey),
        NAMED_BY.indexOf(namedBy),
      )
    }
    for (const { place } of held.values()) {
      changed = true
      this.#removeCursor.run(idBytes(place.head.segment), hashBytes(place.head.hash))
    }
    return changed
  }

  #part<P extends Part>(part: P): Known[P] {
    const box = this.#fact.get(part) ?? new Uint8Array()
    return openJson<Known[P]>(this.#columns, 'fact.box', rowOf(part), box)
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a, b)
}

const rowOf = (name: string): Uint8Array => Buffer.from(name)

const keyOf = ({ place: { head } }: Cursor): string => `${head.segment}${head.hash}`

function readCursor([segment, hash, bytes, seq, closed, device, metadataKey, namedBy]: CursorRow): Cursor {
  return {
    place: {
      head: { segment: readId<SegmentId>(segment), bytes, seq, hash: readHash(hash) },
      closed: closed === 1,
    },
    device: readId<DeviceId>(device),
    metadataKey: readId<MetadataKeyId>(metadataKey),
    namedBy: NAMED_BY[namedBy] ?? 'nobody',
  }
}
