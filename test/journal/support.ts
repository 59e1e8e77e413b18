import { type CborValue, randomBytes, Secret, writeCbor } from '../../src/main/base/index.ts'
import {
  type DeviceId,
  type Id,
  type ItemId,
  idFromBytes,
  type MetadataKeyId,
  ROOT_ID,
  type SegmentId,
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import { encodeOp, writeBatch } from '../../src/main/journal/batch-codec.ts'
import { FrameChain } from '../../src/main/journal/frame-chain.ts'
import {
  advance,
  type Batch,
  type ByteRange,
  type CheckpointId,
  checkpointName,
  coverableHeads,
  draftCheckpoint,
  frontierOf,
  type Group,
  type Hash,
  type Head,
  hashOf,
  type JournalAccess,
  type JournalQuery,
  type JournalReading,
  type JournalSink,
  type JournalSource,
  type Known,
  type ListedFile,
  loadState,
  type MetadataKey,
  NOTHING_KNOWN,
  type PutOp,
  project,
  readJournal,
  type Seen,
  SegmentWriter,
  State,
  segmentName,
  standingOps,
  type VersionOp,
  withCheckpoint,
} from '../../src/main/journal/index.ts'
import { ChainKeys, parseHeader, writeHeader } from '../../src/main/journal/segment-header.ts'

export function newId<T extends Id<string>>(): T {
  const id = idFromBytes<T>(randomBytes(16))
  if (id === undefined) throw new Error('unreachable')
  return id
}

export const newHash = (): Hash => hashOf(randomBytes(32))

/** A disk in memory: the store's list, read and append, and hands to damage it with. */
export class MemoryDisk implements JournalSource, JournalSink {
  readonly files = new Map<string, Uint8Array>()
  /** Every durable append, in order. */
  readonly appends: { readonly name: string; readonly offset: number; readonly bytes: number }[] = []

  async list(prefix: string): Promise<readonly ListedFile[]> {
    return [...this.files]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, bytes]) => ({ name, sizeBytes: bytes.length }))
  }

  async read(name: string, { offset, length }: ByteRange): Promise<Uint8Array> {
    return this.at(name).slice(offset, offset + length)
  }

  async append(name: string, offset: number, bytes: Uint8Array): Promise<void> {
    const before = offset === 0 ? new Uint8Array() : this.at(name)
    if (offset === 0 && this.files.has(name)) throw new Error(`${name} exists`)
    if (offset !== before.length) throw new Error(`append at ${offset} to ${before.length} bytes`)
    this.files.set(name, new Uint8Array(Buffer.concat([before, bytes])))
    this.appends.push({ name, offset, bytes: bytes.length })
  }

  at(name: string): Uint8Array {
    const bytes = this.files.get(name)
    if (bytes === undefined) throw new Error(`no ${name}`)
    return bytes
  }

  flip(name: string, bit: number): void {
    const bytes = this.at(name).slice()
    bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
    this.files.set(name, bytes)
  }

  cut(name: string, length: number): void {
    this.files.set(name, this.at(name).slice(0, length))
  }

  copy(): MemoryDisk {
    const copy = new MemoryDisk()
    for (const [name, bytes] of this.files) copy.files.set(name, bytes)
    return copy
  }

  /** Brings over what another disk has more of, as a sync tool does. */
  pull(from: MemoryDisk, names: Iterable<string> = from.files.keys()): void {
    for (const name of names) {
      const bytes = from.files.get(name)
      if (bytes && bytes.length > (this.files.get(name)?.length ?? 0)) this.files.set(name, bytes)
    }
  }
}

/** What all devices of one test vault share. */
export class TestVault {
  readonly vault = newId<VaultId>()
  readonly keys = new Map<MetadataKeyId, MetadataKey>()
  readonly epochs: MetadataKeyId[] = []

  constructor() {
    this.newEpoch()
  }

  newEpoch(): MetadataKeyId {
    const id = newId<MetadataKeyId>()
    this.epochs.push(id)
    this.keys.set(id, { epoch: this.epochs.length, key: Secret.random('metadata key') })
    return id
  }

  access(source: JournalSource, keys: JournalAccess['keys'] = this.keys): JournalAccess {
    return { source, vault: this.vault, keys }
  }
}

