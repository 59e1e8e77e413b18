import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kdf, Secret } from '../../src/main/base/index.ts'
import {
  type DeviceId,
  type ItemId,
  idBytes,
  RECOVERED_ID,
  ROOT_ID,
  type VaultId,
  type VersionId,
} from '../../src/main/contract/ids.ts'
import {
  type Entry,
  type IndexFacts,
  RECOVERED_ENTRY,
  StateFolder,
  VaultIndex,
} from '../../src/main/index/index.ts'
import { IndexTarget } from '../../src/main/index/index-target.ts'
import { IndexWriter } from '../../src/main/index/index-writer.ts'
import { PrivateColumns } from '../../src/main/index/private-columns.ts'
import { type Connection, connect } from '../../src/main/index/sqlite.ts'
import {
  type Batch,
  type ItemView,
  type JournalQuery,
  project,
  RECOVERED_NAME,
  type State,
} from '../../src/main/journal/index.ts'
import { type MemoryDisk, newId, type TestVault } from '../journal/support.ts'

/** A folder that is removed at the end, whatever is in it. */
export class TempFolder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-index-')))

  constructor() {
    chmodSync(this.path, 0o700)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A state folder in a folder of its own. */
export async function tempState(): Promise<{ state: StateFolder; folder: TempFolder }> {
  const folder = new TempFolder()
  return { state: await StateFolder.open(join(folder.path, 'state')), folder }
}

/** An index file and what opens it, again and again. */
export class TestIndex implements AsyncDisposable {
  readonly folder: TempFolder
  readonly path: string
  readonly lock: string
  readonly key = Secret.random('index key')
  readonly device = newId<DeviceId>()
  #index: VaultIndex | undefined

  private constructor(folder: TempFolder, paths: { readonly index: string; readonly lock: string }) {
    this.folder = folder
    this.path = paths.index
    this.lock = paths.lock
  }

  static async make(): Promise<TestIndex> {
    const { state, folder } = await tempState()
    return new TestIndex(folder, await state.placeOf(newId<VaultId>(), '/somewhere'))
  }

  /** What opens it: the key is a copy, since the index ends it. */
  facts(overrides: Partial<IndexFacts> = {}): IndexFacts {
    return { path: this.path, key: this.key.copy(), device: this.device, ...overrides }
  }

  get index(): VaultIndex {
    if (!this.#index) throw new Error('not open')
    return this.#index
  }

  async open(): Promise<VaultIndex> {
    this.#index = await VaultIndex.open(this.facts())
    return this.#index
  }

  async reopen(): Promise<VaultIndex> {
    await this.close()
    return await this.open()
  }

  async close(): Promise<void> {
    await this.#index?.[Symbol.asyncDispose]()
    this.#index = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    this.folder[Symbol.dispose]()
  }
}

export async function openTestIndex(): Promise<TestIndex> {
  const test = await TestIndex.make()
  await test.open()
  return test
}

/** What a reading of a disk in memory asks for. */
export function queryOf(vault: TestVault, disk: MemoryDisk): Omit<JournalQuery, 'known'> {
  return { access: vault.access(disk) }
}

/** The index key as a vault derives it. */
export function indexKey(metadataKey: Secret, vault: VaultId, device: DeviceId): Secret {
  return kdf(metadataKey, idBytes(vault), 'strongroom/index', idBytes(device))
}

/** A second hand on an index file: applies batches in any order, as no journal would yield them. */
export class RawWriter implements Disposable {
  readonly #columns: PrivateColumns
  readonly #db: Connection
  readonly #writer: IndexWriter

  constructor({ path, key, device }: IndexFacts) {
    this.#columns = new PrivateColumns(key, device)
    this.#db = connect(path)
    const facts = { path, what: 'the index', damaged: 'INDEX_DAMAGED' } as const
    this.#writer = new IndexWriter(facts, this.#db, this.#columns, 10_000)
  }

  async apply(batches: readonly Batch[]): Promise<void> {
    await this.#writer.write((tables) => {
      const target = new IndexTarget(tables)
      for (const batch of batches) target.applyBatch(batch)
      target.finish()
    })
  }

  /** Every row of a table, as it is stored. */
  rows(table: string): readonly unknown[] {
    return this.#db.prepare(`SELECT * FROM ${table}`).raw().all()
  }

  [Symbol.dispose](): void {
    this.#db.close()
    this.#columns[Symbol.dispose]()
  }
}

/** What an index shows of a state, and what the journal's own projection shows of it. */
export function shownBy({ items, versions, vault }: VaultIndex, state: State): unknown {
  const ids = [...state.items.keys()].sort()
  const { version: versionIds } = idsIn(state)
  return {
    views: new Map(ids.map((id) => [id, items.item(id)])),
    records: new Map(ids.map((id) => [id, items.record(id)])),
    lists: new Map([ROOT_ID, RECOVERED_ID, ...ids].map((id) => [id, items.list(id).map((entry) => entry)])),
    paths: new Map(ids.map((id) => [id, items.pathOf(id)])),
    bin: items
      .bin()
      .map(({ id }) => id)
      .sort(),
    keys: new Map(versionIds.map((id) => [id, versions.keysOf(id)])),
    settings: vault.settings(),
    files: vault.pinnedFiles(),
    features: vault.unknownFeatures(),
  }
}

export function shownByProjection(state: State): unknown {
  const views = project(state)
  const ids = [...state.items.keys()].sort()
  const inFolder = (folder: ItemId) => [...views.values()].filter(({ parent }) => parent === folder)
  return {
    views: new Map(ids.map((id) => [id, views.get(id)])),
    records: new Map(ids.map((id) => [id, state.items.get(id)])),
    lists: new Map(
      [ROOT_ID, RECOVERED_ID, ...ids].map((folder) => {
        const entries = inFolder(folder)
          .filter(({ binned }) => !binned)
          .map(entryOf)
        const hasRecovered = folder === ROOT_ID && inFolder(RECOVERED_ID).length > 0
        return [folder, [...entries, ...(hasRecovered ? [RECOVERED_ENTRY] : [])].sort(byName)]
      }),
    ),
    paths: new Map(ids.map((id) => [id, pathIn(views, id)])),
    bin: [...views.values()].flatMap(({ id, binned }) => (binned ? [id] : [])).sort(),
    keys: new Map(idsIn(state).version.map((id) => [id, state.keys.get(id) ?? []])),
    settings: state.settings,
    files: state.files,
    features: [...state.features.keys()].sort(),
  }
}

function idsIn(state: State): { readonly version: readonly VersionId[] } {
  const told = [...state.items.values()].flatMap(({ versions }) => versions.map(({ version }) => version))
  return { version: [...new Set([...told, ...state.keys.keys()])].sort() }
}

function entryOf({ id, kind, parent, name, heads, current, binned, record }: ItemView): Entry {
  return {
    id,
    kind,
    parent,
    name,
    sizeBytes: current?.sizeBytes ?? 0,
    mtimeMs: kind === 'folder' ? (record.mtimeMs?.value ?? null) : (current?.mtimeMs ?? null),
    mode: record.mode?.value ?? null,
    version: current?.version ?? null,
    heads: heads.map(({ version }) => version),
    binned,
  }
}

function pathIn(views: ReadonlyMap<ItemId, ItemView>, id: ItemId): readonly string[] | undefined {
  const view = views.get(id)
  if (!view) return undefined
  if (view.parent === ROOT_ID) return [view.name]
  if (view.parent === RECOVERED_ID) return [RECOVERED_NAME, view.name]
  return [...(pathIn(views, view.parent) ?? ['lost']), view.name]
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1
}
