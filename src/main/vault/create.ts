import { asVaultError, bug, fail, type Secret, VaultError } from '../base/index.ts'
import { parseId, type VaultId } from '../contract/ids.ts'
import { Folder, LocalStore, NewFolder, parentOf, removeStaleTemporaries } from '../files/index.ts'
import { Anchors, StateFolder, vaultsOpenedAt } from '../index/index.ts'
import type { Batch } from '../journal/index.ts'
import {
  demandStrongPassphrase,
  fingerprint,
  type Keychain,
  openKeychain,
  parseKeyFileName,
} from '../keys/index.ts'
import { openKms } from '../kms/index.ts'
import { hashOfBytes } from './key-files.ts'
import {
  keyFiles,
  NewVault,
  type NewVaultFacts,
  vaultFile,
  versionFiles,
  writeFirstSegment,
} from './new-vault.ts'
import { NO_KEYCHAIN } from './open.ts'
import { removeAbandonedSheet } from './recovery-sheet.ts'

export type CreateRequest = {
  /** A name that is free, or an empty folder. */
  readonly path: string
  readonly stateFolder: string
  readonly name: string
  readonly keychain: boolean
  /** KMS keys that lock the vault in place of a key of this computer, as usableKmsKey gave them. */
  readonly kms?: readonly { readonly arn: string; readonly label: string }[]
  /** Stays the caller's. */
  readonly passphrase?: Secret
  readonly allowWeakPassphrase?: boolean
  /** Asked if the keychain does not take the key and no passphrase was given; what it gives ends here. */
  readonly askPassphrase?: (why: VaultError) => Promise<Secret | undefined>
  /** Undefined: the vault has no recovery code. */
  readonly recovery?: RecoveryOut
}

/** Where the recovery code goes, before anything is made. */
export type RecoveryOut = {
  /** Brings it to the person: throws, and nothing is made. The Secret is lent. */
  readonly give: (code: Secret, vault: { readonly id: VaultId; readonly name: string }) => Promise<void>
  /** The file that `give` writes, if it does: a killed attempt's is taken away first. */
  readonly path?: string
}

export type CreatedVault = {
  readonly path: string
  readonly vaultId: VaultId
  readonly fingerprint: string
  /** Undefined: the key is in the keychain. */
  readonly keychainRefused?: VaultError
  readonly ways: {
    readonly keychain: boolean
    readonly passphrase: boolean
    readonly recovery: boolean
    readonly kms: readonly string[]
  }
  /** Leftovers of killed attempts that were removed. */
  readonly removed: readonly string[]
}

/**
 * Makes a vault (docs/cli.md, init). It appears under its name whole: a kill leaves nothing there, or all of
 * it, and the next attempt clears away the rest.
 *
 * @throws DESTINATION_EXISTS · USAGE a drive's root · PASSPHRASE_WEAK · KEYCHAIN_UNAVAILABLE and its like: no
 *   keychain and no passphrase · what the disk refuses: nothing is left of it
 */
export async function createVault(request: CreateRequest): Promise<CreatedVault> {
  const { passphrase } = request
  if (passphrase && !request.allowWeakPassphrase) await demandStrongPassphrase(passphrase)
  const kms = request.kms ?? []
  if (kms.length > 0 && passphrase) {
    fail('USAGE', 'A vault that AWS KMS locks has no key of this computer that a passphrase could open.')
  }
  const keychain = request.keychain && kms.length === 0 ? await openKeychain() : undefined
  const state = await StateFolder.open(request.stateFolder)
  const removed = await clearLeftovers(request, keychain, state)
  using vault = new NewVault(kms)
  const folder = NewFolder.begin(request.path, vault.vaultId)
  try {
    const made = await fill(folder, vault, request, keychain, state)
    await folder.publish()
    return { path: folder.path, vaultId: vault.vaultId, ...made, removed }
  } catch (error) {
    folder.discard()
    await keychain?.remove(vault).catch(() => undefined)
    await state.forget(vault.vaultId)
    if (request.recovery?.path) removeAbandonedSheet(request.recovery.path, new Set([vault.vaultId]))
    throw error
  }
}

