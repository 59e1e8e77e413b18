import { beforeEach, describe, expect, it } from 'vitest'
import { type AuditEvent, actWord, type Gap, readEvents } from '../../src/main/audit/index.ts'
import type { ItemId, KeyId, KeyVersionId, VersionId } from '../../src/main/contract/ids.ts'
import {
  type Group,
  type JournalSource,
  type KeyOp,
  type Op,
  readJournal,
  State,
  type VersionOp,
} from '../../src/main/journal/index.ts'
import { branchOff, folderOps, newHash, newId, putOp, TestDevice, TestVault } from '../journal/support.ts'
import { collected } from './support.ts'

let vault: TestVault
let ann: TestDevice
beforeEach(() => {
  vault = new TestVault()
  ann = new TestDevice(vault, 'ann')
})

const otherKey = newId<KeyId>()
const [item, version, key, keyVersion] = [
  newId<ItemId>(),
  newId<VersionId>(),
  newId<KeyId>(),
  newId<KeyVersionId>(),
]

/** All events of a device's disk, and where the record stops. */
async function audit(device: TestDevice, source: JournalSource = device.disk) {
  const access = vault.access(source)
  const reading = await readJournal({ access }, new State())
  const findings = reading.kind === 'read' ? reading.findings : []
  const gaps: Gap[] = []
  const onGap = (gap: Gap) => void gaps.push(gap)
  const query = { access, findings, onGap, keyVersionIn: () => keyVersion }
  return { events: await collected(readEvents(query)), gaps }
}

const versionOp = (bases: readonly VersionId[] = [], id = version): VersionOp => {
  const sizes = { sizeBytes: 5, lengthBytes: 9, mtimeMs: 1 }
  return { kind: 'version', item, version: id, bases, sha256: newHash(), commit: newHash(), ...sizes }
}
const keyOp = (edk: Uint8Array | null = Uint8Array.of(1), of = key): KeyOp => {
  return { kind: 'key', version, key: of, edk, keyMaterialId: null }
}
const words = (events: readonly AuditEvent[]) => events.map(({ did }) => actWord(did))

