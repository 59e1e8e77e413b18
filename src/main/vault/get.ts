import { dirname, resolve, sep } from 'node:path'
import { asVaultError, bug, fail, type VaultError } from '../base/index.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import {
  ensureFolder,
  type FolderFacts,
  identityOf,
  realFolder,
  safeName,
  TreeWriter,
} from '../files/index.ts'
import type { Entry, ItemVersion } from '../index/index.ts'
import { type ExistsRule, MASTER_KEYS, type Task } from '../jobs/index.ts'
import { type OnFailure, type Runtime, runBulk } from './bulk.ts'
import { storedFileKeys } from './file-keys.ts'
import { messageName } from './message-name.ts'
import { noteJob } from './note.ts'
import type { OpenVault } from './open-vault.ts'
import type { Consent } from './policy.ts'
import { demandMayLeave } from './policy-facts.ts'
import { type JobOptions, type JobReport, Reporter } from './report.ts'
import { failMissing, keyRecordOf, readVersion } from './stored-version.ts'
import { entryNamed, failNotFound, type ItemName, pathText } from './vault-path.ts'
import { vaultJobKey } from './wrapping-keys.ts'

export type GetRequest = Consent & {
  readonly names: readonly ItemName[]
  /** The folder that everything goes into, made if missing. */
  readonly to: string
  readonly exists: ExistsRule
  /** Another version than the current one; of one file. */
  readonly version?: VersionId
}

const FOLDER_MODE = 0o755

/**
 * Brings files and folders of a vault out to plain ones, with their times and modes; empty folders too. A file
 * gets its name only when all of it was verified. One that fails never stops the others; running it again goes
 * on with what is missing.
 *
 * @throws ITEM_NOT_FOUND · USAGE · and what the destination refuses, before anything is written
 */
export async function getItems(
  vault: OpenVault,
  runtime: Runtime,
  request: GetRequest,
  options: JobOptions = {},
): Promise<JobReport> {
  const reporter = new Reporter(options.onEvent)
  demandOutside(vault, request.to)
  const entries = request.names.map((name) => entryNamed(vault, name))
  demandDistinct(entries)
  await demandMayLeave(
    vault,
    'get',
    entries.map(({ id }) => id),
    request,
  )
  if (request.version !== undefined) for (const entry of entries) versionOf(vault, entry, request.version)
  const plan = new GetPlan(vault, entries, request, reporter, await ensureFolder(request.to))
  const keys = vault.keys.heldMasterKeys().map(({ id, key }) => vaultJobKey(MASTER_KEYS, id, key))
  const onFailure: OnFailure = async (task, error) => {
    if (task.vault?.kind !== 'get' || error.code !== 'NOT_FOUND') return error
    return missingError(task.vault.versionId)
  }
  const work = { kind: 'get', vaultId: vault.vaultId } as const
  const report = await runBulk(runtime, plan, plan.tasks(), work, keys, reporter, options, {
    onFailure,
    prepare: storedFileKeys(vault),
    nameOf: (task) => plan.pathOf(task),
  })
  await noteJob(
    vault,
    'get',
    report.failed[0]?.code ?? 'ok',
    entries.map(({ id }) => id),
  )
  return report
}

/**
 * A file's plain text, in order: only what was verified.
 *
 * @throws ITEM_NOT_FOUND · USAGE a folder · MESSAGE_TAMPERED … after the part that holds
 */
