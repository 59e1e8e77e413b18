import type { Secret } from '../base/index.ts'
import type { DeviceId, MetadataKeyId, VersionId } from '../contract/ids.ts'
import type { Batch, JournalQuery, JournalReading, withCheckpoint } from '../journal/index.ts'
import { adopt, type Emptied } from './generation.ts'
import { IndexReader } from './index-reader.ts'
import { IndexSnapshot } from './index-snapshot.ts'
import { type Applied, failBusy, IndexWriter } from './index-writer.ts'
import { ItemQueries } from './item-queries.ts'
import { forgetJob, type JobNumber, type LeftJob, leftJobs, noteJob } from './job-table.ts'
import { NameSearch } from './name-search.ts'
import { PrivateColumns } from './private-columns.ts'
import { type Connection, connect, type DatabaseFacts, failSqlite, whenFree, withSqlite } from './sqlite.ts'
import { VaultQueries } from './vault-queries.ts'
import { VersionQueries } from './version-queries.ts'

const EVERY_MS = 20
const TIMEOUT_MS = 10_000
/** A reader is kept waiting only while another process opens or closes the file. */
const READER_TIMEOUT_MS = 2000
/** What SQLite may keep of the file in memory while it writes; it takes as much as it needs. */
const WRITER_CACHE_KIB = 32_768
/** What the log may hold on to after a large transaction. */
const LOG_BYTES = 16 * 1024 * 1024

export type IndexFacts = {
  /** index.db, which is there (StateFolder.placeOf). */
  readonly path: string
  /** KDF(metadata key, "strongroom/index", device id): owned by the index from here on. */
  readonly key: Secret
  readonly device: DeviceId
  /** How long to wait for other processes that fill it. */
  readonly timeoutMs?: number
}

/**
 * This device's view of one vault (ARCHITECTURE, "The index"): what the journal says, projected, to be asked
 * by path, folder, id or name. It holds nothing that can't be read from the journal again.
 *
 * Every method throws INDEX_REPLACED once another process opened it under another key, INDEX_DAMAGED, and
 * IO_ERROR and its like; those that write also VAULT_BUSY.
 */
export class VaultIndex implements AsyncDisposable {
  readonly items: ItemQueries
  readonly versions: VersionQueries
  readonly vault: VaultQueries
  readonly search: NameSearch
  /** Why it is empty now; undefined: it is as it was left. */
  readonly emptied: Emptied | undefined
  readonly #facts: DatabaseFacts
  readonly #columns: PrivateColumns
  readonly #writing: Connection
  readonly #reading: Connection
  readonly #writer: IndexWriter
  #seenVersion: number

