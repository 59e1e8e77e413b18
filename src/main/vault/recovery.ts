import { asVaultError, equalBytes, fail, type Secret, type VaultError } from '../base/index.ts'
import type { CopyId, RecoveryKeyId } from '../contract/ids.ts'
import { SETTING } from '../journal/index.ts'
import {
  copyForRecovery,
  newRecoveryCode,
  openVaultKeys,
  RecoveryKey,
  readKeySet,
  writeKeyCopy,
  writeKeyFileName,
  writeRecoveryFile,
} from '../keys/index.ts'
import type { RecoveryOut } from './create.ts'
import { demandPinned, readKeyFiles } from './key-files.ts'
import { newId } from './new-id.ts'
import { addKeyFiles } from './new-key-files.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { readVersion } from './stored-version.ts'
import { pathOf } from './vault-path.ts'
import { recipientsOf } from './wrapping-keys.ts'

/** A recovery code that a vault has: without the code, only its public half. */
export type RecoveryWay = {
  readonly id: RecoveryKeyId
  readonly createdMs: number
  /** When it last opened real files in a test; null: never. */
  readonly testedMs: number | null
}

/** The recovery codes of a vault, oldest first. */
export function recoveryWays(vault: OpenVault): readonly RecoveryWay[] {
  const pinned = vault.index.vault.pinnedFiles()
  return [...vault.keys.ways.recoveries.values()]
    .filter(({ id }) => pinned.get(writeKeyFileName({ kind: 'recovery', recoveryKeyId: id }))?.value != null)
    .map(({ id, createdMs }) => {
      const tested = vault.index.vault.setting(SETTING.recoveryTested(id))?.value
      return { id, createdMs, testedMs: typeof tested === 'number' ? tested : null }
    })
    .sort((a, b) => a.createdMs - b.createdMs)
}

/**
 * Gives a vault a new recovery code; those it has stay. The code goes to the person first: if that fails,
 * nothing is made.
 */
export async function createRecovery(vault: OpenVault, out: RecoveryOut): Promise<RecoveryKeyId> {
  await demandAllowed(vault, { kind: 'add-recovery' })
  using code = newRecoveryCode()
  using key = RecoveryKey.fromCode(code, vault.vaultId)
  const recipient = { id: newId<RecoveryKeyId>(), point: key.point }
  vault.journal.demandWritable()
  const name = vault.index.vault.setting(SETTING.vaultName)?.value
  await out.give(code, { id: vault.vaultId, name: typeof name === 'string' ? name : vault.vaultId })
  const files = new Map<string, Uint8Array>()
  for (const { keyVersionId } of recipientsOf(vault).local) {
    const at = { vaultId: vault.vaultId, keyVersionId, copyId: newId<CopyId>() }
    const copy = copyForRecovery(await vault.keys.masterKey(keyVersionId), at, recipient)
    files.set(writeKeyFileName({ kind: 'copy', ...at }), writeKeyCopy(copy))
  }
  const recoveryName = writeKeyFileName({ kind: 'recovery', recoveryKeyId: recipient.id })
  files.set(recoveryName, writeRecoveryFile({ ...recipient, createdMs: Date.now() }))
  await addKeyFiles(vault, async () => ({ files }))
  return recipient.id
}

export type RecoveryTest = {
  readonly id: RecoveryKeyId
  /** Files that opened by the code alone, read to their end. */
  readonly opened: readonly string[]
  readonly failed: readonly { readonly path: string; readonly error: VaultError }[]
}

/**
 * Opens some of the vault's files, at random, by a recovery code alone, as if all else were lost; nothing is
 * written to the disk. If all of them open, the code counts as tested.
 *
 * @throws RECOVERY_CODE_WRONG · what is wrong with the copies
 */
export async function testRecovery(vault: OpenVault, code: Secret, count: number): Promise<RecoveryTest> {
  await demandAllowed(vault, { kind: 'test-recovery' })
  const pinned = new Map([...vault.index.vault.pinnedFiles()].map(([name, { value }]) => [name, value]))
  const { files } = demandPinned(await readKeyFiles(vault.store), pinned)
  const set = readKeySet(files)
  using keys = await openVaultKeys(set, { recoveryCode: code })
  using key = RecoveryKey.fromCode(code, vault.vaultId)
  const id = [...set.recoveries.values()].find(({ point }) => equalBytes(point, key.point))?.id
  if (id === undefined) fail('RECOVERY_CODE_WRONG', 'This vault has no public half of this recovery code.')
  const opened: string[] = []
  const failed: { readonly path: string; readonly error: VaultError }[] = []
  for (const { item, version } of someFiles(vault, count)) {
    const path = pathOf(vault, item)
    const stored = vault.index.versions.of(item).find((each) => each.version === version)
    try {
      if (stored === undefined) continue
      for await (const _ of readVersion(vault, item, stored, { keys })) {
        // Read to its end, and shown to nobody.
      }
      opened.push(path)
    } catch (error) {
      failed.push({ path, error: asVaultError(error) })
    }
  }
  if (failed.length === 0)
    await vault.record([{ kind: 'set', name: SETTING.recoveryTested(id), value: Date.now() }])
  return { id, opened, failed }
}

/** A random sample of the files outside the bin. */
function someFiles(vault: OpenVault, count: number) {
  const sample: { readonly item: Parameters<typeof pathOf>[1]; readonly version: string }[] = []
  let met = 0
  for (const { item, version, current, purged } of vault.index.versions.all()) {
    if (!current || purged || vault.index.items.isInBin(item)) continue
    met++
    if (sample.length < count) sample.push({ item, version })
    else {
      const at = Math.floor(Math.random() * met)
      if (at < count) sample[at] = { item, version }
    }
  }
  return sample
}
