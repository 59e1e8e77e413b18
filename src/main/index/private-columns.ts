import { createHmac } from 'node:crypto'
import { concat, fail, kdf, openBox, type Secret, sealBox, utf8Bytes } from '../base/index.ts'
import { type DeviceId, idBytes } from '../contract/ids.ts'

/** Columns whose content is encrypted. Part of what a box is bound to: none passes for another. */
export type PrivateColumn =
  | 'page.names'
  | 'page.records'
  | 'register.box'
  | 'witness.box'
  | 'stray_key.box'
  | 'batch.time'
  | 'shape.prefix'
  | 'fact.box'

/**
 * Encrypts what in index.db is private: everything but ids, what lies in which folder, sizes of pages, and
 * what the journal's folder shows as well (segments, lengths, hashes).
 *
 *     box(index key, column ‖ 00 ‖ device id ‖ row, content)
 *
 * Names are looked up by tags, HMAC-SHA256 under a key of their own, so that equal names in two folders don't
 * look alike.
 */
export class PrivateColumns implements Disposable {
  readonly #key: Secret
  readonly #tagKey: Secret
  readonly #device: Uint8Array
  readonly #heads = new Map<PrivateColumn, Uint8Array>()

  /** @param key the index key, KDF(metadata key, "strongroom/index", device id); it is owned from here on */
  constructor(key: Secret, device: DeviceId) {
    this.#key = key
    this.#device = idBytes(device)
    this.#tagKey = kdf(key, this.#device, 'strongroom/index-tag')
  }

  /** @param row the row's key, so that a box can't stand in another row */
  seal(column: PrivateColumn, row: number | Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
    return sealBox(this.#key, this.#aad(column, row), content)
  }

  /** @throws INDEX_DAMAGED */
  open(column: PrivateColumn, row: number | Uint8Array, box: Uint8Array): Buffer {
    const content = this.tryOpen(column, row, box)
    return (
      content ?? fail('INDEX_DAMAGED', 'The index of this vault holds what it was not given.', { column })
    )
  }

  /** As `open`; undefined for a box of another key. */
  tryOpen(column: PrivateColumn, row: number | Uint8Array, box: Uint8Array): Buffer | undefined {
    const content = openBox(this.#key, this.#aad(column, row), box)
    return content && Buffer.from(content.buffer)
  }

  /** The tag of a folded name in a folder: 48 bits, never 0. Two names of a folder may share one. */
  nameTag(place: number, foldedName: string): number {
    const tag = createHmac('sha256', this.#tagKey.keyObject()).update(`${place}/${foldedName}`).digest()
    return tag.readUIntBE(0, 6) || 1
  }

  /** The tag of a text by which one row is found. */
  textTag(text: string): Buffer {
    return createHmac('sha256', this.#tagKey.keyObject()).update(`:${text}`).digest().subarray(0, 16)
  }

  [Symbol.dispose](): void {
    this.#key[Symbol.dispose]()
    this.#tagKey[Symbol.dispose]()
  }

  #aad(column: PrivateColumn, row: number | Uint8Array): Uint8Array {
    const head = this.#heads.get(column) ?? concat(utf8Bytes(`${column}\0`), this.#device)
    this.#heads.set(column, head)
    return concat(head, typeof row === 'number' ? { u64: BigInt(row) } : row)
  }
}
