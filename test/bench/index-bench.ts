/**
 * The index of a large vault, made through its real door: a journal on disk, read by catchUp.
 *
 *     npx node test/bench/index-bench.ts [items]      default 100,000; SPEED.md's other goal is 1,000,000
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat, kdf, randomBytes, Secret, utf8Bytes } from '../../src/main/base/index.ts'
import {
  type DeviceId,
  type Id,
  type ItemId,
  idBytes,
  idFromBytes,
  type KeyId,
  type KeyVersionId,
  type MetadataKeyId,
  ROOT_ID,
  type SegmentId,
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { LocalStore } from '../../src/main/files/index.ts'
import { StateFolder, VaultIndex } from '../../src/main/index/index.ts'
import {
  type Group,
  hashFromBytes,
  type JournalQuery,
  type MetadataKey,
  type Op,
  SegmentWriter,
} from '../../src/main/journal/index.ts'

const COUNT = Number(process.argv[2] ?? 100_000)
const LARGE_FOLDER = 10_000
const FOLDER = 100
const GROUP = 512

const vault = newId<VaultId>()
const device = newId<DeviceId>()
const keyId = newId<KeyId>()
const keyVersion = newId<KeyVersionId>()
const metadataKeyId = newId<MetadataKeyId>()
const metadataKey = Secret.random('metadata key')
const keys = new Map<MetadataKeyId, MetadataKey>([[metadataKeyId, { epoch: 1, key: metadataKey }]])

function newId<T extends Id<string>>(): T {
  const id = idFromBytes<T>(randomBytes(16))
  if (id === undefined) throw new Error('no id')
  return id
}

const newHash = () => hashFromBytes(randomBytes(32)) ?? fail('no hash')

function fail(why: string): never {
  throw new Error(why)
}

/** An EDK as it is under a master key: 122 bytes, of which 60 are random. */
function newEdk(): Uint8Array {
  const name = utf8Bytes(keyVersion)
  const info = concat(name, { u32: 128 }, { u32: 12 }, randomBytes(12))
  const provider = utf8Bytes('strongroom-local')
  return concat({ u16: provider.length }, provider, { u16: info.length }, info, { u16: 48 }, randomBytes(48))
}

function folderOps(item: ItemId, parent: ItemId, name: string): Op[] {
  return [{ kind: 'put', item, itemKind: 'folder', parent, name, mtimeMs: 1_700_000_000_000, mode: 0o755 }]
}

function fileOps(parent: ItemId, name: string, number: number): Op[] {
  const [item, version] = [newId<ItemId>(), newId<VersionId>()]
  const [sizeBytes, mtimeMs] = [4096 + (number % 90_000), 1_700_000_000_000 + number * 997]
  return [
    { kind: 'put', item, itemKind: 'file', parent, name, mtimeMs: null, mode: 0o644 },
    {
      kind: 'version',
      item,
      version,
      bases: [],
      sizeBytes,
      lengthBytes: sizeBytes + 1400,
      sha256: newHash(),
      commit: newHash(),
      mtimeMs,
    },
    { kind: 'key', version, key: keyId, edk: newEdk(), keyMaterialId: null },
  ]
}

/** 10,000 files in one folder, the others by 100 in folders of their own, ten of those in one. */
function* contents(): Generator<Group> {
  const large = newId<ItemId>()
  yield folderOps(large, ROOT_ID, 'Large')
  let [made, folder, upper] = [1, large, ROOT_ID]
  for (let number = 0; made < COUNT; number++, made++) {
    const rest = number - LARGE_FOLDER
    if (rest >= 0 && rest % (FOLDER * 10) === 0) {
      upper = newId<ItemId>()
      yield folderOps(upper, ROOT_ID, `Year ${rest / (FOLDER * 10)}`)
      made++
    }
    if (rest >= 0 && rest % FOLDER === 0) {
      folder = newId<ItemId>()
      yield folderOps(folder, upper, `Project ${rest / FOLDER}`)
      made++
    }
    yield fileOps(folder, `Quarterly report ${number} final.docx`, number)
  }
}

const rows: [string, string][] = []
function told(what: string, value: string): void {
  rows.push([what, value])
  console.log(`${what.padEnd(58)} ${value}`)
}

