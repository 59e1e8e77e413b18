import { walk } from '../files/index.ts'
import type { OpenVault } from './open-vault.ts'
import { entryNamed, type ItemName } from './vault-path.ts'
import { recipientsOf } from './wrapping-keys.ts'

/** What AWS charges for 10,000 calls of symmetric keys, in US dollars, by its price list of 2026; a region may differ. */
const USD_FOR_10_000 = 0.03

/** What a job will ask of KMS at most: less where files are unchanged, or are there already. */
export type KmsEstimate = { readonly files: number; readonly calls: number; readonly usd: number }

/** Before files are added: for each a call to every KMS key. Undefined: no KMS key locks new files. */
export function estimateAdd(vault: OpenVault, paths: readonly string[]): KmsEstimate | undefined {
  const { kms } = recipientsOf(vault)
  if (kms.length === 0) return undefined
  let files = 0
  for (const path of paths) for (const entry of walk(path)) if (entry.kind === 'file') files++
  return estimate(files, kms.length)
}

/** Before files are brought out: one call for each that no key of this computer opens. */
export function estimateGet(vault: OpenVault, names: readonly ItemName[]): KmsEstimate | undefined {
  const { local, kms } = recipientsOf(vault)
  if (kms.length === 0 || local.length > 0) return undefined
  let files = 0
  for (const name of names) {
    const entry = entryNamed(vault, name)
    if (entry.kind === 'file') files++
    else for (const { entry: inner } of vault.index.items.walk(entry.id)) if (inner.kind === 'file') files++
  }
  return estimate(files, 1)
}

function estimate(files: number, each: number): KmsEstimate {
  const calls = files * each
  return { files, calls, usd: (calls / 10_000) * USD_FOR_10_000 }
}
