import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CborValue, parseCbor, writeCbor } from '../../src/main/base/index.ts'
import { type Id, idFromBytes, RECOVERED_ID, ROOT_ID } from '../../src/main/contract/ids.ts'
import { type Hash, hashFromBytes, type Op, type SetValue } from '../../src/main/journal/index.ts'
import { parseOp, writeOp } from '../../src/main/journal/op-codec.ts'
import { newHash, newId, putOp, versionOp } from './support.ts'

const some = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('unreachable')
  return value
}
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const id = <T extends Id<string>>() => bytesOf(16).map((bytes) => some(idFromBytes<T>(bytes)))
const item = () => id<Id<'item'>>().filter((each) => each !== ROOT_ID && each !== RECOVERED_ID)
const hash = (): fc.Arbitrary<Hash> => bytesOf(32).map((bytes) => some(hashFromBytes(bytes)))
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 4 })
const text = fc.string({ unit: 'binary', maxLength: 20 })
const uint = fc.maxSafeNat()
const head = fc.record({ segment: id<Id<'segment'>>(), bytes: uint, seq: uint, hash: hash() })
const witness = {
  deviceName: text,
  app: text,
  heads: list(head),
  checkpoint: orNull(fc.record({ id: id<Id<'checkpoint'>>(), sha256: hash() })),
}
const { setValue } = fc.letrec<{ setValue: SetValue }>((tie) => ({
  setValue: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger(),
    fc.boolean(),
    text,
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }),
    list(tie('setValue')),
  ),
}))
const kind = <K extends Op['kind']>(name: K) => fc.constant(name)

const OPS: { [K in Op['kind']]: fc.Arbitrary<Op & { kind: K }> } = {
  open: fc.record({ kind: kind('open'), ...witness }),
  close: fc.record({ kind: kind('close') }),
  put: fc.record({
    kind: kind('put'),
    item: item(),
    itemKind: orNull(fc.constantFrom('file', 'folder')),
    parent: orNull(id<Id<'item'>>()),
    name: orNull(text),
    mtimeMs: orNull(fc.maxSafeInteger()),
    mode: orNull(fc.nat(0o7777)),
  }),
  version: fc.record({
    kind: kind('version'),
    item: item(),
    version: id<Id<'version'>>(),
    bases: list(id<Id<'version'>>()),
    sizeBytes: uint,
    lengthBytes: uint,
    sha256: hash(),
    commit: hash(),
    mtimeMs: fc.maxSafeInteger(),
  }),
  key: fc.record({
    kind: kind('key'),
    version: id<Id<'version'>>(),
    key: id<Id<'key'>>(),
    edk: orNull(fc.uint8Array({ maxLength: 200 })),
    keyMaterialId: orNull(text),
  }),
  bin: fc.record({ kind: kind('bin'), item: item(), on: fc.boolean(), seen: list(id<Id<'version'>>()) }),
  purge: fc.record({ kind: kind('purge'), item: item(), versions: list(id<Id<'version'>>()) }),
  set: fc.record({ kind: kind('set'), name: text, value: setValue }),
  file: fc.record({ kind: kind('file'), name: text, sha256: orNull(hash()) }),
  note: fc.record({
    kind: kind('note'),
    act: text,
    outcome: text,
    ids: list(id<Id<string>>()),
    kmsCalls: list(fc.record({ operation: text, key: id<Id<'key'>>(), requestId: text })),
  }),
  require: fc.record({ kind: kind('require'), feature: text }),
  epoch: fc.record({ kind: kind('epoch'), metadataKey: id<Id<'metadata-key'>>(), ...witness }),
}
const KINDS = Object.keys(OPS) as Op['kind'][]
const anyOp: fc.Arbitrary<Op> = fc.oneof(...KINDS.map((each): fc.Arbitrary<Op> => OPS[each]))

/** The array of an op after a trip through bytes. */
function arrayOf(op: Op): CborValue[] {
  const value = parseCbor(writeCbor(writeOp(op)))
  if (!Array.isArray(value)) throw new Error('no array')
  return value
}

