import { basename, resolve } from 'node:path'
import { asVaultError, fail, type SkipCode, type VaultError } from '../base/index.ts'
import {
  ensureFolder,
  Folder,
  identityOf,
  parentOf,
  realFolder,
  TreeWriter,
  type WalkEntry,
  walk,
} from '../files/index.ts'
import type { ExistsRule, Task } from '../jobs/index.ts'
import type { Reporter } from './report.ts'

/** What a bulk act reads and where it writes. */
export type TreeRequest = {
  readonly paths: readonly string[]
  /** The folder that everything goes into, made if missing; undefined: each thing beside its source. */
  readonly to?: string
  readonly exists: ExistsRule
}

/** Why a file met inside a folder is passed over; undefined to work on it. */
export type Choose = (name: string) => SkipCode | undefined

/**
 * Turns paths and whole trees into tasks, making the target folders on the way: durable before any file in
 * them is called done. Reads ahead no more than the workers take.
 */
export class TreePlan {
  readonly #request: TreeRequest
  readonly #choose: Choose
  readonly #reporter: Reporter
  readonly #writers = new Map<string, TreeWriter>()
  readonly #unmade = new Map<string, VaultError>()
  readonly #resumable: boolean
  #nextId = 0

  constructor(request: TreeRequest, choose: Choose, reporter: Reporter) {
    this.#request = { ...request, paths: distinct(request.paths) }
    this.#choose = choose
    this.#reporter = reporter
    demandDistinctNames(this.#request)
    demandOtherDestination(this.#request)
    // One file asked for by name is done or is in the way; in a larger job an equal one was done before.
    this.#resumable =
      this.#request.paths.length > 1 || identityOf(this.#request.paths[0] ?? '')?.folder === true
  }

  async *tasks(): AsyncGenerator<Task> {
    const { to } = this.#request
    const common = to === undefined ? undefined : await ensureFolder(to)
    let files = 0
    let bytes = 0
    for (const path of this.#request.paths) {
      const root = common ?? (await this.#orFailed(path, async () => realFolder(parentOf(path))))
      if (root === undefined) continue
      // The destination may lie inside what is walked.
      using exclude = common === undefined ? undefined : Folder.open(common)
      for (const entry of walk(path, exclude === undefined ? {} : { exclude })) {
        const task = await this.#take(entry, root, common !== undefined)
        if (task === undefined) continue
        files++
        bytes += task.sizeBytes
        yield task
        this.#reporter.tell({ kind: 'found', files, bytes, complete: false })
      }
    }
    this.#reporter.tell({ kind: 'found', files, bytes, complete: true })
  }

  /** Gives the folders their times and modes. */
  async finish(): Promise<void> {
    for (const writer of this.#writers.values()) {
      for (const { path, error } of await writer.finish())
        this.#reporter.tell({ kind: 'failed', path, error })
    }
  }

  async #take(entry: WalkEntry, root: string, copied: boolean): Promise<Task | undefined> {
    switch (entry.kind) {
      case 'other':
        this.#reporter.tell({ kind: 'skipped', path: entry.path, code: entry.what })
        return undefined
      case 'failed':
        this.#reporter.tell({ kind: 'failed', path: entry.path, error: entry.error })
        return undefined
      case 'folder':
        this.#reporter.folder()
        if (copied) await this.#orFailed(entry.path, async () => this.#makeFolder(root, entry))
        return undefined
      case 'file':
        return await this.#orFailed(entry.path, () => this.#fileTask(entry, root))
    }
  }

  #makeFolder(root: string, { steps, facts }: WalkEntry & { kind: 'folder' }): void {
    this.#demandMade(root, steps.slice(0, -1))
    try {
      this.#writer(root).make(steps, facts)
    } catch (error) {
      this.#unmade.set([root, ...steps].join('/'), asVaultError(error))
      throw error
    }
  }

  /** What would go into a folder that could not be made fails for the same reason, not for its lack. */
  #demandMade(root: string, steps: readonly string[]): void {
    for (let depth = 1; depth <= steps.length && this.#unmade.size > 0; depth++) {
      const error = this.#unmade.get([root, ...steps.slice(0, depth)].join('/'))
      if (error !== undefined) throw error
    }
  }

  async #fileTask(entry: WalkEntry & { kind: 'file' }, root: string): Promise<Task | undefined> {
    const name = entry.steps.at(-1) ?? ''
    const skip = entry.steps.length > 1 ? this.#choose(name) : undefined
    if (skip !== undefined) {
      this.#reporter.tell({ kind: 'skipped', path: entry.path, code: skip })
      return undefined
    }
    const steps = entry.steps.slice(0, -1)
    this.#demandMade(root, steps)
    const writer = this.#writer(root)
    writer.sweep(steps)
    await writer.sync()
    const { path: source, sizeBytes } = entry
    const { exists } = this.#request
    return { id: this.#nextId++, source, sizeBytes, root, steps, name, exists, resumable: this.#resumable }
  }

  /** What stands in the way of one entry never stops the others. */
  async #orFailed<T>(path: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run()
    } catch (error) {
      this.#reporter.tell({ kind: 'failed', path, error: asVaultError(error) })
      return undefined
    }
  }

  #writer(root: string): TreeWriter {
    const known = this.#writers.get(root)
    if (known !== undefined) return known
    const writer = new TreeWriter(root)
    this.#writers.set(root, writer)
    return writer
  }
}

/** The same thing named twice is one thing. */
export function distinct(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map((path) => resolve(path)))]
}

/** Two files of one name and time in one folder would look like one that was done before. */
export function demandDistinctNames({ paths, to }: Pick<TreeRequest, 'paths' | 'to'>): void {
  if (to === undefined) return
  const fold =
    process.platform === 'linux'
      ? (name: string) => name
      : (name: string) => name.normalize('NFC').toLowerCase()
  const seen = new Map<string, string>()
  for (const path of paths) {
    const name = fold(basename(path))
    const other = seen.get(name)
    if (other !== undefined)
      fail('USAGE', `${other} and ${path} would get the same name in ${to}.`, { path, other })
    seen.set(name, path)
  }
}

/** A tree copied into itself would not come back as it was. */
function demandOtherDestination({ paths, to }: TreeRequest): void {
  using folder = to === undefined ? undefined : folderAt(to)
  for (const path of folder === undefined ? [] : paths) {
    const source = identityOf(path)
    if (source !== undefined && folder?.is(source)) {
      fail(
        'USAGE',
        `${path} can’t be its own destination. Choose another folder with --to, or leave --to out.`,
        { path },
      )
    }
  }
}

function folderAt(path: string): Folder | undefined {
  try {
    return Folder.open(path)
  } catch (error) {
    if (asVaultError(error).code === 'NOT_FOUND') return undefined
    throw error
  }
}
