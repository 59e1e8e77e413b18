import fc from 'fast-check'
import { randomBytes } from '../../src/main/base/index.ts'
import {
  type ItemId,
  type KeyId,
  RECOVERED_ID,
  ROOT_ID,
  type SegmentId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { type Batch, hashOf, type Op } from '../../src/main/journal/index.ts'
import { newHash, newId, putOp, versionOp } from '../journal/support.ts'

const ITEMS = Array.from({ length: 9 }, () => newId<ItemId>())
const VERSIONS = Array.from({ length: 12 }, () => newId<VersionId>())
const KEYS = [newId<KeyId>(), newId<KeyId>()]
/** Names that clash when case and form are set aside, that look like numbered ones, and that are none. */
const NAMES = [
  'a.txt',
  'A.TXT',
  'a (2).txt',
  'a (3).txt',
  'Recovered',
  'recovered',
  'é',
  'é',
  '..',
  '',
  'b',
  'B',
]

const item = fc.constantFrom(...ITEMS)
const version = fc.constantFrom(...VERSIONS)
const parent = fc.constantFrom(...ITEMS, ROOT_ID, ROOT_ID, RECOVERED_ID)
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 3 })
const someVersions = fc.uniqueArray(version, { maxLength: 3 })

const put: fc.Arbitrary<Op> = fc
  .record({
    item,
    itemKind: maybe(fc.constantFrom('folder' as const, 'folder' as const, 'file' as const)),
    parent: maybe(parent),
    name: maybe(fc.constantFrom(...NAMES)),
    mtimeMs: maybe(fc.integer()),
    mode: maybe(fc.nat(0o7777)),
  })
  .map(({ item: id, ...fields }) => putOp(id, fields))

const newVersion: fc.Arbitrary<Op> = fc
  .record({ item, version, bases: someVersions, sizeBytes: fc.maxSafeNat(), mtimeMs: fc.maxSafeInteger() })
  .map((fields) => ({ ...versionOp(fields.item, fields.version), ...fields }))

const key: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant('key'),
  version,
  key: fc.constantFrom(...KEYS),
  edk: maybe(fc.uint8Array({ maxLength: 80 }).map((end) => Uint8Array.from([...new Uint8Array(40), ...end]))),
  keyMaterialId: maybe(fc.constantFrom('', 'material')),
})

const bin: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant('bin'),
  item,
  on: fc.boolean(),
  seen: someVersions,
})
const purge: fc.Arbitrary<Op> = fc.record({ kind: fc.constant('purge'), item, versions: someVersions })

const other: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    kind: fc.constant('set'),
    name: fc.constantFrom('vault/name', 'policy/x', 'policy/y'),
    value: fc.constantFrom(1, true, null, 'text', [1, ['deep']], new Uint8Array([1, 2])),
  }),
  fc.record({
    kind: fc.constant('file'),
    name: fc.constantFrom('keys/a', 'keys/b'),
    sha256: maybe(fc.constantFrom(hashOf(new Uint8Array([1])), hashOf(new Uint8Array([2])))),
  }),
  fc.record({ kind: fc.constant('require'), feature: fc.constantFrom('x', 'y') }),
  fc.constant<Op>({ kind: 'note', act: 'get', outcome: 'ok', ids: [], kmsCalls: [] }),
)

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: put },
  { weight: 4, arbitrary: newVersion },
  { weight: 2, arbitrary: key },
  { weight: 2, arbitrary: bin },
  { weight: 1, arbitrary: purge },
  { weight: 1, arbitrary: other },
)

/** Batches of three writers, whose clocks disagree: any order of them is a history. */
export const histories: fc.Arbitrary<readonly Batch[]> = fc
  .array(
    fc.record({ writer: fc.nat(2), time: fc.nat(40), ops: fc.array(op, { minLength: 1, maxLength: 8 }) }),
    {
      minLength: 1,
      maxLength: 14,
    },
  )
  .map((drafts) => {
    const segments = [newId<SegmentId>(), newId<SegmentId>(), newId<SegmentId>()]
    const seqs = [0, 0, 0]
    return drafts.map(({ writer, time, ops }): Batch => {
      const segment = segments[writer] ?? newId()
      const seq = (seqs[writer] ?? 0) + 1
      seqs[writer] = seq
      const frame = newHash()
      const device = newId<Batch['device']>()
      const head = { segment, bytes: 100 * seq, seq, hash: frame }
      return { device, at: { time: time + 1, segment, seq, frame }, ops, unknownOps: [], head }
    })
  })

export const someBytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