/** One device: a disk of its own, a state that it reads into, a segment that it writes. */
export class TestDevice {
  readonly vault: TestVault
  readonly name: string
  readonly device = newId<DeviceId>()
  disk: MemoryDisk
  state = new State()
  known: Known = NOTHING_KNOWN
  frontier: Seen['frontier'] = []
  writer: SegmentWriter | undefined
  readonly segments = new Set<SegmentId>()
  clockMs = 1_700_000_000_000
  metadataKey: MetadataKeyId
  #fresh = true

  constructor(vault: TestVault, name = 'device', disk = new MemoryDisk()) {
    this.vault = vault
    this.name = name
    this.disk = disk
    this.metadataKey = vault.epochs[0] ?? newId()
  }

  /** Reads what is new, from scratch if it must. */
  async read(query: Partial<JournalQuery> = {}): Promise<JournalReading & { kind: 'read' }> {
    const access = this.vault.access(this.disk)
    const known = this.#fresh ? {} : { known: this.known }
    const reading = await readJournal({ access, ...known, ...query }, this.state)
    if (reading.kind === 'rebuild') {
      this.forget()
      const without =
        reading.why === 'checkpoint' ? { without: new Set(query.without).add(reading.without) } : {}
      return await this.read({ ...query, ...without })
    }
    this.#fresh = false
    this.known = reading.known
    this.frontier = reading.frontier
    return reading
  }

  /** Loses the index. */
  forget(): void {
    this.#fresh = true
    this.state = new State()
    this.known = NOTHING_KNOWN
  }

  get seen(): Seen {
    const { known, frontier } = this
    return { greatestTime: known.greatestTime, frontier, checkpoint: known.checkpoint?.ref ?? null }
  }

  begin(): SegmentWriter {
    const key = this.vault.keys.get(this.metadataKey)
    if (!key) throw new Error('no metadata key')
    const { vault } = this.vault
    const metadataKey = { id: this.metadataKey, key: key.key }
    const facts = { vault, device: this.device, deviceName: this.name, app: 'test 1', metadataKey }
    const writer = SegmentWriter.begin(facts, this.disk, () => this.clockMs++)
    this.segments.add(writer.segment)
    return writer
  }

  /** Appends to its open segment and applies it, as a vault does. */
  async append(groups: readonly Group[], close = false): Promise<readonly Batch[]> {
    if (!this.writer || this.writer.ended) this.writer = this.begin()
    const batches = await this.writer.append(groups, this.seen, close)
    for (const batch of batches) this.state.applyBatch(batch)
    this.known = advance(this.known, batches, {
      id: this.metadataKey,
      epoch: this.#epochOf(this.metadataKey),
    })
    this.#fresh = false
    this.frontier = frontierOf(this.known)
    return batches
  }

  #epochOf(key: MetadataKeyId): number {
    return this.vault.keys.get(key)?.epoch ?? 0
  }

  /** Writes a checkpoint of all it knows. */
  checkpoint(metadataKey = this.metadataKey): { name: string; known: Known } {
    const key = this.vault.keys.get(metadataKey)
    const covered = coverableHeads(this.known)
    if (!key || !covered) throw new Error('no checkpoint now')
    const facts = {
      vault: this.vault.vault,
      device: this.device,
      metadataKey: { id: metadataKey, key: key.key },
    }
    const draft = draftCheckpoint(facts, covered, standingOps(this.state, covered))
    const parts: Uint8Array[] = []
    let step = draft.pieces.next()
    for (; !step.done; step = draft.pieces.next()) parts.push(step.value)
    const name = checkpointName(this.device, draft.id)
    this.disk.files.set(name, new Uint8Array(Buffer.concat(parts)))
    this.known = withCheckpoint(this.known, { ref: step.value, heads: covered })
    this.frontier = frontierOf(this.known)
    return { name, known: this.known }
  }

  /** Its files on its own disk. */
  get files(): readonly string[] {
    return [...this.disk.files.keys()].filter((name) => name.startsWith(`journal/${this.device}/`)).sort()
  }
}

export function putOp(item: ItemId, fields: Partial<Omit<PutOp, 'kind' | 'item'>>): PutOp {
  return { kind: 'put', item, itemKind: null, parent: null, name: null, mtimeMs: null, mode: null, ...fields }
}

export function folderOps(item: ItemId, name: string, parent: ItemId = ROOT_ID): Group {
  return [putOp(item, { itemKind: 'folder', parent, name, mtimeMs: 1, mode: 0o755 })]
}

export function versionOp(item: ItemId, version: VersionId, bases: readonly VersionId[] = []): VersionOp {
  const [sha256, commit] = [newHash(), newHash()]
  return {
    kind: 'version',
    item,
    version,
    bases,
    sizeBytes: 5,
    lengthBytes: 900,
    sha256,
    commit,
    mtimeMs: -1000,
  }
}

