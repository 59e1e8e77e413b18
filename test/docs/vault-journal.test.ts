/** The journal of docs/format.md §4, as the document has it and as the code reads it. */
import { describe, expect, it } from 'vitest'
import { hex, parseCbor, type Secret, writeCbor } from '../../src/main/base/index.ts'
import {
  type DeviceId,
  type ItemId,
  type MetadataKeyId,
  RECOVERED_ID,
  ROOT_ID,
  type SegmentId,
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import {
  type JournalAccess,
  type JournalSource,
  loadState,
  type Op,
  openSegment,
  project,
  readSegment,
  State,
} from '../../src/main/journal/index.ts'
import { diagnostic, diagnosticBatch } from './diagnostic.ts'
import { doc, docChain, docId, docJournal, docSecret } from './doc-vault.ts'

function sourceOf(files: ReadonlyMap<string, Uint8Array>): JournalSource {
  return {
    list: async (prefix) =>
      [...files]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { length }]) => ({ name, sizeBytes: length })),
    read: async (name, { offset, length }) =>
      new Uint8Array(files.get(name)?.subarray(offset, offset + length) ?? []),
  }
}

function access(files = docJournal): JournalAccess {
  const keys = new Map<MetadataKeyId, { epoch: number; key: Secret }>([
    [docId<MetadataKeyId>('metadata-key-id'), { epoch: 1, key: docSecret('metadata-key') }],
    [docId<MetadataKeyId>('next-metadata-key-id'), { epoch: 2, key: docSecret('next-metadata-key') }],
  ])
  return { source: sourceOf(files), vault: docId<VaultId>('vault-id'), keys }
}

/** The ops of a segment, as they stand in it. */
async function opsOf(block: 'segment' | 'segment-2'): Promise<readonly (readonly Op[])[]> {
  const file = {
    kind: 'segment' as const,
    name: doc.text(`${block}-name`),
    sizeBytes: docChain(block).length,
    device: docId<DeviceId>('device-id'),
    segment: docId<SegmentId>(`${block}-id`),
    copy: false,
  }
  const opened = await openSegment(access(), file)
  if ('end' in opened) throw new Error(`the ${block} does not open: ${opened.end}`)
  const batches: (readonly Op[])[] = []
  const { end } = await readSegment(access(), opened, undefined, ({ ops }) => batches.push(ops))
  expect(end).toBe('whole')
  return batches
}

const BRIDGES = docId<ItemId>('folder-id')
const FILE = docId<ItemId>('item-id')

/** What the vault of the document shows. */
function expectShown(state: State): void {
  const views = [...project(state).values()]
  const shown = views.map(({ id, parent, name, inBin, kind }) => [name, kind, parent, inBin, id])
  expect(shown.sort()).toEqual([
    ['Bridges', 'folder', ROOT_ID, false, BRIDGES],
    ['Brücke.txt', 'file', BRIDGES, false, FILE],
    ['Old', 'folder', ROOT_ID, true, expect.any(String)],
  ])
  const file = views.find(({ id }) => id === FILE)
  expect(file?.current).toMatchObject({
    version: docId<VersionId>('version-id'),
    sizeBytes: doc.hex('plaintext-vault').length,
    lengthBytes: doc.hex('message-vault').length,
  })
  expect(file?.record.mode?.value).toBe(0o640)
  expect(views.some(({ parent }) => parent === RECOVERED_ID)).toBe(false)
}

describe('the journal of docs/format.md', () => {
  it.each(['batch-1', 'batch-2', 'batch-3', 'segment-2-batch'])('%s, as CBOR and for people', (name) => {
    const value = parseCbor(doc.hex(name)) ?? null
    expect(diagnosticBatch(value)).toBe(doc.text(`${name}-ops`))
    expect(hex(writeCbor(value))).toBe(hex(doc.hex(name)))
  })

  it('has every op there is, and each is read', async () => {
    const ops = [...(await opsOf('segment')), ...(await opsOf('segment-2'))].flat()
    const kinds = [
      'bin',
      'close',
      'epoch',
      'file',
      'key',
      'note',
      'open',
      'purge',
      'put',
      'require',
      'set',
      'version',
    ]
    expect([...new Set(ops.map(({ kind }) => kind))].sort()).toEqual(kinds)
  })

  it('has frames that are read to the last, with nothing to complain of, to what the document says', async () => {
    const { state, reading } = await loadState({ access: access() })
    expect(reading.findings).toEqual([])
    expectShown(state)
    expect(state.settings.get('vault/name')?.value).toBe('Papers')
    expect([...state.features.keys()]).toEqual(['an example'])
    expect(state.files.size).toBe(9)
  })

  it('has a checkpoint that holds what the first segment held, and names where that stood', async () => {
    const { reading } = await loadState({ access: access() })
    expect(reading.known.checkpoint?.ref).toEqual({
      id: hex(doc.hex('checkpoint-id')),
      sha256: hex(doc.hex('checkpoint-sha256')),
    })
    const [head] = reading.known.checkpoint?.covered ?? []
    if (head === undefined) throw new Error('the checkpoint covers nothing')
    const { segment, bytes, seq, hash } = head
    const asCbor = [doc.hex('segment-id'), bytes, seq, new Uint8Array(Buffer.from(hash, 'hex'))]
    expect(segment).toBe(docId<SegmentId>('segment-id'))
    expect(diagnostic(asCbor)).toBe(doc.text('segment-head'))
    expect(diagnostic([1, [asCbor]])).toBe(doc.text('checkpoint-heads'))
    const without = new Map([...docJournal].filter(([name]) => name !== doc.text('segment-name')))
    const alone = await loadState({ access: access(without) })
    expectShown(alone.state)
    expect(alone.reading.findings).toMatchObject([{ kind: 'missing', because: 'absent', head: { bytes } }])
  })

  it('shows the same without the checkpoint’s rows: from the segments alone', async () => {
    const state = new State()
    for (const block of ['segment', 'segment-2'] as const) {
      const segment = docId<SegmentId>(`${block}-id`)
      for (const [at, ops] of (await opsOf(block)).entries()) {
        const batch = { time: at + 1, segment, seq: at + 1, frame: null }
        for (const [index, op] of ops.entries()) state.applyOp(op, { batch, index })
      }
    }
    expectShown(state)
  })
})