export async function* catFile(
  vault: OpenVault,
  name: ItemName,
  version?: VersionId,
  how: Consent & { readonly preview?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  const entry = entryNamed(vault, name)
  await demandMayLeave(vault, how.preview ? 'preview' : 'cat', [entry.id], how)
  if (entry.kind === 'folder') fail('USAGE', `${name} is a folder; \`cat\` shows one file.`, { name })
  let outcome = 'ok'
  try {
    yield* readVersion(vault, entry.id, versionOf(vault, entry, version))
  } catch (error) {
    outcome = asVaultError(error).code
    throw error
  } finally {
    await noteJob(vault, 'cat', outcome, [entry.id])
  }
}

/** Turns entries of a vault into tasks, making the folders on the way. */
class GetPlan {
  readonly #vault: OpenVault
  readonly #entries: readonly Entry[]
  readonly #request: GetRequest
  readonly #reporter: Reporter
  readonly #root: string
  readonly #writer: TreeWriter
  readonly #resumable: boolean
  readonly #paths = new Map<number, string>()
  #nextId = 0

  constructor(
    vault: OpenVault,
    entries: readonly Entry[],
    request: GetRequest,
    reporter: Reporter,
    root: string,
  ) {
    this.#vault = vault
    this.#entries = entries
    this.#request = request
    this.#reporter = reporter
    this.#root = root
    this.#writer = new TreeWriter(root)
    this.#resumable = entries.length > 1 || entries[0]?.kind === 'folder'
  }

  async *tasks(): AsyncGenerator<Task> {
    let files = 0
    let bytes = 0
    for (const { steps, entry } of this.#found()) {
      const task = await this.#take(steps, entry)
      if (task === undefined) continue
      files++
      bytes += task.sizeBytes
      yield task
      this.#reporter.tell({ kind: 'found', files, bytes, complete: false })
    }
    this.#reporter.tell({ kind: 'found', files, bytes, complete: true })
  }

  /** The path in the vault of a task's file. */
  pathOf({ id }: Task): string {
    return this.#paths.get(id) ?? bug('a task that was not planned')
  }

  async finish(): Promise<void> {
    for (const { path, error } of await this.#writer.finish())
      this.#reporter.tell({ kind: 'failed', path, error })
  }

  *#found(): Generator<{ readonly steps: readonly string[]; readonly entry: Entry }> {
    for (const entry of this.#entries) {
      const top = entry.name === '' ? [] : [entry.name]
      yield { steps: top, entry }
      if (entry.kind !== 'folder') continue
      for (const { path, entry: inner } of this.#vault.index.items.walk(entry.id)) {
        yield { steps: [...top, ...path], entry: inner }
      }
    }
  }

  async #take(steps: readonly string[], entry: Entry): Promise<Task | undefined> {
    const path = pathText(steps)
    try {
      const safe = steps.slice(0, -1).map((step) => safeStep(step))
      if (entry.kind === 'file') return await this.#fileTask(safe, entry, path)
      const name = steps.at(-1)
      if (name === undefined) return undefined
      this.#writer.make([...safe, safeStep(name)], factsOf(entry))
      this.#reporter.folder()
      return undefined
    } catch (error) {
      this.#reporter.tell({ kind: 'failed', path, error: asVaultError(error) })
      return undefined
    }
  }

  async #fileTask(steps: readonly string[], entry: Entry, path: string): Promise<Task> {
    const version = versionOf(this.#vault, entry, this.#request.version)
    this.#writer.sweep(steps)
    await this.#writer.sync()
    const id = this.#nextId++
    this.#paths.set(id, path)
    return {
      id,
      source: `${this.#vault.path}/${messageName(version.version)}`,
      sizeBytes: version.sizeBytes,
      root: this.#root,
      steps,
      name: entry.name,
      exists: this.#request.exists,
      resumable: this.#resumable,
      vault: {
        kind: 'get',
        versionId: version.version,
        itemId: entry.id,
        record: keyRecordOf(this.#vault, version),
        sizeBytes: version.sizeBytes,
        mtimeMs: version.mtimeMs,
        mode: entry.mode ?? 0o600,
      },
    }
  }
}

function versionOf(vault: OpenVault, entry: Entry, wanted: VersionId | undefined): ItemVersion {
  const id = wanted ?? entry.version
  const found = vault.index.versions.of(entry.id).find(({ version, purged }) => version === id && !purged)
  return found ?? failNotFound(`version ${id} of ${entry.name}`)
}

function factsOf({ mtimeMs, mode }: Entry): FolderFacts {
  return { mtimeMs: mtimeMs ?? Date.now(), mode: mode ?? FOLDER_MODE }
}

/** A folder's name as this system can have it. @throws NAME_REFUSED */
function safeStep(name: string): string {
  const safe = safeName(name)
  return safe.kind === 'refused'
    ? fail('NAME_REFUSED', `The name “${name}” can’t be given to a folder here: ${safe.why}.`, { name })
    : safe.name
}

/** Plain files in the vault's own folder would be carried wherever that is. */
function demandOutside(vault: OpenVault, to: string): void {
  let place = resolve(to)
  while (identityOf(place) === undefined && dirname(place) !== place) place = dirname(place)
  const real = identityOf(place)?.folder ? realFolder(place) : place
  if (real !== vault.path && !real.startsWith(`${vault.path}${sep}`)) return
  fail('USAGE', `${to} is inside the vault’s own folder. Choose another one with --to.`, { path: to })
}

/** Two things of one name would meet in the destination. */
function demandDistinct(entries: readonly Entry[]): void {
  const seen = new Map<string, ItemId>()
  for (const { id, name } of entries) {
    if (seen.has(name) && seen.get(name) !== id) {
      fail('USAGE', `Two of them are named ${name}: get them into different folders.`, { name })
    }
    seen.set(name, id)
  }
}

function missingError(version: VersionId): VaultError {
  try {
    return failMissing(version, messageName(version))
  } catch (error) {
    return asVaultError(error)
  }
}

/** The path of the message that a file's contents lie in now. @throws ITEM_NOT_FOUND */
export function messageOf(vault: OpenVault, name: ItemName): string {
  const entry = entryNamed(vault, name)
  return `${vault.path}/${messageName(entry.version ?? failNotFound(name))}`
}