async function fill(
  folder: NewFolder,
  vault: NewVault,
  request: CreateRequest,
  keychain: Keychain | undefined,
  state: StateFolder,
): Promise<Pick<CreatedVault, 'fingerprint' | 'ways'> & { readonly keychainRefused?: VaultError }> {
  const { name, recovery } = request
  await recovery?.give(vault.recoveryCode, { id: vault.vaultId, name })
  const createdMs = Date.now()
  using store = new LocalStore(folder.staging, vault.deviceId)
  const versions = versionFiles(vault, createdMs)
  for (const [fileName, bytes] of versions) await store.create(fileName, bytes)
  const refused = await offerToKeychain(keychain, vault)
  using passphrases = new DisposableStack()
  const passphrase =
    request.passphrase ??
    (vault.isLocal ? await passphraseInstead(request, keychain, refused, passphrases) : undefined)
  const arns = vault.kmsKeys.map(({ arn }) => arn)
  using client = openKms({ trusted: () => new Set(arns) })
  const facts: NewVaultFacts = {
    name,
    createdMs,
    passphrase,
    recovery: recovery !== undefined,
    kmsCalls: () => client.takeCalls(),
  }
  const others = await keyFiles(vault, facts, client)
  for (const [fileName, bytes] of others) await store.create(fileName, bytes)
  const files = new Map([...versions, ...others])
  const batches = await writeFirstSegment(vault, facts, files, store)
  const [vaultName, vaultBytes] = vaultFile(vault, createdMs)
  await store.create(vaultName, vaultBytes)
  await anchor(
    vault,
    folder.path,
    new Map([...files, [vaultName, vaultBytes]]),
    batches,
    request.keychain || !vault.isLocal,
    state,
  )
  const kept = keychain !== undefined && refused === undefined
  return {
    fingerprint: fingerprint(vaultBytes),
    ways: {
      keychain: kept,
      passphrase: passphrase !== undefined,
      recovery: recovery !== undefined,
      kms: arns,
    },
    ...(refused && { keychainRefused: refused }),
  }
}

async function offerToKeychain(
  keychain: Keychain | undefined,
  vault: NewVault,
): Promise<VaultError | undefined> {
  try {
    await keychain?.write(vault, vault.masterKey)
    return undefined
  } catch (error) {
    return asVaultError(error)
  }
}

/** Without a keychain the master key needs a passphrase: never a plain file, and a code is for emergencies. */
async function passphraseInstead(
  { askPassphrase, allowWeakPassphrase }: CreateRequest,
  keychain: Keychain | undefined,
  refused: VaultError | undefined,
  owned: DisposableStack,
): Promise<Secret | undefined> {
  if (keychain !== undefined && refused === undefined) return undefined
  const why = refused ?? new VaultError('USAGE', 'A vault that stays out of the keychain needs a passphrase.')
  const asked = await askPassphrase?.(why)
  if (asked === undefined) throw why
  owned.use(asked)
  if (!allowWeakPassphrase) await demandStrongPassphrase(asked)
  return asked
}

/** What this device believes of it, from the very start. */
async function anchor(
  vault: NewVault,
  path: string,
  files: ReadonlyMap<string, Uint8Array>,
  batches: readonly Batch[],
  keychain: boolean,
  state: StateFolder,
): Promise<void> {
  await forgetOthersAt(path, state)
  const head = batches.at(-1)?.head ?? bug('a new vault without a journal')
  using anchors = await Anchors.open(await state.anchorsOf(vault.vaultId))
  await anchors.act((act) => {
    for (const [name, bytes] of files) act.pinFile(name, hashOfBytes(bytes))
    act.sawEpoch(1)
    if (!keychain) act.setFlag(NO_KEYCHAIN, true)
    for (const { arn } of vault.kmsKeys) act.pinArn(arn)
    act.enter(path, new Set(), vault.deviceId, Date.now())
    act.addSegment(path, head.segment)
    act.sawHeads(path, [head])
  })
}

/** Vaults that were at this path, where nothing is now: a new one there is no swap. */
async function forgetOthersAt(path: string, state: StateFolder): Promise<void> {
  for (const other of await vaultsOpenedAt(state, path)) {
    using anchors = await Anchors.open(await state.anchorsOf(other))
    await anchors.act((act) => act.forgetPlace(path))
  }
}

/** Takes away what killed attempts at this path left: they hold no items. @returns what it removed */
async function clearLeftovers(
  { path, recovery }: CreateRequest,
  keychain: Keychain | undefined,
  state: StateFolder,
): Promise<readonly string[]> {
  const folders: string[] = []
  const abandoned = new Set<VaultId>()
  for (const leftover of NewFolder.leftovers(path)) {
    const vaultId = parseId<VaultId>(leftover.mark)
    if (vaultId === undefined || leftover.names.includes('items')) continue
    abandoned.add(vaultId)
    for (const { name } of await new LocalStore(leftover.path, '0'.repeat(32)).list('keys/versions/')) {
      const file = parseKeyFileName(name)
      if (file?.kind !== 'version') continue
      // An entry for a vault that will never be; one that can't be removed opens nothing.
      await keychain?.remove({ vaultId, keyVersionId: file.keyVersionId }).catch(() => undefined)
    }
    await state.forget(vaultId)
    folders.push(leftover.path)
  }
  const sheets: string[] = []
  if (recovery?.path) {
    if (removeAbandonedSheet(recovery.path, abandoned)) sheets.push(recovery.path)
    // A sheet that had no name yet holds a code all the same.
    using folder = Folder.open(parentOf(recovery.path))
    removeStaleTemporaries(folder)
  }
  // Last: after another kill it still tells whose the rest is.
  for (const leftover of folders) NewFolder.removeLeftover(leftover)
  return [...folders, ...sheets]
}
