import type { Secret } from '../base/index.ts'
import { edkOwner } from './key-record.ts'
import type { KeySet } from './key-set.ts'
import type { Keychain } from './keychain.ts'
import { MasterKeys } from './master-keys.ts'
import type { UnverifiedMetadataFile } from './metadata-file.ts'
import { MetadataKeys } from './metadata-keys.ts'
import { unwrapRecord } from './unwrap-record.ts'
import { VaultKeys } from './vault-keys.ts'
import type { Way } from './way.ts'
import { KeychainWay } from './way-keychain.ts'
import { type KmsGiven, KmsWay } from './way-kms.ts'
import { PassphraseWay } from './way-passphrase.ts'
import { RecoveryWay } from './way-recovery.ts'
import { whyLocked } from './why-locked.ts'

/**
 * What there is to open a vault with. Secrets stay the caller's. A person who gives a passphrase or code by
 * option means that one: leave the keychain out then.
 */
export type WaysGiven = {
  readonly keychain?: Keychain
  /** As passphraseSecret makes it. */
  readonly passphrase?: Secret
  /** As parseRecoveryCode makes it. */
  readonly recoveryCode?: Secret
  /** Opens the vault where nothing else was given; files that only KMS opens, in any case. */
  readonly kms?: KmsGiven
}

/** The ways that a vault's files offer, to ask a person for. */
export function waysOffered(set: KeySet): { readonly passphrase: boolean; readonly recovery: boolean } {
  return {
    passphrase: set.copies.some(({ kind }) => kind === 'passphrase'),
    recovery: set.recoveries.size > 0 || set.copies.some(({ kind }) => kind === 'recovery'),
  }
}

/**
 * Opens a vault's keys (docs/format.md §5, 3): the metadata files from the newest down, each by the keychain,
 * the passphrase, the recovery code, KMS; the first that opens. Then its commitment, its mac, the chain of keys
 * before it and vault.json's mac must hold.
 *
 * @returns the keys and the way used; the caller ends them
 * @throws VAULT_LOCKED · WAY_IN_MISSING · PASSPHRASE_WRONG · RECOVERY_CODE_WRONG nothing given opens it
 * @throws KEYCHAIN_UNAVAILABLE · KEYCHAIN_LOCKED · KEYCHAIN_ENTRY_WRONG the same, for the keychain
 * @throws KEYS_FILE_DAMAGED · KEYS_FILE_MISSING · KEY_COPY_DAMAGED · KEY_RECORD_DAMAGED · KEY_COMMITMENT what
 *   it takes was changed, is gone, or opens to another key
 */
export async function openVaultKeys(set: KeySet, given: WaysGiven): Promise<VaultKeys> {
  using unfinished = new DisposableStack()
  const ways = waysOf(set, given)
  for (const way of ways) unfinished.use(way)
  const kms = given.kms && new KmsWay(given.kms)
  const byKms = set.metadata.some(({ record }) => record.edks.some((edk) => edkOwner(edk)?.kind === 'kms'))
  if (kms && byKms && !given.passphrase && !given.recoveryCode) ways.push(kms)
  const masterKeys = unfinished.use(new MasterKeys(set))
  const metadata = unfinished.use(new MetadataKeys())
  const opened = await openNewest(set, ways, masterKeys, metadata)
  if (opened === undefined) throw whyLocked(set, ways, masterKeys)
  await openRivals(set, opened.way, masterKeys, metadata)
  unfinished.move()
  // Those that ask nobody stay: a file may be locked with a key that the way which opened the vault has not.
  const silent = [...ways.filter(({ kind }) => kind === 'keychain'), ...(kms ? [kms] : [])]
  const kept = [opened.way, ...silent.filter((way) => way !== opened.way)]
  for (const way of ways) if (!kept.includes(way)) way[Symbol.dispose]()
  return new VaultKeys(set, { file: opened.file, ways: kept, metadata, masterKeys })
}

function waysOf(set: KeySet, given: WaysGiven): Way[] {
  const { keychain, passphrase, recoveryCode } = given
  return [
    ...(keychain ? [new KeychainWay(set, keychain)] : []),
    ...(passphrase ? [new PassphraseWay(set, passphrase)] : []),
    ...(recoveryCode ? [new RecoveryWay(set, recoveryCode)] : []),
  ]
}

async function openNewest(
  set: KeySet,
  ways: readonly Way[],
  masterKeys: MasterKeys,
  metadata: MetadataKeys,
): Promise<{ readonly file: UnverifiedMetadataFile; readonly way: Way } | undefined> {
  for (const file of set.metadata) {
    // A file that opens and does not hold is over with, whatever the next way would say.
    const way = await set.findings.tryingLong(file.name, async () => {
      for (const candidate of ways) {
        if (await openFile(set, file, candidate, masterKeys, metadata)) return candidate
      }
      return undefined
    })
    if (way !== undefined) return { file, way }
  }
  return undefined
}

/**
 * Opens keys that are not in the chain of the newest: two devices began an epoch at once, or one that was
 * given up. Their names and journal must be readable too.
 */
async function openRivals(
  set: KeySet,
  way: Way,
  masterKeys: MasterKeys,
  metadata: MetadataKeys,
): Promise<void> {
  for (const file of set.metadata) {
    if (metadata.get(file.metadataKeyId) !== undefined) continue
    await set.findings.tryingLong(file.name, () => openFile(set, file, way, masterKeys, metadata))
  }
}

async function openFile(
  set: KeySet,
  file: UnverifiedMetadataFile,
  way: Way,
  masterKeys: MasterKeys,
  metadata: MetadataKeys,
): Promise<boolean> {
  const place = { vaultId: set.vaultFile.vaultId, subject: file.metadataKeyId }
  const key = await unwrapRecord(
    { record: file.record, place, purpose: 'metadata', name: file.name },
    masterKeys,
    way,
  )
  if (key === undefined) return false
  metadata.addChain(set, file, key)
  return true
}
