/**
 * The index of a large vault, made through its real door: a journal on disk, read by catchUp.
 *
 *     npx node test/bench/index-bench.ts [items]      default 100,000; SPEED.md's other goal is 1,000,000
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat, copyOffHeap, hex, kdf, randomBytes, Secret, utf8Bytes } from '../../src/main/base/index.ts'
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
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { LocalStore } from '../../src/main/files/index.ts'
import { StateFolder, VaultIndex } from '../../src/main/index/index.ts'
import {
  type Group,
  hashFromBytes,
  type JournalQuery,
  type Op,
  readJournal,
  SegmentWriter,
} from '../../src/main/journal/index.ts'

const COUNT = Number(process.argv[2] ?? 100_000)
const LARGE_FOLDER = 10_000
const FOLDER = 100
const GROUP = 512

/** Each phase runs in a process of its own, so that its peak memory is its own. */
const PHASES = ['write', 'fill', 'use'] as const
type Phase = (typeof PHASES)[number]

/** What the phases share. The keys are those of a vault that lives for a minute. */
type Shared = {
  readonly folder: string
  readonly vault: VaultId
  readonly device: DeviceId
  readonly keyVersion: KeyVersionId
  readonly key: KeyId
  readonly metadataKeyId: MetadataKeyId
  readonly metadataKey: string
}

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
function newEdk({ keyVersion }: Shared): Uint8Array {
  const info = concat(utf8Bytes(keyVersion), { u32: 128 }, { u32: 12 }, randomBytes(12))
  const provider = utf8Bytes('strongroom-local')
  return concat({ u16: provider.length }, provider, { u16: info.length }, info, { u16: 48 }, randomBytes(48))
}

function folderOps(item: ItemId, parent: ItemId, name: string): Op[] {
  return [{ kind: 'put', item, itemKind: 'folder', parent, name, mtimeMs: 1_700_000_000_000, mode: 0o755 }]
}

function fileOps(shared: Shared, parent: ItemId, name: string, number: number): Op[] {
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
    { kind: 'key', version, key: shared.key, edk: newEdk(shared), keyMaterialId: null },
  ]
}

/** 10,000 files in one folder, the others by 100 in folders of their own, ten of those in one. */
function* contents(shared: Shared): Generator<Group> {
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
    yield fileOps(shared, folder, `Quarterly report ${number} final.docx`, number)
  }
}

function told(what: string, value: string): void {
  console.log(`${what.padEnd(58)} ${value}`)
}

/** Tells the median of the rounds, and the processor time of one: what is left where others use the machine. */
async function timed<T>(what: string, run: () => T | Promise<T>, rounds = 1): Promise<number> {
  const times: number[] = []
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  told(what, `${ms(medianOf(times))}  (processor ${ms((user + system) / 1000 / rounds)})`)
  return medianOf(times)
}

