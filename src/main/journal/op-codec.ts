import { assertNever, bug, type CborValue } from '../base/index.ts'
import { type Id, type ItemId, idBytes, RECOVERED_ID, ROOT_ID } from '../contract/ids.ts'
import { Fields, malformed, orMalformed } from './fields.ts'
import { hashBytes } from './hash.ts'
import type { CheckpointRef, EpochOp, Head, Op, OpenOp, SetValue } from './op.ts'

/**
 * Ops as CBOR arrays (docs/format.md §4, the table of ops):
 *
 *     [code, fields…]   absent = null; ids, hashes, EDKs are bytes; kind 0 file, 1 folder
 *
 * Every field is there, and nothing else.
 */
const CODES = {
  open: 0,
  close: 1,
  put: 2,
  version: 3,
  key: 4,
  bin: 5,
  purge: 6,
  set: 7,
  file: 8,
  note: 9,
  require: 10,
  epoch: 11,
} as const satisfies Record<Op['kind'], number>

const LATEST_CODE = 11
const MODE_BITS = 0o7777
const SET_VALUE_LEVELS = 8

/** An op's array, of an op that was read from one. */
export function copyOp(op: Op): CborValue {
  return [CODES[op.kind], ...fieldsOf(op)]
}

/** An op's array. What parseOp would refuse is a fault of ours, and never written. */
export function writeOp(op: Op): CborValue {
  const array = copyOp(op)
  if (parseOp(array) === 'malformed') bug(`an op "${op.kind}" that readers would refuse`)
  return array
}

function fieldsOf(op: Op): CborValue[] {
  switch (op.kind) {
    case 'open':
      return witnessFields(op)
    case 'close':
      return []
    case 'put': {
      const { itemKind, parent, name, mtimeMs, mode } = op
      const kind = itemKind === null ? null : itemKind === 'file' ? 0 : 1
      return [idBytes(op.item), kind, parent === null ? null : idBytes(parent), name, mtimeMs, mode]
    }
    case 'version':
      return [
        idBytes(op.item),
        idBytes(op.version),
        op.bases.map(idBytes),
        op.sizeBytes,
        op.lengthBytes,
        hashBytes(op.sha256),
        hashBytes(op.commit),
        op.mtimeMs,
      ]
    case 'key':
      return [idBytes(op.version), idBytes(op.key), op.edk, op.keyMaterialId]
    case 'bin':
      return [idBytes(op.item), op.on, op.seen.map(idBytes)]
    case 'purge':
      return [idBytes(op.item), op.versions.map(idBytes)]
    case 'set':
      return [op.name, op.value]
    case 'file':
      return [op.name, op.sha256 === null ? null : hashBytes(op.sha256)]
    case 'note': {
      const calls = op.kmsCalls.map(({ operation, key, requestId }) => [operation, idBytes(key), requestId])
      return [op.act, op.outcome, op.ids.map(idBytes), calls]
    }
    case 'require':
      return [op.feature]
    case 'epoch':
      return [idBytes(op.metadataKey), ...witnessFields(op)]
    default:
      return assertNever(op)
  }
}

function witnessFields(op: OpenOp | EpochOp): CborValue[] {
  const { id, sha256 } = op.checkpoint ?? {}
  return [
    op.deviceName,
    op.app,
    op.heads.map(writeHead),
    id === undefined ? null : idBytes(id),
    sha256 === undefined ? null : hashBytes(sha256),
  ]
}

/** A head as CBOR: [segment, bytes, seq, hash]. */
export function writeHead({ segment, bytes, seq, hash }: Head): CborValue {
  return [idBytes(segment), bytes, seq, hashBytes(hash)]
}

/** Reads a head's array to its end. */
export function readHead(fields: Fields): Head {
  return { segment: fields.id(), bytes: fields.uint(), seq: fields.uint(), hash: fields.hash() }
}

/** An op of a later version: only its code is known. */
export type UnknownOp = { readonly kind: 'unknown'; readonly code: number }

