import { asVaultError, bug, fail, randomBytes, type SkipCode } from '../base/index.ts'
import { type ItemId, idBytes, idFromBytes, type VersionId } from '../contract/ids.ts'
import { Folder, numberedName, parentOf, type WalkEntry, walk } from '../files/index.ts'
import type { Entry } from '../index/index.ts'
import type { Task } from '../jobs/index.ts'
import type { PutOp } from '../journal/index.ts'
import { folderOp, putOp } from './folders.ts'
import { messageName } from './message-name.ts'
import { newId } from './new-id.ts'
import type { OpenVault } from './open-vault.ts'
import type { Reporter } from './report.ts'
import { demandName } from './vault-path.ts'

/** What becomes of a file whose name the vault has already. */
export type IfExists = 'version' | 'skip' | 'keep-both'

/** A file that is being added, and what it will be in the vault. */
export type Planned = {
  readonly source: string
  readonly item: ItemId
  readonly parent: ItemId
  readonly name: string
  readonly version: VersionId
  /** The version that it takes the place of; null: the item is new. */
  readonly base: VersionId | null
  readonly mode: number | null
}

/** An entry of the sources: where it is, and its steps from the path that was given. */
type Walked = { readonly path: string; readonly steps: readonly string[] }

/** Files whose versions are noted before their messages are written (ARCHITECTURE, "Order of writes" 1). */
const BATCH_FILES = 512
/** Where it doesn't, a file of another case is the same file, renamed. */
const CASE_COUNTS = process.platform === 'linux'

/**
 * Turns paths and whole trees into tasks of versions to be written. Folders are put down as ops, to be recorded
 * no later than what lies in them.
 */
export class AddPlan {
  readonly planned = new Map<number, Planned>()
  readonly #vault: OpenVault
  readonly #reporter: Reporter
  readonly #ifExists: IfExists
  readonly #onBatch: (versions: readonly VersionId[]) => Promise<void>
  /** Folders of the sources that are in the vault now or will be, by their path on the disk. */
  readonly #folders = new Map<string, { readonly id: ItemId; readonly fresh: boolean }>()
  readonly #failed = new Map<string, unknown>()
  /** Names and items that this job gave out in folders that were there before. */
  readonly #taken = new Set<string>()
  #folderOps: PutOp[] = []
  #nextId = 0

  /** @param onBatch told of the versions of a batch before any of them is written */
  constructor(
    vault: OpenVault,
    ifExists: IfExists,
    reporter: Reporter,
    onBatch: (versions: readonly VersionId[]) => Promise<void>,
  ) {
    this.#vault = vault
    this.#ifExists = ifExists
    this.#reporter = reporter
    this.#onBatch = onBatch
  }

  /** @param into the folder of the vault that everything goes into */
  async *tasks(paths: readonly string[], into: ItemId): AsyncGenerator<Task> {
    let found = { files: 0, bytes: 0 }
    let batch: Task[] = []
    let prefix = randomBytes(1)
    const flush = async () => {
      const tasks = batch
      batch = []
      prefix = randomBytes(1)
      if (tasks.length > 0) await this.#begin(tasks)
      return tasks
    }
    // The vault itself may lie inside what is walked.
    using exclude = Folder.open(this.#vault.path)
    for (const path of paths) {
      for (const entry of walk(path, { exclude })) {
        const task = this.#take(entry, into, prefix)
        if (task === undefined) continue
        found = { files: found.files + 1, bytes: found.bytes + task.sizeBytes }
        batch.push(task)
        if (batch.length === BATCH_FILES) yield* await flush()
        this.#reporter.tell({ kind: 'found', ...found, complete: false })
      }
    }
    yield* await flush()
    this.#reporter.tell({ kind: 'found', ...found, complete: true })
  }

  /** The folders that are to be recorded now. */
  takeFolderOps(): readonly PutOp[] {
    const ops = this.#folderOps
    this.#folderOps = []
    return ops
  }

  /** They were not recorded after all: what is recorded next has them, for the files that lie in them. */
  giveBackFolderOps(ops: readonly PutOp[]): void {
    this.#folderOps = [...ops, ...this.#folderOps]
  }

  async #begin(tasks: readonly Task[]): Promise<void> {
    await this.#onBatch(tasks.map(({ vault }) => vault?.versionId ?? bug('a task without its version')))
    // The versions of a batch share their first byte, and so their folder.
    const [first] = tasks
    if (first?.vault)
      await this.#vault.store.prepare(this.#vault.store.stage(messageName(first.vault.versionId)))
  }