const ms = (time: number): string => `${time < 10 ? time.toFixed(2) : time.toFixed(0)} ms`

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`

class Bench implements Disposable {
  readonly shared: Shared
  readonly store: LocalStore
  readonly #metadataKey: Secret
  readonly query: Omit<JournalQuery, 'known'>

  constructor(shared: Shared) {
    this.shared = shared
    this.store = new LocalStore(shared.folder, shared.device)
    this.#metadataKey = Secret.take(copyOffHeap(Buffer.from(shared.metadataKey, 'hex')), 'metadata key')
    const keys = new Map([[shared.metadataKeyId, { epoch: 1, key: this.#metadataKey }]])
    this.query = { access: { source: this.store, vault: shared.vault, keys } }
  }

  /** A new segment: each process has its own. */
  segment(): SegmentWriter {
    const { vault, device, metadataKeyId } = this.shared
    const metadataKey = { id: metadataKeyId, key: this.#metadataKey }
    const facts = { vault, device, deviceName: 'bench', app: 'bench', metadataKey }
    return SegmentWriter.begin(facts, this.store, () => Date.now())
  }

  async index(): Promise<VaultIndex> {
    const { vault, device, folder } = this.shared
    const state = await StateFolder.open(join(folder, 'state'))
    const { index } = await state.placeOf(vault, folder)
    const key = kdf(this.#metadataKey, idBytes(vault), 'strongroom/index', idBytes(device))
    return await VaultIndex.open({ path: index, key, device })
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]()
    this.#metadataKey[Symbol.dispose]()
  }
}

async function writeJournal(bench: Bench): Promise<void> {
  const writer = bench.segment()
  const seen = { greatestTime: 0, frontier: [], checkpoint: null }
  await timed('write the journal', async () => {
    const groups: Group[] = []
    for (const group of contents(bench.shared)) {
      groups.push(group)
      if (groups.length === GROUP) await writer.append(groups.splice(0), seen)
    }
    await writer.append(groups, seen)
  })
  told('journal', mib(writer.head?.bytes ?? 0))
}

async function fillIndex(bench: Bench): Promise<void> {
  await using index = await bench.index()
  const tookMs = await timed('fill the index from it', () => index.catchUp(bench.query))
  told('items a second', Math.round(COUNT / (tookMs / 1000)).toLocaleString('en'))
}

async function useIndex(bench: Bench): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    await using index = await bench.index()
    const opened = performance.now() - start
    await index.catchUp(bench.query)
    const caught = performance.now() - start
    const list = index.items.list(ROOT_ID)
    const listed = performance.now() - start
    const steps = [opened, caught - opened, listed - caught].map((step) => step.toFixed(1)).join(' + ')
    told('open, catch up, first list', `${steps} = ${listed.toFixed(1)} ms (${list.length} entries)`)
    told('index.db', mib(index.sizeBytes))
    await timed('names ready for search', () => index.search.unpack())
  }
  await using index = await bench.index()
  await timed('read the journal, into nothing', () =>
    readJournal(bench.query, { applyBatch: () => undefined, applyOp: () => undefined }),
  )
  const large = index.items.resolve(['Large'])?.id ?? fail('no large folder')
  await timed('list a folder of 10,000, first time', () => index.items.list(large))
  await timed('list a folder of 10,000, again', () => index.items.list(large), 9)
  await timed('resolve a path', () => index.items.resolve(['Large', 'Quarterly report 5000 final.docx']), 99)
  await index.search.unpack()
  for (const text of ['report 77777 ', 'zzqq', 'ezz', 'final.docx', 'e', '7777']) {
    const { entries, more } = await index.search.find(text, { limit: 100 })
    const what = `search "${text}" (${entries.length}${more ? '+' : ''} found)`
    await timed(what, () => index.search.find(text, { limit: 100 }), 9)
  }
  await addOne(bench, index, large)
  await timed('catch up with nothing new', () => index.catchUp(bench.query), 9)
  await timed('all versions with their keys, streamed', () => {
    for (const _ of index.versions.all());
  })
  await timed('walk everything', () => {
    for (const _ of index.items.walk(ROOT_ID));
  })
}

async function addOne(bench: Bench, index: VaultIndex, folder: ItemId): Promise<void> {
  const { known, frontier } = await index.catchUp(bench.query)
  const seen = { greatestTime: known.greatestTime, frontier, checkpoint: null }
  const writer = bench.segment()
  const metadataKey = { id: bench.shared.metadataKeyId, epoch: 1 }
  const times: number[] = []
  await timed(
    'add one: append, apply',
    async () => {
      const batches = await writer.append([fileOps(bench.shared, folder, `New ${times.length}.txt`, 1)], seen)
      const start = performance.now()
      const applied = await index.applyOwn(batches, metadataKey)
      times.push(performance.now() - start)
      if (applied.kind !== 'applied') fail('behind')
    },
    15,
  )
  told('  of it the index', ms(medianOf(times)))
}

const RUN: Record<Phase, (bench: Bench) => Promise<void>> = {
  write: writeJournal,
  fill: fillIndex,
  use: useIndex,
}

const [phase, file] = process.argv.slice(3)
if (file === undefined) {
  console.log(`${COUNT.toLocaleString('en')} items, Node ${process.version}`)
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
  try {
    const shared: Shared = {
      folder,
      vault: newId(),
      device: newId(),
      keyVersion: newId(),
      key: newId(),
      metadataKeyId: newId(),
      metadataKey: hex(randomBytes(32)),
    }
    writeFileSync(join(folder, 'shared.json'), JSON.stringify(shared), { mode: 0o600 })
    for (const each of PHASES) {
      const args = [
        ...process.execArgv,
        process.argv[1] ?? '',
        String(COUNT),
        each,
        join(folder, 'shared.json'),
      ]
      execFileSync(process.execPath, args, { stdio: 'inherit' })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
} else {
  using bench = new Bench(JSON.parse(readFileSync(file, 'utf8')))
  const run = PHASES.find((each) => each === phase) ?? fail('no such phase')
  await RUN[run](bench)
  told('peak memory', mib(process.resourceUsage().maxRSS * 1024))
}
