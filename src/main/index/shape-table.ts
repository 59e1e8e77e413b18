import { bug, concat } from '../base/index.ts'
import { idBytes, type KeyId } from '../contract/ids.ts'
import { readId } from './columns.ts'
import type { PrivateColumns } from './private-columns.ts'
import type { Connection } from './sqlite.ts'

/** Beginnings shorter than this more than a known one are not worth a number. */
const WORTH_BYTES = 16
const SHAPES_A_KEY = 32
const SHAPES_AT_MOST = 4096

/** How EDKs begin that are of one kind: the key they are under, and their first bytes. */
export type Shape = { readonly number: number; readonly key: KeyId; readonly prefix: Uint8Array }

/**
 * Learns how the EDKs under a key begin: provider, key name and lengths are the same in all of them, half of
 * their bytes. Of the first EDK nothing is known; the second shows what they have in common.
 */
export class ShapeTable {
  readonly #columns: PrivateColumns
  readonly #readAll
  readonly #insert
  readonly #byKey = new Map<KeyId, Shape[]>()
  readonly #byNumber: Shape[] = []
  readonly #last = new Map<KeyId, Uint8Array>()
  #isLoaded = false

  constructor(db: Connection, columns: PrivateColumns) {
    this.#columns = columns
    this.#readAll = db.prepare<[], [number, Buffer]>('SELECT number, prefix FROM shape ORDER BY number').raw()
    this.#insert = db.prepare<[number, Uint8Array]>('INSERT INTO shape VALUES (?, ?)')
  }

  /** The shape that saves most of this EDK; undefined if its key has none, and gets none any more. */
  shapeOf(key: KeyId, edk: Uint8Array): Shape | undefined {
    this.#load()
    const shapes = this.#byKey.get(key) ?? []
    let best: Shape | undefined
    for (const shape of shapes) {
      if (shape.prefix.length < (best?.prefix.length ?? 0)) continue
      if (commonLength(shape.prefix, edk) === shape.prefix.length) best = shape
    }
    const last = this.#last.get(key) ?? new Uint8Array()
    const common = commonLength(last, edk)
    this.#last.set(key, edk)
    const isWorth = !best || common >= best.prefix.length + WORTH_BYTES
    if (!isWorth || shapes.length >= SHAPES_A_KEY || this.#byNumber.length >= SHAPES_AT_MOST) return best
    return this.#add(key, new Uint8Array(edk.subarray(0, common)))
  }

  /** @param number from 1 */
  shapeAt(number: number): Shape {
    this.#load()
    return this.#byNumber[number - 1] ?? bug(`no shape ${number}`)
  }

  /** Drops what is remembered: the table may have changed. */
  forget(): void {
    this.#isLoaded = false
    this.#byKey.clear()
    this.#byNumber.length = 0
    this.#last.clear()
  }

  #load(): void {
    if (this.#isLoaded) return
    for (const [number, box] of this.#readAll.all()) {
      const content = this.#columns.open('shape.prefix', number, box)
      this.#keep({ number, key: readId<KeyId>(content.subarray(0, 16)), prefix: content.subarray(16) })
    }
    this.#isLoaded = true
  }

  #add(key: KeyId, prefix: Uint8Array): Shape {
    const shape = { number: this.#byNumber.length + 1, key, prefix }
    const box = this.#columns.seal('shape.prefix', shape.number, concat(idBytes(key), prefix))
    this.#insert.run(shape.number, box)
    this.#keep(shape)
    return shape
  }

  #keep(shape: Shape): void {
    this.#byNumber.push(shape)
    const shapes = this.#byKey.get(shape.key)
    if (shapes) shapes.push(shape)
    else this.#byKey.set(shape.key, [shape])
  }
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a[length] === b[length]) length++
  return length
}