describe('ops', () => {
  it.each(KINDS)('an op "%s" comes back from its bytes as it was', (name) => {
    fc.assert(
      fc.property(OPS[name], (op) => {
        expect(parseOp(arrayOf(op))).toEqual(op)
      }),
      { numRuns: 200 },
    )
  })

  it('bytes that read as an op are exactly the bytes that the op is written to', () => {
    fc.assert(
      fc.property(anyOp, fc.nat(), fc.integer({ min: 0, max: 7 }), (op, at, bit) => {
        const bytes = writeCbor(writeOp(op))
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit)
        const value = parseCbor(bytes)
        const parsed = value === undefined ? 'malformed' : parseOp(value)
        if (parsed === 'malformed' || parsed.kind === 'unknown') return
        expect(Buffer.from(writeCbor(writeOp(parsed)))).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 5000 },
    )
  })

  it('with a field too few, one too many, or one of any other type they are refused', () => {
    const others: CborValue[] = [
      -1,
      'text',
      true,
      new Uint8Array(3),
      new Uint8Array(),
      [[1, 2]],
      new Map([[1, 1]]),
    ]
    fc.assert(
      fc.property(anyOp, (op) => {
        const array = arrayOf(op)
        expect(parseOp(array.slice(0, -1))).toEqual('malformed')
        expect(parseOp([...array, null])).toEqual('malformed')
        for (let at = 1; at < array.length; at++) {
          const accepted = others.filter((other) => parseOp(array.with(at, other)) !== 'malformed')
          // Another value of the field's own type may pass; at most one of these has it.
          const limit = op.kind === 'set' && at === 2 ? 6 : op.kind === 'key' && at === 3 ? 2 : 1
          expect(accepted.length).toBeLessThanOrEqual(limit)
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each<[string, Op, number, CborValue]>([
    ['a negative size', versionOp(newId(), newId()), 4, -1],
    ['a negative message length', versionOp(newId(), newId()), 5, -1],
    ['a mode above 12 bits', putOp(newId(), { mode: 1 }), 6, 0o10000],
    ['a kind that is neither file nor folder', putOp(newId(), { itemKind: 'file' }), 2, 2],
    ['a hash of 31 bytes', versionOp(newId(), newId()), 6, new Uint8Array(31)],
    ['an id of 15 bytes', putOp(newId(), {}), 1, new Uint8Array(15)],
    ['the root as an item', putOp(newId(), {}), 1, new Uint8Array(16)],
    ['"Recovered" as an item', putOp(newId(), {}), 1, new Uint8Array([...new Array(15).fill(0), 1])],
    ['a map in a setting', { kind: 'set', name: 'a', value: 1 }, 2, [[new Map()]]],
    ['a setting nine levels deep', { kind: 'set', name: 'a', value: 1 }, 2, [[[[[[[[1]]]]]]]]],
    [
      'a checkpoint without its hash',
      { kind: 'open', deviceName: '', app: '', heads: [], checkpoint: null },
      4,
      new Uint8Array(16),
    ],
  ])('%s is refused', (_what, op, at, value) => {
    expect(parseOp(arrayOf(op))).toEqual(op)
    expect(parseOp(arrayOf(op).with(at, value))).toBe('malformed')
  })

  it('a code that this version doesn’t know is kept as unknown, whatever its fields are', () => {
    expect(parseOp([12])).toEqual({ kind: 'unknown', code: 12 })
    expect(parseOp([999, 'x', new Map()])).toEqual({ kind: 'unknown', code: 999 })
  })

  it('what is no array, or has no code, is refused', () => {
    for (const value of [
      null,
      1,
      'open',
      [],
      ['open'],
      [null],
      [-1],
      [new Uint8Array(1)],
      new Map([[0, 1]]),
    ]) {
      expect(parseOp(value)).toBe('malformed')
    }
  })

  it('an op that readers would refuse is a fault of ours and never written', () => {
    expect(() => writeOp(putOp(ROOT_ID, { name: 'x' }))).toThrow('BUG')
    expect(() => writeOp({ ...versionOp(newId(), newId()), sizeBytes: -1 })).toThrow('BUG')
    expect(() => writeCbor(writeOp({ kind: 'require', feature: '\uD800' }))).toThrow('BUG')
    expect(() => writeOp({ ...versionOp(newId(), newId()), sha256: newHash().slice(2) as Hash })).toThrow(
      'BUG',
    )
  })
})
