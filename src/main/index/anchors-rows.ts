import type { DeviceId, SegmentId } from '../contract/ids.ts'
import type { Hash, Head } from '../journal/index.ts'
import { readHash, readId } from './columns.ts'
import type { Place } from './opening.ts'
import type { Connection } from './sqlite.ts'

/** What this device believes of a vault, whatever the vault's folder says. */
export type Pins = {
  /** SHA-256 of vault.json and of files under keys/, by name; null: it was removed. */
  readonly files: ReadonlyMap<string, Hash | null>
  /** KMS keys that may be called. */
  readonly arns: readonly string[]
  readonly greatestEpoch: number
}

export function readPins(db: Connection): Pins {
  const pins = db.prepare<[], [string, Buffer | null]>('SELECT name, sha256 FROM pin').raw().all()
  const arns = db.prepare<[], string>('SELECT arn FROM arn ORDER BY arn').pluck().all()
  const greatestEpoch = db.prepare<[], number>('SELECT greatest FROM epoch').pluck().get() ?? 0
  const files = new Map(pins.map(([name, sha256]) => [name, sha256 && readHash(sha256)]))
  return { files, arns, greatestEpoch }
}

export function readPlaces(db: Connection): readonly Place[] {
  return db
    .prepare<[], [string, Buffer, number]>('SELECT path, device, opened_ms FROM place ORDER BY path')
    .raw()
    .all()
    .map(([path, device, openedMs]) => ({ path, device: readId<DeviceId>(device), openedMs }))
}

export function readHeads(db: Connection, place: number): readonly Head[] {
  return db
    .prepare<[number], [Buffer, number, number, Buffer]>(
      'SELECT segment, bytes, seq, hash FROM head WHERE place = ?',
    )
    .raw()
    .all(place)
    .map(([segment, bytes, seq, hash]) => {
      return { segment: readId<SegmentId>(segment), bytes, seq, hash: readHash(hash) }
    })
}

export function readSegments(db: Connection, place: number): ReadonlySet<SegmentId> {
  const rows = db.prepare<[number], Buffer>('SELECT segment FROM segment WHERE place = ?').pluck().all(place)
  return new Set(rows.map((segment) => readId<SegmentId>(segment)))
}

export function readNames(db: Connection, table: 'flag' | 'own_key_file'): ReadonlySet<string> {
  return new Set(db.prepare<[], string>(`SELECT name FROM ${table}`).pluck().all())
}
