import type { ItemId, VersionId } from '../contract/ids.ts'
import type { ItemKind, ItemRecord, KeyRecord, Register, Stamp, VersionRecord } from '../journal/index.ts'
import type { BatchTable } from './batch-table.ts'
import type { CompactReader, CompactWriter } from './compact.ts'
import { keysIn, type Row, type Standing, type VersionKeys } from './row.ts'
import type { ShapeTable } from './shape-table.ts'
import { StampReader, StampWriter } from './stamp-codec.ts'

/**
 * A row of a record page, except its name, which lies in the name page:
 *
 *     head      flags varint ‖ item id 16 ‖ place varint, tag 48 bits ‖ mode varint ‖ mtime signed
 *               ‖ if plain: version id 16, size varint, mtime signed
 *     record    stamps and values of the registers, in order: kind, mtime, mode, parent, name, bin, purge
 *               ‖ if not plain: purges, number of versions ‖ versions
 *     version   if not plain: id 16, size, mtime ‖ bases ‖ length varint ‖ sha256 32 ‖ commit 32 ‖ stamp ‖ EDKs
 *     EDK       shape varint (0: key id 16 follows) ‖ 0, or 1 + length of the rest, the rest
 *               ‖ KeyMaterialId likewise ‖ stamp
 *
 * Plain: exactly one version and nothing purged, as almost all files are. What a folder's list shows of them
 * is in the head.
 */
export type RowTables = { readonly batches: BatchTable; readonly shapes: ShapeTable }

const FLAG = {
  file: 1,
  folder: 2,
  mtime: 1 << 2,
  mode: 1 << 3,
  parent: 1 << 4,
  name: 1 << 5,
  bin: 1 << 6,
  folderPurge: 1 << 7,
  plain: 1 << 8,
  placed: 1 << 9,
  binned: 1 << 10,
  numbered: 1 << 11,
  holds: 1 << 12,
  /** Shown under another name than it was given: that one lies in the record. */
  renamed: 1 << 13,
  displaced: 1 << 14,
} as const

/** What a list shows, without the rest of the row. */
export type RowHead = {
  readonly flags: number
  readonly id: ItemId
  readonly kind: ItemKind
  readonly place: number | null
  readonly tag: number
  readonly binned: boolean
  readonly mode: number | null
  readonly mtimeMs: number | null
  /** Its one version, of a plain row; of any other they must be weighed. */
  readonly plain: Pick<VersionRecord, 'version' | 'sizeBytes' | 'mtimeMs'> | null
}

export function writeRow(writer: CompactWriter, tables: RowTables, row: Row): void {
  const { record, standing } = row
  const [only] = record.versions
  const plain = record.versions.length === 1 && record.purges.length === 0 ? only : undefined
  const flags = flagsOf(record, standing, plain !== undefined)
  writer.varint(flags)
  writer.id(row.id)
  if (standing.place !== null) {
    writer.varint(standing.place)
    if (!standing.binned) writer.u48(standing.tag)
  }
  if (record.mode) writer.varint(record.mode.value)
  if (record.mtimeMs) writer.signed(record.mtimeMs.value)
  if (plain) writeVersionHead(writer, plain)
  const stamps = new StampWriter(writer, tables.batches)
  writeRegisters(writer, stamps, record, (flags & FLAG.renamed) !== 0)
  if (!plain) {
    writer.varint(record.purges.length)
    for (const { version, stamp } of record.purges) {
      writer.id(version)
      stamps.write(stamp)
    }
    writer.varint(record.versions.length)
  }
  for (const version of record.versions) {
    if (!plain) writeVersionHead(writer, version)
    writeVersion(writer, stamps, version)
    writeKeys(writer, stamps, tables.shapes, keysIn(row, version.version))
  }
}

