import { idBytes, type VersionId } from '../contract/ids.ts'
import type { KeyRecord } from '../journal/index.ts'
import { readId } from './columns.ts'
import { CompactReader, CompactWriter } from './compact.ts'
import type { PrivateColumns } from './private-columns.ts'
import { type RowTables, readKeys, writeKeys } from './row-codec.ts'
import type { Connection } from './sqlite.ts'
import { StampReader, StampWriter } from './stamp-codec.ts'

/** EDKs of versions that have not arrived. When one does, they move to its item. */
export class StrayKeyTable {
  readonly #columns: PrivateColumns
  readonly #tables: RowTables
  readonly #find
  readonly #write
  readonly #remove
  readonly #readAll
  readonly #any

  constructor(db: Connection, columns: PrivateColumns, tables: RowTables) {
    this.#columns = columns
    this.#tables = tables
    this.#find = db.prepare<[Uint8Array], Buffer>('SELECT box FROM stray_key WHERE version = ?').pluck()
    this.#write = db.prepare<[Uint8Array, Uint8Array]>('INSERT OR REPLACE INTO stray_key VALUES (?, ?)')
    this.#remove = db.prepare<[Uint8Array]>('DELETE FROM stray_key WHERE version = ?')
    this.#readAll = db.prepare<[], [Buffer, Buffer]>('SELECT version, box FROM stray_key').raw()
    this.#any = db.prepare<[], number>('SELECT 1 FROM stray_key LIMIT 1').pluck()
  }

  get isEmpty(): boolean {
    return this.#any.get() === undefined
  }

  get(version: VersionId): readonly KeyRecord[] {
    const id = idBytes(version)
    const box = this.#find.get(id)
    return box ? this.#read(id, box) : []
  }

  put(version: VersionId, records: readonly KeyRecord[]): void {
    const writer = new CompactWriter()
    writeKeys(writer, new StampWriter(writer, this.#tables.batches), this.#tables.shapes, records)
    const id = idBytes(version)
    this.#write.run(id, this.#columns.seal('stray_key.box', id, writer.finish()))
  }

  remove(version: VersionId): void {
    this.#remove.run(idBytes(version))
  }

  *all(): Generator<readonly [VersionId, readonly KeyRecord[]]> {
    for (const [version, box] of this.#readAll.all()) {
      yield [readId<VersionId>(version), this.#read(version, box)]
    }
  }

  #read(version: Uint8Array, box: Buffer): readonly KeyRecord[] {
    const reader = new CompactReader(this.#columns.open('stray_key.box', version, box))
    return readKeys(reader, new StampReader(reader, this.#tables.batches), this.#tables.shapes)
  }
}