describe('an act in the record', () => {
  const NOTE: Op = {
    kind: 'note',
    act: 'get',
    outcome: 'KEY_DISABLED',
    ids: [item],
    kmsCalls: [{ operation: 'Decrypt', key, requestId: 'r1' }],
  }
  const use = { key, keyVersion, keyMaterialId: null, removed: false }
  it.each<[string, Group, readonly Partial<AuditEvent>[]]>([
    [
      'a new file: name, version and keys are one act',
      [
        putOp(item, { itemKind: 'file', name: 'a', mode: 0o644 }),
        versionOp(),
        keyOp(),
        keyOp(Uint8Array.of(2), otherKey),
      ],
      [
        {
          did: { act: 'add', name: 'a', sizeBytes: 5 },
          items: [item],
          versions: [version],
          keys: [use, { ...use, key: otherKey }],
        },
      ],
    ],
    [
      'a new version, with another mode',
      [putOp(item, { mode: 0o600 }), versionOp([newId()]), keyOp()],
      [{ did: { act: 'new-version', sizeBytes: 5 }, items: [item], keys: [use] }],
    ],
    ['a new folder', folderOps(item, 'f'), [{ did: { act: 'make-folder', name: 'f' }, items: [item] }]],
    ['a rename', [putOp(item, { name: 'b' })], [{ did: { act: 'rename', name: 'b' } }]],
    ['a move', [putOp(item, { parent: newId(), name: 'b' })], [{ did: { act: 'move', name: 'b' } }]],
    [
      'a rename beside a new version',
      [putOp(item, { name: 'b' }), versionOp()],
      [{ did: { act: 'rename', name: 'b' } }, { did: { act: 'new-version', sizeBytes: 5 } }],
    ],
    ['other permissions', [putOp(item, { mode: 0o600 })], [{ did: { act: 'set-mode' } }]],
    ['a folder’s time, which is no act', [putOp(item, { mtimeMs: 5 })], []],
    ['to the bin', [{ kind: 'bin', item, on: true, seen: [] }], [{ did: { act: 'bin' }, items: [item] }]],
    ['from the bin', [{ kind: 'bin', item, on: false, seen: [] }], [{ did: { act: 'restore' } }]],
    [
      'a purge',
      [{ kind: 'purge', item, versions: [version] }],
      [{ did: { act: 'purge' }, versions: [version] }],
    ],
    [
      'a rewrap: a new key and an old one that goes are one act',
      [keyOp(), keyOp(null, otherKey)],
      [
        {
          did: { act: 'rewrap' },
          versions: [version],
          keys: [use, { ...use, key: otherKey, keyVersion: null, removed: true }],
        },
      ],
    ],
    ['a key taken away', [keyOp(null)], [{ did: { act: 'unwrap' } }]],
    [
      'a setting',
      [{ kind: 'set', name: 'vault/name', value: 'x' }],
      [{ did: { act: 'set', name: 'vault/name', value: 'x' } }],
    ],
    [
      'a key file',
      [{ kind: 'file', name: 'keys/a', sha256: newHash() }],
      [{ did: { act: 'key-file-added', file: 'keys/a' } }],
    ],
    [
      'a key file that goes',
      [{ kind: 'file', name: 'keys/a', sha256: null }],
      [{ did: { act: 'key-file-removed', file: 'keys/a' } }],
    ],
    ['a feature', [{ kind: 'require', feature: 'y' }], [{ did: { act: 'require', feature: 'y' } }]],
    [
      'a note of what was refused, with its calls to KMS',
      [NOTE],
      [
        {
          did: { act: 'note', word: 'get' },
          outcome: 'KEY_DISABLED',
          ids: [item],
          kmsCalls: [{ operation: 'Decrypt', key, requestId: 'r1' }],
        },
      ],
    ],
  ])('%s', async (_, group, expected) => {
    await ann.append([group])
    const { events, gaps } = await audit(ann)
    expect(events[0]?.did).toEqual({ act: 'open', app: 'test 1' })
    expect(events.slice(1)).toMatchObject(expected)
    expect([events.length, gaps]).toEqual([expected.length + 1, []])
    for (const { device, deviceName } of events) expect([device, deviceName]).toEqual([ann.device, 'ann'])
  })

  it('a new metadata key', async () => {
    await ann.append([folderOps(newId(), 'x')])
    ann.metadataKey = vault.newEpoch()
    ann.writer = undefined
    const heads = ann.frontier
    await ann.append([
      [
        {
          kind: 'epoch',
          metadataKey: ann.metadataKey,
          deviceName: 'ann',
          app: 'test',
          heads,
          checkpoint: null,
        },
      ],
    ])
    const { events } = await audit(ann)
    expect(words(events)).toEqual(['open', 'make-folder', 'open', 'epoch'])
  })
})