  private constructor(
    facts: DatabaseFacts,
    columns: PrivateColumns,
    connections: { readonly writing: Connection; readonly reading: Connection },
    emptied: Emptied | undefined,
    timeoutMs: number,
  ) {
    this.#facts = facts
    this.#columns = columns
    this.#writing = connections.writing
    this.#reading = connections.reading
    this.#writer = new IndexWriter(facts, this.#writing, columns, timeoutMs)
    const reader = new IndexReader(facts, this.#reading, columns)
    this.items = new ItemQueries(reader)
    this.versions = new VersionQueries(reader)
    this.vault = new VaultQueries(reader)
    this.search = new NameSearch(reader)
    this.emptied = emptied
    this.#seenVersion = this.#dataVersion
  }

  /**
   * Opens an index. One of another schema, or under another key, is emptied in place: others may hold it.
   *
   * @throws VAULT_BUSY another process fills it · INDEX_DAMAGED the file is no database: it may be removed
   *   (StateFolder.discardIndex) and made anew
   */
  static async open({ path, key, device, timeoutMs = TIMEOUT_MS }: IndexFacts): Promise<VaultIndex> {
    const facts: DatabaseFacts = { path, what: 'the index of this vault', damaged: 'INDEX_DAMAGED' }
    const columns = new PrivateColumns(key, device)
    const open: Connection[] = []
    try {
      const [writing, reading] = [connect(path), connect(path, READER_TIMEOUT_MS)]
      open.push(writing, reading)
      const prepared = await whenFree(
        () => {
          prepare(writing)
          return { emptied: adopt(writing, columns) }
        },
        { timeoutMs, everyMs: EVERY_MS },
      )
      if (prepared === 'busy') failBusy(path)
      reading.pragma('query_only = ON')
      return new VaultIndex(facts, columns, { writing, reading }, prepared.emptied, timeoutMs)
    } catch (error) {
      for (const connection of open) connection.close()
      columns[Symbol.dispose]()
      return failSqlite(error, facts)
    }
  }

  /**
   * Reads what is new in the journal. Another process may do the same at once: both end with the same.
   *
   * @returns what the reading found, where it stands now, and whether anything is different from before
   */
  async catchUp(
    query: Omit<JournalQuery, 'known'>,
  ): Promise<JournalReading & { readonly kind: 'read'; readonly changed: boolean }> {
    return await this.#writer.catchUp(query)
  }

  /** Applies batches that this process just appended, in order. */
  async applyOwn(
    batches: readonly Batch[],
    metadataKey: { readonly id: MetadataKeyId; readonly epoch: number },
  ): Promise<Applied> {
    return await this.#writer.applyOwn(batches, metadataKey)
  }

  /** What a checkpoint is written from; undefined: nothing was read yet. */
  snapshot(): IndexSnapshot | undefined {
    return IndexSnapshot.take(this.#facts, this.#columns)
  }

  /** Notes a checkpoint that was written from a snapshot, for the next open to name. */
  async noteCheckpoint(checkpoint: Parameters<typeof withCheckpoint>[1]): Promise<void> {
    await this.#writer.noteCheckpoint(checkpoint)
  }

  /** Empties what was read from the journal, to be read anew. */
  async empty(): Promise<void> {
    await this.#writer.empty()
  }

  /** Notes the versions of a batch before their messages are written: after a kill they are orphans. */
  async beginJob(versions: readonly VersionId[]): Promise<JobNumber> {
    return await this.#writer.write(({ db }) => noteJob(db, versions))
  }

  /** The journal has the batch, or its messages are removed. */
  async endJob(job: JobNumber): Promise<void> {
    await this.#writer.write(({ db }) => forgetJob(db, job))
  }

  /** Batches of processes of this device that are no more. */
  leftJobs(): readonly LeftJob[] {
    return withSqlite(this.#facts, () => leftJobs(this.#reading))
  }

  /** What the index takes on the disk, its log apart. */
  get sizeBytes(): number {
    return withSqlite(this.#facts, () => {
      const pragma = (name: string) => Number(this.#reading.pragma(name, { simple: true }))
      return pragma('page_count') * pragma('page_size')
    })
  }

  /** Whether another process changed the index since this was last asked. Costs some microseconds. */
  changedElsewhere(): boolean {
    const version = this.#dataVersion
    const changed = version !== this.#seenVersion
    this.#seenVersion = version
    return changed
  }

  /** Ends it, after what is being written now. Its key ends with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.idle()
    this.search.forget()
    this.#reading.close()
    this.#writing.close()
    this.#columns[Symbol.dispose]()
  }

  /** Of the writing connection: its own commits don't alter it. */
  get #dataVersion(): number {
    return Number(withSqlite(this.#facts, () => this.#writing.pragma('data_version', { simple: true })))
  }
}

function prepare(db: Connection): void {
  db.pragma('journal_mode = WAL')
  // A commit that a power cut takes back is read from the journal again: where it stood goes with it.
  db.pragma('synchronous = NORMAL')
  db.pragma(`cache_size = -${WRITER_CACHE_KIB}`)
  db.pragma(`journal_size_limit = ${LOG_BYTES}`)
}
