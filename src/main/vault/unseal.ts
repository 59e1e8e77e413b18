import { assertNever, asVaultError, fail, type Secret, type SkipCode } from '../base/index.ts'
import { isSealedName, type Task } from '../jobs/index.ts'
import { type Lock, lockOf, type NamedKey, passphraseKeyFor } from '../keys/index.ts'
import type { Context } from '../message/index.ts'
import { jobKey, type OnFailure, pairs, type Runtime, runBulk } from './bulk.ts'
import { readHeader } from './inspect.ts'
import { type KmsLock, kmsOf, storedDataKeys } from './kms-seal.ts'
import type { OpenVault } from './open-vault.ts'
import { type JobOptions, type JobReport, Reporter } from './report.ts'
import { TreePlan, type TreeRequest } from './tree-plan.ts'
import { unsealKeyOf } from './vault-seal-key.ts'

/** What files are opened with. The Secrets stay the caller's. */
export type UnsealWith =
  | { readonly kind: 'passphrase'; readonly passphrase: Secret }
  | { readonly kind: 'raw-aes'; readonly key: NamedKey }
  | { readonly kind: 'vault'; readonly vault: OpenVault }
  | KmsLock

export type UnsealRequest = TreeRequest & {
  readonly with: UnsealWith
  /** Pairs that messages authenticate without storing them. */
  readonly requiredContext: Context
}

/**
 * Opens sealed files and whole trees of them: `<name>.sealed` becomes `<name>`, with the sealed file's time
 * and mode. Opens every version 2 committing message of any AWS Encryption SDK. A file gets its name only
 * when all of it was verified. Inside folders, files of other names are passed over.
 *
 * A passphrase costs one Argon2 run for each job that sealed the files.
 *
 * @throws USAGE · and what the destination folder refuses, before anything is written
 */
export async function unsealFiles(
  runtime: Runtime,
  request: UnsealRequest,
  options: JobOptions = {},
): Promise<JobReport> {
  const reporter = new Reporter(options.onEvent)
  const plan = new TreePlan(request, chooseSealed, reporter)
  using keys = new LockKeys(request.with, reporter)
  using kms = request.with.kind === 'kms' ? kmsOf(request.with, options.signal) : undefined
  const prepare =
    kms && request.with.kind === 'kms' && storedDataKeys(kms, request.with, request.requiredContext)
  const triedAgain = new Set<number>()
  const onFailure: OnFailure = async (task, error, job) => {
    // With its lock's key at hand, a second refusal is the last word.
    if (error.code !== 'KEY_MISMATCH' || triedAgain.has(task.id)) return error
    triedAgain.add(task.id)
    try {
      await keys.make(task.source, (key) => job.addKey(jobKey(key)))
      return 'again'
    } catch (refusal) {
      return asVaultError(refusal)
    }
  }
  const tasks = plan.tasks()
  const first = await tasks.next()
  // The first file's key is made beforehand: most jobs need no other, and no file is tried twice.
  if (first.done !== true) await keys.make(first.value.source).catch(() => {})
  const work = { kind: 'unseal', requiredContext: pairs(request.requiredContext) } as const
  return await runBulk(
    runtime,
    plan,
    startingWith(first, tasks),
    work,
    keys.known.map(jobKey),
    reporter,
    options,
    {
      onFailure,
      ...(prepare && { prepare }),
    },
  )
}

const chooseSealed = (name: string): SkipCode | undefined => (isSealedName(name) ? undefined : 'NOT_SEALED')

async function* startingWith(first: IteratorResult<Task>, rest: AsyncGenerator<Task>): AsyncGenerator<Task> {
  if (first.done === true) return
  yield first.value
  yield* rest
}

/** The keys of one job: the one that was brought, or one for each lock that the passphrase opens. */
class LockKeys implements Disposable {
  readonly #way: UnsealWith
  readonly #reporter: Reporter
  readonly #made = new Map<string, Promise<void>>()
  readonly known: NamedKey[] = []

  constructor(way: UnsealWith, reporter: Reporter) {
    this.#way = way
    this.#reporter = reporter
    if (way.kind === 'raw-aes') this.known.push(way.key)
  }

  /**
   * Makes the key for a file that no known key opens, unless another file of that lock has it made already.
   *
   * @param onKey given a new key, before any waiting file is tried again
   * @throws PASSPHRASE_WRONG · KDF_BOUNDS: again for each file of that lock, at no cost; KEY_MISMATCH
   */
  async make(path: string, onKey: (key: NamedKey) => void = () => {}): Promise<void> {
    const lock = lockOf(readHeader(path).header)
    const maker = makerFor(this.#way, lock)
    if (maker === undefined) return failOtherLock(lock)
    const id = JSON.stringify(lock)
    const making = this.#made.get(id) ?? this.#make(maker, onKey)
    this.#made.set(id, making)
    await making
  }

  async #make(maker: () => Promise<NamedKey>, onKey: (key: NamedKey) => void): Promise<void> {
    const startedAtMs = performance.now()
    const key = await maker()
    this.known.push(key)
    onKey(key)
    this.#reporter.tell({ kind: 'key', seconds: (performance.now() - startedAtMs) / 1000 })
  }

  [Symbol.dispose](): void {
    if (this.#way.kind !== 'raw-aes') for (const { key } of this.known) key[Symbol.dispose]()
  }
}

/** How a way makes the key for a lock; undefined: it can't. */
function makerFor(way: UnsealWith, lock: Lock): (() => Promise<NamedKey>) | undefined {
  if (way.kind === 'passphrase' && lock.kind === 'passphrase') {
    return () => passphraseKeyFor(lock, way.passphrase)
  }
  return way.kind === 'vault' && lock.kind === 'vault' ? () => unsealKeyOf(way.vault, lock) : undefined
}

/** Says which key a file does need. */
function failOtherLock(lock: Lock): never {
  switch (lock.kind) {
    case 'passphrase':
      return fail('KEY_MISMATCH', 'This file is locked by a passphrase, not by the key given.')
    case 'vault':
      return fail(
        'KEY_MISMATCH',
        `This file is locked by the key of the vault ${lock.vaultId}, not by what was given: use --vault.`,
        { vaultId: lock.vaultId },
      )
    case 'raw-aes':
      return fail(
        'KEY_MISMATCH',
        `This file is locked by the raw AES key “${lock.name}” of “${lock.namespace}”.`,
        {
          namespace: lock.namespace,
          name: lock.name,
        },
      )
    case 'other':
      return fail(
        'KEY_MISMATCH',
        `This file is locked by keys of ${lock.providers.join(', ')}, not by the key given.`,
        {
          providers: lock.providers,
        },
      )
    default:
      return assertNever(lock)
  }
}