describe('the record of a vault', () => {
  it('is told in the order of time, whoever wrote it, though segments are read a piece at a time', async () => {
    const devices = ['ann', 'ben', 'cyd'].map((name) => new TestDevice(vault, name))
    const [first] = devices
    if (!first) throw new Error('no device')
    // Groups of some 40 KiB: several pieces a segment.
    const long = 'n'.repeat(250)
    for (let round = 0; round < 30; round++) {
      for (const device of devices) {
        device.clockMs = 1_700_000_000_000 + round * 1000 + (device.name.charCodeAt(0) % 7)
        await device.append(Array.from({ length: 150 }, () => folderOps(newId(), long)))
      }
    }
    for (const device of devices) first.disk.pull(device.disk)
    const { events } = await audit(first)
    expect(events).toHaveLength(3 + 3 * 30 * 150)
    const times = events.map(({ place }) => place.time)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const [a, b] = [
      events.findIndex(({ deviceName }) => deviceName === 'ben'),
      events.findLastIndex(({ deviceName }) => deviceName === 'ann'),
    ]
    expect(a).toBeLessThan(b)
  })

  it('tells what stands in a conflict copy, and what stands in both once', async () => {
    await ann.append([folderOps(newId(), 'one')])
    const [name = ''] = ann.files
    const before = ann.disk.at(name)
    await ann.append([folderOps(newId(), 'two')])
    ann.disk.files.set(name.replace('.log', ' (conflict).log'), ann.disk.at(name))
    ann.disk.files.set(name, before)
    expect(words((await audit(ann)).events)).toEqual(['open', 'make-folder', 'make-folder'])
  })

  it('tells both ways in which a segment goes on', async () => {
    await ann.append([folderOps(newId(), 'one')])
    const [name = ''] = ann.files
    const head = ann.writer?.head
    const [batch] = await ann.append([folderOps(newId(), 'two')])
    if (!head || !batch) throw new Error('nothing written')
    const other = branchOff(ann, name, head, [{ time: batch.at.time, ops: folderOps(newId(), 'other two') }])
    ann.disk.files.set(name.replace('.log', ' 2.log'), other)
    const names = (await audit(ann)).events.flatMap(({ did }) => ('name' in did ? [did.name] : []))
    expect(names.sort()).toEqual(['one', 'other two', 'two'])
  })

  it('what came late under an older metadata key is told, and told as held', async () => {
    const leaver = new TestDevice(vault, 'leaver')
    await leaver.append([folderOps(newId(), 'in time')])
    ann.disk.pull(leaver.disk)
    await ann.read()
    ann.metadataKey = vault.newEpoch()
    const heads = ann.frontier
    await ann.append([
      [
        {
          kind: 'epoch',
          metadataKey: ann.metadataKey,
          deviceName: 'ann',
          app: 'test',
          heads,
          checkpoint: null,
        },
      ],
    ])
    await leaver.append([folderOps(newId(), 'late')])
    ann.disk.pull(leaver.disk)
    const { events } = await audit(ann)
    const folders = events.flatMap(({ did, held }) => (did.act === 'make-folder' ? [[did.name, held]] : []))
    expect(folders).toEqual([
      ['in time', false],
      ['late', true],
    ])
  })

  it('names the record at which a segment stops being what was written; all else is told', async () => {
    const ben = new TestDevice(vault, 'ben')
    for (const name of ['one', 'two', 'three']) await ann.append([folderOps(newId(), name)])
    ben.clockMs += 1_000_000
    await ben.append([folderOps(newId(), 'of ben')])
    ann.disk.pull(ben.disk)
    const [name = ''] = ann.files
    const [, second] = ann.disk.appends.filter((each) => each.name === name)
    ann.disk.flip(name, ((second?.offset ?? 0) + 30) * 8)
    const { events, gaps } = await audit(ann)
    expect(words(events)).toEqual(['open', 'make-folder', 'open', 'make-folder'])
    expect(gaps).toEqual([{ name, segment: events[0]?.place.segment, record: 2 }])
    ann.disk.flip(name, 100 * 8)
    const { gaps: both } = await audit(ann)
    expect(both).toEqual([{ name, segment: expect.any(String), record: 1 }])
  })

  it('reads only a piece of a long segment at once', async () => {
    for (let batch = 0; batch < 40; batch++) {
      await ann.append([Array.from({ length: 300 }, () => putOp(newId(), { name: 'x'.repeat(200) }))])
    }
    let greatest = 0
    const source: JournalSource = {
      list: (prefix) => ann.disk.list(prefix),
      read: async (name, range) => {
        const bytes = await ann.disk.read(name, range)
        greatest = Math.max(greatest, bytes.length)
        return bytes
      },
    }
    const query = {
      access: vault.access(source),
      findings: [],
      onGap: () => {},
      keyVersionIn: () => undefined,
    }
    expect(await collected(readEvents(query))).toHaveLength(1 + 40 * 300)
    const [name = ''] = ann.files
    expect(greatest).toBeLessThan(ann.disk.at(name).length / 8)
  })
})