/** The op in a CBOR array; 'malformed' when a field is missing, one too many, or of another type. */
export function parseOp(value: CborValue): Op | UnknownOp | 'malformed' {
  return orMalformed(() => {
    const fields = new Fields(value)
    const code = fields.uint()
    if (code > LATEST_CODE) return { kind: 'unknown', code }
    const op = readOp(code, fields)
    fields.end()
    return op
  })
}

function readOp(code: number, fields: Fields): Op {
  switch (code) {
    case CODES.open:
      return { kind: 'open', ...readWitness(fields) }
    case CODES.close:
      return { kind: 'close' }
    case CODES.put:
      return {
        kind: 'put',
        item: readItem(fields),
        itemKind: fields.orNull(readKind),
        parent: fields.orNull(readId<ItemId>),
        name: fields.orNull(readText),
        mtimeMs: fields.orNull((each) => each.int()),
        mode: fields.orNull((each) => each.uint(MODE_BITS)),
      }
    case CODES.version:
      return {
        kind: 'version',
        item: readItem(fields),
        version: fields.id(),
        bases: fields.ids(),
        sizeBytes: fields.uint(),
        lengthBytes: fields.uint(),
        sha256: fields.hash(),
        commit: fields.hash(),
        mtimeMs: fields.int(),
      }
    case CODES.key:
      return {
        kind: 'key',
        version: fields.id(),
        key: fields.id(),
        edk: fields.orNull((each) => each.bytes()),
        keyMaterialId: fields.orNull(readText),
      }
    case CODES.bin:
      return { kind: 'bin', item: readItem(fields), on: fields.bool(), seen: fields.ids() }
    case CODES.purge:
      return { kind: 'purge', item: readItem(fields), versions: fields.ids() }
    case CODES.set:
      return { kind: 'set', name: fields.text(), value: readSetValue(fields.any(), SET_VALUE_LEVELS) }
    case CODES.file:
      return { kind: 'file', name: fields.text(), sha256: fields.orNull((each) => each.hash()) }
    case CODES.note: {
      const [act, outcome, ids] = [fields.text(), fields.text(), fields.ids<Id<string>>()]
      return { kind: 'note', act, outcome, ids, kmsCalls: fields.list(readKmsCall, 'arrays') }
    }
    case CODES.require:
      return { kind: 'require', feature: fields.text() }
    case CODES.epoch:
      return { kind: 'epoch', metadataKey: fields.id(), ...readWitness(fields) }
    default:
      return bug(`op code ${code}`)
  }
}

/** An item of its own: the root and its "Recovered" are nobody's to name, move or bin. */
function readItem(fields: Fields): ItemId {
  const item = fields.id<ItemId>()
  return item === ROOT_ID || item === RECOVERED_ID ? malformed() : item
}

const readId = <T extends Id<string>>(fields: Fields): T => fields.id<T>()
const readText = (fields: Fields): string => fields.text()
const readKind = (fields: Fields): 'file' | 'folder' => (fields.uint(1) === 0 ? 'file' : 'folder')

function readKmsCall(fields: Fields): { operation: string; key: Id<'key'>; requestId: string } {
  return { operation: fields.text(), key: fields.id(), requestId: fields.text() }
}

function readWitness(fields: Fields): Omit<OpenOp, 'kind'> {
  return {
    deviceName: fields.text(),
    app: fields.text(),
    heads: fields.list(readHead, 'arrays'),
    checkpoint: readCheckpointRef(fields),
  }
}

function readCheckpointRef(fields: Fields): CheckpointRef | null {
  const id = fields.orNull(readId<CheckpointRef['id']>)
  const sha256 = fields.orNull((each) => each.hash())
  if (id !== null && sha256 !== null) return { id, sha256 }
  return id === null && sha256 === null ? null : malformed()
}

/** Scalars and arrays of them, a few levels deep; no map. */
function readSetValue(value: CborValue, levels: number): SetValue {
  if (value instanceof Map || levels === 0) return malformed()
  if (!Array.isArray(value)) return value as Exclude<SetValue, readonly SetValue[]>
  return value.map((member) => readSetValue(member, levels - 1))
}
