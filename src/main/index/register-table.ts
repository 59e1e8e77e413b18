import { bug, type CborValue, parseCbor, writeCbor } from '../base/index.ts'
import { type Hash, hashBytes, later, type Register, type SetValue, type Stamp } from '../journal/index.ts'
import type { BatchTable } from './batch-table.ts'
import { readHash } from './columns.ts'
import type { PrivateColumns } from './private-columns.ts'
import type { Connection } from './sqlite.ts'

/** Values by name, and what a writer must know. */
export type RegisterValues = {
  readonly set: SetValue
  readonly file: Hash | null
  /** Of two the earliest stamp counts: it says since when. */
  readonly require: null
}

export type RegisterKind = keyof RegisterValues

/** Settings, pinned files and required features: few, so that all are read at once. */
export class RegisterTable {
  readonly #columns: PrivateColumns
  readonly #batches: BatchTable
  readonly #find
  readonly #write
  readonly #readAll

  constructor(db: Connection, columns: PrivateColumns, batches: BatchTable) {
    this.#columns = columns
    this.#batches = batches
    this.#find = db.prepare<[Uint8Array], Buffer>('SELECT box FROM register WHERE tag = ?').pluck()
    this.#write = db.prepare<[Uint8Array, string, Uint8Array]>(
      'INSERT OR REPLACE INTO register VALUES (?, ?, ?)',
    )
    this.#readAll = db
      .prepare<[string], [Buffer, Buffer]>('SELECT tag, box FROM register WHERE kind = ?')
      .raw()
  }

  get(kind: RegisterKind, name: string): Register<CborValue> | null {
    const tag = this.#columns.textTag(`${kind}/${name}`)
    const box = this.#find.get(tag)
    return box ? this.#read(tag, box)[1] : null
  }

  put(kind: RegisterKind, name: string, { value, stamp }: Register<CborValue>): void {
    const tag = this.#columns.textTag(`${kind}/${name}`)
    const content = writeCbor([name, this.#batches.numberOf(stamp.batch), stamp.index, value])
    this.#write.run(tag, kind, this.#columns.seal('register.box', tag, content))
  }

  /** Merges one more value: the last wins. */
  merge(kind: 'set' | 'file', name: string, value: CborValue, stamp: Stamp): 'changed' | 'same' {
    const held = this.get(kind, name)
    const merged = later(held, { value, stamp })
    if (merged === held) return 'same'
    this.put(kind, name, merged)
    return 'changed'
  }

  setting(name: string): Register<SetValue> | null {
    const held = this.get('set', name)
    return held && { ...held, value: asSet(held.value) }
  }

  settings(): ReadonlyMap<string, Register<SetValue>> {
    return new Map(this.#all('set').map(([name, { value, stamp }]) => [name, { value: asSet(value), stamp }]))
  }

  files(): ReadonlyMap<string, Register<Hash | null>> {
    return new Map(
      this.#all('file').map(([name, { value, stamp }]) => [name, { value: asHash(value), stamp }]),
    )
  }

  features(): ReadonlyMap<string, { readonly stamp: Stamp }> {
    return new Map(this.#all('require').map(([name, { stamp }]) => [name, { stamp }]))
  }

  #all(kind: RegisterKind): readonly (readonly [string, Register<CborValue>])[] {
    return this.#readAll.all(kind).map(([tag, box]) => this.#read(tag, box))
  }

  #read(tag: Buffer, box: Buffer): readonly [string, Register<CborValue>] {
    const fields = parseCbor(this.#columns.open('register.box', tag, box))
    if (!Array.isArray(fields)) return bug('a register that is no array')
    const [name, batch, index, value]: readonly (CborValue | undefined)[] = fields
    if (typeof name !== 'string' || typeof batch !== 'number' || typeof index !== 'number') {
      return bug('a register of another shape')
    }
    const stamp = { batch: this.#batches.stampOf(batch), index }
    return [name, { value: value ?? null, stamp }]
  }
}

/** The hash of a pinned file as it is kept. */
export function writeFileValue(sha256: Hash | null): CborValue {
  return sha256 === null ? null : hashBytes(sha256)
}

function asHash(value: CborValue): Hash | null {
  return value instanceof Uint8Array ? readHash(value) : null
}

function asSet(value: CborValue): SetValue {
  if (value instanceof Map) return bug('a setting that is a map')
  if (Array.isArray(value)) return value.map(asSet)
  return value as Exclude<SetValue, readonly SetValue[]>
}