  #take(entry: WalkEntry, into: ItemId, prefix: Uint8Array): Task | undefined {
    switch (entry.kind) {
      case 'other':
        this.#reporter.tell({ kind: 'skipped', path: entry.path, code: entry.what })
        return undefined
      case 'failed':
        this.#reporter.tell({ kind: 'failed', path: entry.path, error: entry.error })
        return undefined
      case 'folder':
        this.#reporter.folder()
        this.#orFailed(entry, () => this.#takeFolder(entry, into))
        return undefined
      case 'file':
        return this.#orFailed(entry, () => this.#takeFile(entry, into, prefix))
    }
  }

  #takeFolder(entry: WalkEntry & { kind: 'folder' }, into: ItemId): void {
    const { steps, facts } = entry
    const parent = this.#parentOf(entry, into)
    const name = givenName(steps)
    const { mtimeMs, mode } = facts
    const there = parent.fresh ? undefined : this.#there(parent.id, name)
    if (there === undefined) {
      const id = newId<ItemId>()
      this.#folderOps.push(folderOp(id, parent.id, name, { mtimeMs, mode }))
      this.#folders.set(entry.path, { id, fresh: true })
      return
    }
    if (there.kind === 'file') {
      fail('ITEM_EXISTS', `The vault has a file ${name} where the folder ${entry.path} would go.`, {
        path: entry.path,
      })
    }
    this.#folders.set(entry.path, { id: there.id, fresh: false })
    if (there.mtimeMs !== mtimeMs || there.mode !== mode)
      this.#folderOps.push(putOp(there.id, { mtimeMs, mode }))
  }

  #takeFile(entry: WalkEntry & { kind: 'file' }, into: ItemId, prefix: Uint8Array): Task | undefined {
    const { path: source, steps, sizeBytes, mtimeMs } = entry
    const parent = this.#parentOf(entry, into)
    const wanted = givenName(steps)
    const isSame = (each: Entry) => isDone(each, sizeBytes, mtimeMs)
    const there = parent.fresh ? undefined : this.#there(parent.id, wanted, isSame)
    const skip = this.#whySkip(there, sizeBytes, mtimeMs)
    if (skip !== undefined) {
      this.#reporter.tell({ kind: 'skipped', path: source, code: skip })
      return undefined
    }
    if (there?.kind === 'folder' && this.#ifExists !== 'keep-both') {
      fail('ITEM_EXISTS', `The vault has a folder ${wanted} where the file ${source} would go.`, {
        path: source,
      })
    }
    const isVersion = there !== undefined && this.#ifExists === 'version'
    const name = isVersion || there === undefined ? wanted : this.#freeName(parent.id, wanted)
    if (!parent.fresh) this.#claim(isVersion ? there.id : nameKey(parent.id, name), name, source)
    const item = isVersion ? there.id : newId<ItemId>()
    const version = newVersionId(prefix)
    const { root: place, steps: at, name: target, temp } = this.#vault.store.stage(messageName(version))
    const id = this.#nextId++
    const base = isVersion ? there.version : null
    this.planned.set(id, { source, item, parent: parent.id, name, version, base, mode: there?.mode ?? null })
    return {
      id,
      source,
      sizeBytes,
      root: place,
      steps: at,
      name: target,
      // A fresh id is never onto a file, so a plain rename does.
      exists: 'replace',
      resumable: false,
      vault: { kind: 'add', versionId: version, itemId: item, parent: parent.id, name, temp },
    }
  }

  #whySkip(there: Entry | undefined, sizeBytes: number, mtimeMs: number): SkipCode | undefined {
    if (there?.kind !== 'file') return undefined
    if (isDone(there, sizeBytes, mtimeMs)) return 'DONE'
    return this.#ifExists === 'skip' ? 'IN_VAULT' : undefined
  }

  /**
   * The item that a source of this name was or will be: names that a file system keeps apart, and the vault
   * shows numbered, stay items of their own.
   *
   * @param isSame of an entry that is shown under this very name: then it need not be asked what it was given
   */
  #there(folder: ItemId, name: string, isSame: (entry: Entry) => boolean = () => false): Entry | undefined {
    const { items } = this.#vault.index
    const isGiven = ({ id }: Entry) => items.record(id)?.name?.value === name
    const alike = items.inFolder(folder, name)
    if (alike === undefined || (alike.name === name && isSame(alike)) || isGiven(alike)) return alike
    const exact = items.list(folder).find(isGiven)
    if (exact !== undefined) return exact
    return alike.name === name.normalize('NFC') || !CASE_COUNTS ? alike : undefined
  }

  /** Two sources that can't be told apart in one folder would be one item. */
  #claim(key: string, name: string, source: string): void {
    if (this.#taken.has(key)) {
      fail('ITEM_EXISTS', `Another file of this job has the name ${name} already: ${source} was left out.`, {
        source,
      })
    }
    this.#taken.add(key)
  }

  #freeName(parent: ItemId, name: string): string {
    for (let count = 2; ; count++) {
      const free = numberedName(name, count)
      const isTaken = this.#taken.has(nameKey(parent, free))
      if (!isTaken && this.#vault.index.items.inFolder(parent, free) === undefined) return free
    }
  }

  /** @throws what kept its folder from being made */
  #parentOf({ path, steps }: Walked, into: ItemId): { readonly id: ItemId; readonly fresh: boolean } {
    if (steps.length <= 1) return { id: into, fresh: false }
    const folder = parentOf(path)
    const error = this.#failed.get(folder)
    if (error !== undefined) throw error
    return this.#folders.get(folder) ?? bug('a file before its folder')
  }

  #orFailed<T>(entry: { readonly path: string }, run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      this.#failed.set(entry.path, error)
      this.#reporter.tell({ kind: 'failed', path: entry.path, error: asVaultError(error) })
      return undefined
    }
  }
}

const isDone = (there: Entry, sizeBytes: number, mtimeMs: number): boolean =>
  there.kind === 'file' && there.sizeBytes === sizeBytes && there.mtimeMs === mtimeMs

/** The name as it is on the disk: what tells it from others when it is added again. @throws USAGE */
function givenName(steps: readonly string[]): string {
  const name = steps.at(-1) ?? ''
  demandName(name)
  return name
}

const nameKey = (parent: ItemId, name: string): string => `${parent}/${name.normalize('NFC')}`

function newVersionId(prefix: Uint8Array): VersionId {
  const bytes = idBytes(newId<VersionId>())
  bytes.set(prefix)
  return idFromBytes<VersionId>(bytes) ?? bug('16 bytes are no id')
}