export function fileOps(
  item: ItemId,
  name: string,
  parent: ItemId = ROOT_ID,
  version = newId<VersionId>(),
): Group {
  return [putOp(item, { itemKind: 'file', parent, name, mode: 0o644 }), versionOp(item, version)]
}

/** Writes a segment whose frames hold just these contents: what no SegmentWriter would write. */
export function craftSegment(device: TestDevice, contents: readonly Uint8Array[]): string {
  const { vault } = device
  const key = vault.keys.get(device.metadataKey)
  if (!key) throw new Error('no metadata key')
  const id = newId<SegmentId>()
  const header = {
    kind: 'segment',
    vault: vault.vault,
    device: device.device,
    id,
    metadataKey: device.metadataKey,
  } as const
  const headerBytes = writeHeader(header)
  using chain = FrameChain.start(ChainKeys.derive(key.key, header), headerBytes)
  const frames = contents.map((content) => chain.seal(content))
  const name = segmentName(device.device, id)
  device.disk.files.set(name, new Uint8Array(Buffer.concat([headerBytes, ...frames])))
  device.segments.add(id)
  return name
}

/** Writes a checkpoint whose frames hold just these contents: what no draftCheckpoint would write. */
export function craftCheckpoint(
  device: TestDevice,
  contents: readonly CborValue[],
  id = newId<CheckpointId>(),
): string {
  const { vault } = device
  const key = vault.keys.get(device.metadataKey)
  if (!key) throw new Error('no metadata key')
  const { metadataKey } = device
  const header = { kind: 'checkpoint', vault: vault.vault, device: device.device, id, metadataKey } as const
  const headerBytes = writeHeader(header)
  using chain = FrameChain.start(ChainKeys.derive(key.key, header), headerBytes)
  const frames = contents.map((content) => chain.seal(writeCbor(content)))
  const name = checkpointName(device.device, id)
  device.disk.files.set(name, new Uint8Array(Buffer.concat([headerBytes, ...frames])))
  return name
}

/**
 * The file of a segment that went on otherwise from some head: what a cloned process writes.
 *
 * @param batches the ops of each frame of the other branch, with its time
 */
export function branchOff(
  device: TestDevice,
  name: string,
  head: Head,
  batches: readonly { readonly time: number; readonly ops: Group }[],
): Uint8Array {
  const bytes = device.disk.at(name)
  const headerBytes = bytes.slice(0, 68)
  const header = parseHeader(headerBytes, 'segment')
  const key = header && device.vault.keys.get(header.metadataKey)
  if (!key) throw new Error('no header or key')
  using chain = FrameChain.start(ChainKeys.derive(key.key, header), headerBytes, head)
  const frames = batches.map(({ time, ops }) => chain.seal(writeBatch(time, ops.map(encodeOp))))
  return new Uint8Array(Buffer.concat([bytes.subarray(0, head.bytes), ...frames]))
}

/** A fresh reader of a disk: no index, no anchors, unless given. */
export async function readFresh(vault: TestVault, disk: MemoryDisk, query: Partial<JournalQuery> = {}) {
  return await loadState({ access: vault.access(disk), ...query })
}

/** All that a state says, without the stamps: two states that say the same are equal. */
export function saying(state: State): unknown {
  const values = (map: ReadonlyMap<string, { readonly value: unknown }>) =>
    Object.fromEntries([...map].sort().map(([name, { value }]) => [name, value]))
  const views = project(state)
  return {
    views: [...views.values()]
      .map(({ id, kind, parent, name, heads, binned, inBin, record }) => {
        const versions = record.versions.map(({ stamp, ...version }) => version)
        const fields = [record.mtimeMs?.value, record.mode?.value, record.name?.value]
        return {
          id,
          kind,
          parent,
          name,
          binned,
          inBin,
          fields,
          versions,
          heads: heads.map((each) => each.version),
        }
      })
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    gone: [...state.items.keys()].filter((id) => !views.has(id)).sort(),
    purges: [...state.items].map(([id, { purges }]) => [id, purges.map(({ version }) => version)]).sort(),
    keys: [...state.keys].map(([id, keys]) => [id, keys.map(({ stamp, ...key }) => key)]).sort(),
    settings: values(state.settings),
    files: values(state.files),
    features: [...state.features.keys()].sort(),
  }
}