function flagsOf(record: ItemRecord, standing: Standing, isPlain: boolean): number {
  const { kind, mtimeMs, mode, parent, name, bin, folderPurge } = record
  const flag = (bit: number, isSet: boolean): number => (isSet ? bit : 0)
  return (
    flag(FLAG.file, kind?.value === 'file') |
    flag(FLAG.folder, kind?.value === 'folder') |
    flag(FLAG.mtime, mtimeMs !== null) |
    flag(FLAG.mode, mode !== null) |
    flag(FLAG.parent, parent !== null) |
    flag(FLAG.name, name !== null) |
    flag(FLAG.bin, bin !== null) |
    flag(FLAG.folderPurge, folderPurge !== null) |
    flag(FLAG.plain, isPlain) |
    flag(FLAG.placed, standing.place !== null) |
    flag(FLAG.binned, standing.binned) |
    flag(FLAG.numbered, standing.numbered) |
    flag(FLAG.holds, standing.holds) |
    flag(FLAG.displaced, standing.displaced) |
    flag(FLAG.renamed, name !== null && name.value !== standing.name)
  )
}

function writeVersionHead(writer: CompactWriter, { version, sizeBytes, mtimeMs }: VersionRecord): void {
  writer.id(version)
  writer.varint(sizeBytes)
  writer.signed(mtimeMs)
}

function writeRegisters(
  writer: CompactWriter,
  stamps: StampWriter,
  { kind, mtimeMs, mode, parent, name, bin, folderPurge }: ItemRecord,
  isRenamed: boolean,
): void {
  for (const register of [kind, mtimeMs, mode]) if (register) stamps.write(register.stamp)
  if (parent) {
    stamps.write(parent.stamp)
    writer.id(parent.value)
  }
  if (name) {
    stamps.write(name.stamp)
    if (isRenamed) writer.text(name.value)
  }
  if (bin) {
    stamps.write(bin.stamp)
    writer.u8(bin.value.on ? 1 : 0)
    writeIds(writer, bin.value.seen)
  }
  if (folderPurge) stamps.write(folderPurge.stamp)
}

function writeVersion(writer: CompactWriter, stamps: StampWriter, version: VersionRecord): void {
  writeIds(writer, version.bases)
  writer.varint(version.lengthBytes)
  writer.hash(version.sha256)
  writer.hash(version.commit)
  stamps.write(version.stamp)
}

function writeIds(writer: CompactWriter, ids: readonly VersionId[]): void {
  writer.varint(ids.length)
  for (const id of ids) writer.id(id)
}

/** Writes the EDKs of one version. */
export function writeKeys(
  writer: CompactWriter,
  stamps: StampWriter,
  shapes: ShapeTable,
  records: readonly KeyRecord[],
): void {
  writer.varint(records.length)
  for (const { key, edk, keyMaterialId, stamp } of records) {
    const shape = edk ? shapes.shapeOf(key, edk) : undefined
    writer.varint(shape?.number ?? 0)
    if (!shape) writer.id(key)
    const rest = edk?.subarray(shape?.prefix.length ?? 0)
    writer.varint(rest ? rest.length + 1 : 0)
    if (rest) writer.raw(rest)
    writer.u8(keyMaterialId === null ? 0 : 1)
    if (keyMaterialId !== null) writer.text(keyMaterialId)
    stamps.write(stamp)
  }
}

/** Reads the head of a row; the reader then stands before the rest. */
export function readRowHead(reader: CompactReader): RowHead {
  const flags = reader.varint()
  const has = (bit: number): boolean => (flags & bit) !== 0
  const id = reader.id<ItemId>()
  const place = has(FLAG.placed) ? reader.varint() : null
  const binned = has(FLAG.binned)
  const tag = place !== null && !binned ? reader.u48() : 0
  const mode = has(FLAG.mode) ? reader.varint() : null
  const mtimeMs = has(FLAG.mtime) ? reader.signed() : null
  const plain = has(FLAG.plain) ? readVersionHead(reader) : null
  const kind = has(FLAG.folder) ? 'folder' : 'file'
  return { flags, id, kind, place, tag, binned, mode, mtimeMs, plain }
}

function readVersionHead(reader: CompactReader): Pick<VersionRecord, 'version' | 'sizeBytes' | 'mtimeMs'> {
  return { version: reader.id(), sizeBytes: reader.varint(), mtimeMs: reader.signed() }
}

