import { bug } from '../base/index.ts'
import { idBytes, type SegmentId } from '../contract/ids.ts'
import { type BatchStamp, hashBytes } from '../journal/index.ts'
import { readHash, readId } from './columns.ts'
import type { PrivateColumns } from './private-columns.ts'
import type { Connection } from './sqlite.ts'

const CACHED = 50_000

/** Gives each batch stamp a small number. A batch holds hundreds of ops, so the stamp of each is two of them. */
export class BatchTable {
  readonly #columns: PrivateColumns
  readonly #find
  readonly #insert
  readonly #read
  readonly #numbers = new Map<string, number>()
  readonly #stamps = new Map<number, BatchStamp>()
  /** The ops of a batch share one object: found without spelling out its text. */
  #objects = new WeakMap<BatchStamp, number>()

  constructor(db: Connection, columns: PrivateColumns) {
    this.#columns = columns
    this.#find = db
      .prepare<[Uint8Array, number, Uint8Array], number>(
        'SELECT number FROM batch WHERE segment = ? AND seq = ? AND frame = ?',
      )
      .pluck()
    this.#insert = db.prepare<[Uint8Array, number, Uint8Array, Uint8Array]>(
      'INSERT INTO batch (segment, seq, frame, time) VALUES (?, ?, ?, ?)',
    )
    this.#read = db
      .prepare<[number], [Buffer, number, Buffer, Buffer]>(
        'SELECT segment, seq, frame, time FROM batch WHERE number = ?',
      )
      .raw()
  }

  /** The number of a stamp, a new one if it has none. */
  numberOf(stamp: BatchStamp): number {
    const same = this.#objects.get(stamp)
    if (same !== undefined) return same
    const number = this.#numberOf(stamp)
    this.#objects.set(stamp, number)
    return number
  }

  #numberOf(stamp: BatchStamp): number {
    const key = `${stamp.segment}/${stamp.seq}/${stamp.frame ?? ''}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const segment = idBytes(stamp.segment)
    const frame = stamp.frame === null ? new Uint8Array() : hashBytes(stamp.frame)
    const number = this.#find.get(segment, stamp.seq, frame) ?? this.#add(stamp, segment, frame)
    this.#keep(key, number, stamp)
    return number
  }

  stampOf(number: number): BatchStamp {
    const known = this.#stamps.get(number)
    if (known) return known
    const row = this.#read.get(number) ?? bug(`no batch ${number}`)
    const [segment, seq, frame, box] = row
    const time = Number(this.#columns.open('batch.time', segment, box).readBigUInt64BE())
    const stamp: BatchStamp = {
      time,
      segment: readId<SegmentId>(segment),
      seq,
      frame: frame.length === 0 ? null : readHash(frame),
    }
    this.#keep(`${stamp.segment}/${seq}/${stamp.frame ?? ''}`, number, stamp)
    return stamp
  }

  /** Drops what is remembered: the table may have changed. */
  forget(): void {
    this.#numbers.clear()
    this.#stamps.clear()
    this.#objects = new WeakMap()
  }

  #add({ time, seq }: BatchStamp, segment: Uint8Array, frame: Uint8Array): number {
    const plain = Buffer.alloc(8)
    plain.writeBigUInt64BE(BigInt(time))
    const box = this.#columns.seal('batch.time', segment, plain)
    return Number(this.#insert.run(segment, seq, frame, box).lastInsertRowid)
  }

  #keep(key: string, number: number, stamp: BatchStamp): void {
    if (this.#stamps.size >= CACHED) this.forget()
    this.#numbers.set(key, number)
    this.#stamps.set(number, stamp)
    this.#objects.set(stamp, number)
  }
}
