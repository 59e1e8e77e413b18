import { asVaultError, bug, fail, type VaultError } from '../base/index.ts'
import type { ItemId, VersionId } from '../contract/ids.ts'
import { removeSource } from '../files/index.ts'
import type { JobNumber } from '../index/index.ts'
import { type AddedFile, Job, METADATA_KEYS, type Settled, vaultError } from '../jobs/index.ts'
import { AddPlan, type IfExists, type Planned } from './add-plan.ts'
import { planRecord, type Written } from './add-record.ts'
import type { Runtime } from './bulk.ts'
import { writeCheckpointIfDue } from './checkpoint.ts'
import { newFileKeys } from './file-keys.ts'
import { folderOp, missingBelow } from './folders.ts'
import { cleanLeftJobs } from './left-jobs.ts'
import { messageName } from './message-name.ts'
import { newId } from './new-id.ts'
import { removeUnpinnedOwn } from './new-key-files.ts'
import { noteKmsCalls } from './note.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAddAllowed } from './policy-facts.ts'
import { type JobOptions, type JobReport, Reporter } from './report.ts'
import { readVersion } from './stored-version.ts'
import { demandDistinctNames, distinct } from './tree-plan.ts'
import { demandName, folderNamed, pathText, stepsOf } from './vault-path.ts'
import { masterJobKeys, recipientsOf, vaultJobKey } from './wrapping-keys.ts'

export type AddRequest = {
  readonly paths: readonly string[]
  /** A folder of the vault, made if missing; default: its root. */
  readonly into?: string
  readonly ifExists: IfExists
  readonly workers?: number
  /** Removes each source once its message is recorded, read back and found to hold the same. */
  readonly removeSource?: boolean
}

/**
 * Adds files and whole trees to a vault: each file becomes the message of a new version, under a file key of
 * its own (docs/format.md §2). A file that the vault has, unchanged, is skipped; a changed one becomes a new
 * version. What is recorded is done; one that fails never stops the others.
 *
 * @throws POLICY_DENIED · REMOVE_SOURCE_UNSAFE · VAULT_LOCKED · VAULT_BUSY · why nothing may be written · USAGE
 */
export async function addFiles(
  vault: OpenVault,
  runtime: Runtime,
  request: AddRequest,
  options: JobOptions = {},
): Promise<JobReport> {
  await demandAddAllowed(vault, request)
  const paths = distinct(request.paths)
  demandDistinctNames({ paths, to: request.into ?? '/' })
  if (request.removeSource) demandSafeRemoval(vault)
  const reporter = new Reporter(options.onEvent)
  const into = await begin(vault, request.into)
  const adding = new Adding(vault, request, reporter)
  const recipients = recipientsOf(vault)
  const prepare = newFileKeys(vault, recipients.kms, options.signal)
  const [metadata] = vault.keys.newest
  if (metadata === undefined) return bug('an open vault without a metadata key')
  const job = new Job({
    workerPath: runtime.workerPath,
    work: {
      kind: 'add',
      vaultId: vault.vaultId,
      metadataKeyId: metadata.id,
      recipients: recipients.local,
      recoveries: recipients.recoveries,
    },
    ...(prepare && { prepare }),
    keys: [
      ...(await masterJobKeys(
        vault,
        recipients.local.map(({ keyVersionId }) => keyVersionId),
      )),
      vaultJobKey(METADATA_KEYS, metadata.id, metadata.key),
    ],
    ...(options.signal && { signal: options.signal }),
    ...(request.workers !== undefined && { workers: request.workers }),
  })
  options.onStart?.(job)
  await job.run(adding.plan.tasks(paths, into), async (group) => {
    await adding.settle(group)
    return []
  })
  if (options.signal?.aborted) reporter.stopped()
  await adding.finish()
  await noteKmsCalls(vault, 'add')
  await checkpoint(vault)
  return reporter.report()
}

/** A checkpoint is for the next opening's speed: what keeps it from being written is no failure of the job. */
async function checkpoint(vault: OpenVault): Promise<void> {
  try {
    await writeCheckpointIfDue(vault)
  } catch (error) {
    if (asVaultError(error).code === 'BUG') throw error
  }
}

/** Clears away what killed runs left, and makes the folder that everything goes into. */
async function begin(vault: OpenVault, into: string | undefined): Promise<ItemId> {
  return await vault.commit(async () => {
    await cleanLeftJobs(vault)
    await removeUnpinnedOwn(vault)
    const { parent, missing } = missingBelow(vault, stepsOf(into ?? ''))
    if (missing.length === 0) folderNamed(vault, into ?? '')
    let at = parent
    const ops = missing.map((name) => {
      const op = folderOp(newId<ItemId>(), at, demandName(name))
      at = op.item
      return op
    })
    return { groups: ops.map((op) => [op]), value: at }
  })
}

/** The files of one job on their way into the journal. */
class Adding {
  readonly plan: AddPlan
  readonly #vault: OpenVault
  readonly #removeSource: boolean
  readonly #reporter: Reporter
  readonly #batchOf = new Map<VersionId, { readonly job: JobNumber; left: number }>()