/** @param name what the name page has for this row */
export function readRow(reader: CompactReader, tables: RowTables, number: number, name: string): Row {
  const head = readRowHead(reader)
  const has = (bit: number): boolean => (head.flags & bit) !== 0
  const stamps = new StampReader(reader, tables.batches)
  const register = <T>(value: T): Register<T> => ({ value, stamp: stamps.read() })
  const kind = has(FLAG.file | FLAG.folder) ? register<ItemKind>(head.kind) : null
  const mtimeMs = head.mtimeMs === null ? null : register(head.mtimeMs)
  const mode = head.mode === null ? null : register(head.mode)
  const parent = has(FLAG.parent) ? registerOf(stamps.read(), reader.id<ItemId>()) : null
  const given = has(FLAG.name) ? registerOf(stamps.read(), has(FLAG.renamed) ? reader.text() : name) : null
  const bin = has(FLAG.bin)
    ? registerOf(stamps.read(), { on: reader.u8() === 1, seen: readIds(reader) })
    : null
  const folderPurge = has(FLAG.folderPurge) ? { stamp: stamps.read() } : null
  const purges = head.plain ? [] : times(reader.varint(), () => purgeOf(reader.id(), stamps.read()))
  const keys: VersionKeys[] = []
  const versions = times(head.plain ? 1 : reader.varint(), (): VersionRecord => {
    const facts = head.plain ?? readVersionHead(reader)
    const version = readVersion(reader, stamps, facts)
    const records = readKeys(reader, stamps, tables.shapes)
    if (records.length > 0) keys.push({ version: version.version, records })
    return version
  })
  return {
    number,
    id: head.id,
    record: { kind, parent, name: given, mtimeMs, mode, bin, versions, purges, folderPurge },
    keys,
    standing: {
      place: head.place,
      displaced: has(FLAG.displaced),
      tag: head.tag,
      name,
      numbered: has(FLAG.numbered),
      binned: head.binned,
      holds: has(FLAG.holds),
    },
  }
}

function registerOf<T>(stamp: Stamp, value: T): Register<T> {
  return { value, stamp }
}

function purgeOf(version: VersionId, stamp: Stamp): { readonly version: VersionId; readonly stamp: Stamp } {
  return { version, stamp }
}

function readVersion(
  reader: CompactReader,
  stamps: StampReader,
  facts: Pick<VersionRecord, 'version' | 'sizeBytes' | 'mtimeMs'>,
): VersionRecord {
  const bases = readIds(reader)
  const lengthBytes = reader.varint()
  const sha256 = reader.hash()
  const commit = reader.hash()
  const { version, sizeBytes, mtimeMs } = facts
  return { version, bases, sizeBytes, lengthBytes, sha256, commit, mtimeMs, stamp: stamps.read() }
}

function readIds(reader: CompactReader): readonly VersionId[] {
  return times(reader.varint(), () => reader.id<VersionId>())
}

/** Reads the EDKs of one version. */
export function readKeys(
  reader: CompactReader,
  stamps: StampReader,
  shapes: ShapeTable,
): readonly KeyRecord[] {
  return times(reader.varint(), (): KeyRecord => {
    const number = reader.varint()
    const shape = number === 0 ? undefined : shapes.shapeAt(number)
    const key = shape?.key ?? reader.id()
    const length = reader.varint()
    const edk = length === 0 ? null : joined(shape?.prefix, reader.raw(length - 1))
    const keyMaterialId = reader.u8() === 1 ? reader.text() : null
    return { key, edk, keyMaterialId, stamp: stamps.read() }
  })
}

function joined(prefix: Uint8Array = new Uint8Array(), rest: Uint8Array): Uint8Array {
  const whole = new Uint8Array(prefix.length + rest.length)
  whole.set(prefix)
  whole.set(rest, prefix.length)
  return whole
}

function times<T>(count: number, make: () => T): T[] {
  const made: T[] = []
  while (made.length < count) made.push(make())
  return made
}