async function timed<T>(what: string, run: () => T | Promise<T>, rounds = 1): Promise<T> {
  const times: number[] = []
  let value: T | undefined
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    value = await run()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const median = times[Math.floor(times.length / 2)] ?? 0
  told(what, `${median < 10 ? median.toFixed(2) : median.toFixed(0)} ms`)
  return value as T
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`
const rss = (): string => mib(process.resourceUsage().maxRSS * 1024)

const folder = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
try {
  using store = new LocalStore(folder, device)
  const state = await StateFolder.open(join(folder, 'state'))
  const paths = await state.placeOf(vault, folder)
  const open = () => {
    const key = kdf(metadataKey, idBytes(vault), 'strongroom/index', idBytes(device))
    return VaultIndex.open({ path: paths.index, key, device })
  }
  const query: Omit<JournalQuery, 'known'> = { access: { source: store, vault, keys } }
  console.log(`${COUNT} items, Node ${process.version}\n`)

  const facts = {
    vault,
    device,
    deviceName: 'bench',
    app: 'bench',
    metadataKey: { id: metadataKeyId, key: metadataKey },
  }
  const writer = SegmentWriter.begin(facts, store, () => Date.now())
  const segments = new Set<SegmentId>([writer.segment])
  let seen = { greatestTime: 0, frontier: [], checkpoint: null }
  await timed('write the journal', async () => {
    let groups: Group[] = []
    for (const group of contents()) {
      groups.push(group)
      if (groups.length === GROUP) await writer.append(groups.splice(0), seen)
    }
    await writer.append(groups, seen)
    groups = []
  })
  told('journal', mib(writer.head?.bytes ?? 0))
  told('peak memory so far', rss())

  {
    await using index = await open()
    const start = performance.now()
    await timed('fill the index from it', () => index.catchUp(query))
    told('items a second', Math.round(COUNT / ((performance.now() - start) / 1000)).toLocaleString('en'))
    told('peak memory so far', rss())
  }
  told('index.db', mib(statSync(paths.index).size))

  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    await using index = await open()
    const opened = performance.now() - start
    await index.catchUp(query)
    const caught = performance.now() - start
    const list = index.items.list(ROOT_ID)
    const listed = performance.now() - start
    told(
      'open, catch up, first list',
      `${opened.toFixed(1)} + ${(caught - opened).toFixed(1)} + ${(listed - caught).toFixed(1)} = ${listed.toFixed(1)} ms (${list.length} entries)`,
    )
    await timed('names ready for search', () => index.search.unpack())
  }

  await using index = await open()
  const { known, frontier } = await index.catchUp(query)
  seen = { greatestTime: known.greatestTime, frontier: [...frontier] as never[], checkpoint: null }
  const large = index.items.resolve(['Large'])?.id ?? fail('no large folder')
  await timed('list a folder of 10,000, first time', () => index.items.list(large))
  await timed('list a folder of 10,000, again', () => index.items.list(large), 9)
  await timed('resolve a path', () => index.items.resolve(['Large', 'Quarterly report 5000 final.docx']), 99)
  await index.search.unpack()
  for (const text of ['report 77777 ', 'zzqq', 'ezz', 'final.docx', 'e', '7777']) {
    const found = await index.search.find(text, { limit: 100 })
    await timed(`search "${text}" (${found.entries.length}${found.more ? '+' : ''})`, () =>
      index.search.find(text, { limit: 100 }),
      9,
    )
  }
  await timed(
    'add one: append, apply',
    async () => {
      const groups = [fileOps(large, `New ${Math.random()}.txt`, 1)]
      const batches = await writer.append(groups, seen)
      const applied = await index.applyOwn(batches, { id: metadataKeyId, epoch: 1 })
      if (applied.kind !== 'applied') fail('behind')
    },
    9,
  )
  const adds = (await writer.append([fileOps(large, 'One more.txt', 1)], seen)) ?? []
  await timed('  of it the index', () => index.applyOwn(adds, { id: metadataKeyId, epoch: 1 }))
  await timed('catch up with nothing new', () => index.catchUp(query), 9)
  await timed('all versions with their keys, streamed', () => {
    let count = 0
    for (const { keys: each } of index.versions.all()) count += each.length
    return count
  })
  await timed('walk everything', () => {
    let count = 0
    for (const _ of index.items.walk(ROOT_ID)) count++
    return count
  })
  told('segments', String(segments.size))
  told('peak memory', rss())
} finally {
  rmSync(folder, { recursive: true, force: true })
}