  constructor(vault: OpenVault, request: AddRequest, reporter: Reporter) {
    this.#vault = vault
    this.#removeSource = request.removeSource === true
    this.#reporter = reporter
    this.plan = new AddPlan(vault, request.ifExists, reporter, async (versions) => {
      const batch = { job: await vault.index.beginJob(versions), left: versions.length }
      for (const version of versions) this.#batchOf.set(version, batch)
    })
  }

  /** Records the messages that a worker wrote and synced, in one batch. */
  async settle(group: readonly Settled[]): Promise<void> {
    const written = group.flatMap(({ task, outcome }) => {
      const planned = this.plan.planned.get(task.id) ?? bug('a file that was not planned')
      this.plan.planned.delete(task.id)
      if (outcome.status === 'done') return [{ planned, added: outcome.added ?? bug('added without facts') }]
      this.#tellUndone(planned, outcome)
      return []
    })
    try {
      const refused = await this.#record(written)
      for (const version of refused.keys()) await this.#vault.store.remove(messageName(version))
      for (const each of written) {
        const error = refused.get(each.planned.version) ?? (await this.#removed(each))
        this.#tell(each.planned, each.added, error)
      }
    } catch (error) {
      // Their messages stay: a failed append may have come through all the same. The next job looks.
      for (const { planned, added } of written) this.#tell(planned, added, asVaultError(error))
      return
    }
    for (const { task, outcome } of group) {
      if (outcome.status === 'failed' && !(await this.#withdrawn(task.vault?.versionId))) continue
      await this.#settled(task.vault?.versionId)
    }
  }

  /** Records the folders that no file followed. */
  async finish(): Promise<void> {
    try {
      await this.#record([])
    } catch (error) {
      this.#reporter.tell({ kind: 'failed', path: this.#vault.path, error: asVaultError(error) })
    }
  }

  /** @returns why some were not recorded after all: their messages are removed */
  async #record(written: readonly Written[]): Promise<ReadonlyMap<VersionId, VaultError>> {
    const folders = this.plan.takeFolderOps()
    if (written.length === 0 && folders.length === 0) return new Map()
    try {
      return await this.#vault.commit(() => planRecord(this.#vault, folders, written))
    } catch (error) {
      this.plan.giveBackFolderOps(folders)
      throw error
    }
  }

  #tell(planned: Planned, { sizeBytes }: AddedFile, error: VaultError | undefined): void {
    const { source: path } = planned
    if (error !== undefined) {
      this.#reporter.tell({ kind: 'failed', path, error })
      return
    }
    const steps = this.#vault.index.items.pathOf(planned.item) ?? [planned.name]
    this.#reporter.tell({ kind: 'done', path, target: pathText(steps), bytes: sizeBytes })
  }

  #tellUndone({ source: path }: Planned, outcome: Settled['outcome']): void {
    if (outcome.status === 'failed')
      this.#reporter.tell({ kind: 'failed', path, error: vaultError(outcome.error) })
    else if (outcome.status === 'skipped') this.#reporter.tell({ kind: 'skipped', path, code: outcome.code })
    else this.#reporter.stopped()
  }

  /** Removes a source, if that was asked for. @returns why it was kept */
  async #removed({ planned, added }: Written): Promise<VaultError | undefined> {
    if (!this.#removeSource) return undefined
    try {
      await demandReadBack(this.#vault, planned)
      removeSource(planned.source, added.source)
      return undefined
    } catch (error) {
      return asVaultError(error)
    }
  }

  /** A file that failed may have its name all the same: its folder could not be synced. @returns it is gone */
  async #withdrawn(version: VersionId | undefined): Promise<boolean> {
    try {
      if (version !== undefined) await this.#vault.store.remove(messageName(version))
      return true
    } catch {
      // The disk that refused it then refuses this, too: the next job looks again.
      return false
    }
  }

  async #settled(version: VersionId | undefined): Promise<void> {
    const batch = version === undefined ? undefined : this.#batchOf.get(version)
    if (version === undefined || batch === undefined) return
    this.#batchOf.delete(version)
    batch.left--
    if (batch.left === 0) await this.#vault.index.endJob(batch.job)
  }
}

/** Reads a message back as it is on the disk now. @throws what is wrong with it */
async function demandReadBack(vault: OpenVault, { item, version }: Planned): Promise<void> {
  const stored = vault.index.versions.of(item).find((each) => each.version === version)
  let bytes = 0
  for await (const piece of readVersion(vault, item, stored ?? bug('a recorded version is not there'))) {
    bytes += piece.length
  }
  if (bytes !== stored?.sizeBytes) bug('a message of another size than recorded')
}

/** @throws REMOVE_SOURCE_UNSAFE should the keychain be lost, nothing sure opens the vault */
function demandSafeRemoval(vault: OpenVault): void {
  const { passphrase } = vault.keys.ways
  // AWS keeps KMS keys: a lost computer takes none of them along.
  if (recipientsOf(vault).kms.length > 0) return
  const tested = [...vault.index.vault.settings('recovery/').values()].some(
    ({ value }) => typeof value === 'number',
  )
  if (passphrase || tested) return
  fail(
    'REMOVE_SOURCE_UNSAFE',
    'Sources are removed only from a vault that is sure to open without this keychain: by a passphrase, or by a recovery code that was tested.',
  )
}
