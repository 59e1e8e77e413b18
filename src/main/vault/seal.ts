import type { Secret, SkipCode } from '../base/index.ts'
import { isSealedName } from '../jobs/index.ts'
import { demandOwnName, demandStrongPassphrase, type NamedKey, newPassphraseKey } from '../keys/index.ts'
import { jobKey, pairs, type Runtime, runBulk } from './bulk.ts'
import { type KmsLock, kmsOf, newDataKeys } from './kms-seal.ts'
import type { OpenVault } from './open-vault.ts'
import { type JobOptions, type JobReport, Reporter } from './report.ts'
import { TreePlan, type TreeRequest } from './tree-plan.ts'
import { sealKeyOf } from './vault-seal-key.ts'

/** What files are sealed with. The Secrets stay the caller's. */
export type SealWith =
  | { readonly kind: 'passphrase'; readonly passphrase: Secret; readonly allowWeak: boolean }
  | { readonly kind: 'raw-aes'; readonly key: NamedKey }
  | KmsLock
  /** The active key of an open vault. */
  | { readonly kind: 'vault'; readonly vault: OpenVault }

/**
 * Seals files and whole trees: each file becomes one message `<name>.sealed` (docs/format.md §1, §2), with
 * its time and mode; folders keep theirs, empty ones too. Sources are only read. Inside folders, files that
 * are sealed already are passed over. Names stay in clear.
 *
 * A file that fails never stops the others; running it again goes on with what is missing.
 *
 * @throws PASSPHRASE_WEAK · USAGE · and what the destination folder refuses, before anything is written
 */
export async function sealFiles(
  runtime: Runtime,
  request: TreeRequest & { readonly with: SealWith },
  options: JobOptions = {},
): Promise<JobReport> {
  const reporter = new Reporter(options.onEvent)
  if (request.with.kind === 'raw-aes') demandOwnName(request.with.key.namespace, request.with.key.name)
  const plan = new TreePlan(request, chooseUnsealed, reporter)
  const startedAtMs = performance.now()
  if (request.with.kind === 'kms') {
    const work = { kind: 'seal', context: [] } as const
    using kms = kmsOf(request.with, options.signal)
    const prepare = newDataKeys(kms, request.with)
    return await runBulk(runtime, plan, plan.tasks(), work, [], reporter, options, { prepare })
  }
  const key = await keyFor(request.with)
  try {
    reporter.tell({ kind: 'key', seconds: (performance.now() - startedAtMs) / 1000 })
    return await runBulk(
      runtime,
      plan,
      plan.tasks(),
      { kind: 'seal', context: pairs(key.context) },
      [jobKey(key)],
      reporter,
      options,
    )
  } finally {
    if (request.with.kind !== 'raw-aes') key.key[Symbol.dispose]()
  }
}

const chooseUnsealed = (name: string): SkipCode | undefined =>
  isSealedName(name) ? 'ALREADY_SEALED' : undefined

async function keyFor(way: Exclude<SealWith, KmsLock>): Promise<NamedKey> {
  if (way.kind === 'raw-aes') return way.key
  if (way.kind === 'vault') return await sealKeyOf(way.vault)
  if (!way.allowWeak) await demandStrongPassphrase(way.passphrase)
  return newPassphraseKey(way.passphrase)
}
