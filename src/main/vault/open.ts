import { asVaultError, bug, fail, kdf, type Secret, VaultError } from '../base/index.ts'
import { type DeviceId, idBytes } from '../contract/ids.ts'
import { LocalStore } from '../files/index.ts'
import { Anchors, StateFolder, VaultIndex, WriteLock } from '../index/index.ts'
import {
  edkOwner,
  fingerprint,
  type KeySet,
  openKeychain,
  openVaultKeys,
  readKeySet,
  VAULT_FILE,
  type VaultKeys,
  type WaysGiven,
  waysOffered,
} from '../keys/index.ts'
import { type Kms, type KmsClient, openKms } from '../kms/index.ts'
import { demandPinned, failDiffers, hashOfBytes } from './key-files.ts'
import { newId } from './new-id.ts'
import { type Notice, OpenVault } from './open-vault.ts'
import { type FoundVault, recogniseVault, vaultAt } from './recognise.ts'
import { wrappingKeys } from './wrapping-keys.ts'

/** Chosen by a person for this device: the vault's keys stay out of its keychain. */
export const NO_KEYCHAIN = 'no-keychain'
const OPENED_EVERY_MS = 24 * 3600 * 1000

/** A secret that a person gave: that way only is tried. It stays the caller's. */
export type WayGiven =
  | { readonly kind: 'passphrase'; readonly passphrase: Secret }
  | { readonly kind: 'recovery'; readonly code: Secret }

export type OpenRequest = {
  readonly path: string
  /** Where this device keeps what it knows of vaults (docs/cli.md, --state-dir). */
  readonly stateFolder: string
  readonly way?: WayGiven
  /** Asked once if nothing was given and the keychain does not open it; what it gives ends here. */
  readonly ask?: (offered: ReturnType<typeof waysOffered>, why: VaultError) => Promise<WayGiven | undefined>
  /** ARNs of KMS keys that a person confirmed for this vault: asked, and pinned once it opened. */
  readonly kms?: readonly string[]
  /** Asked, on a first use, whether these ARNs are the vault's; no: nothing is asked of AWS. */
  readonly confirmKms?: (arns: readonly string[]) => Promise<boolean>
  /** Leaves the keychain out, on this device from now on; false: takes it in again. */
  readonly keychain?: boolean
  /** Goes on from what is there though this device has seen more: under a new device id. */
  readonly acceptRollback?: boolean
  /** This process will record at most once. */
  readonly single?: boolean
}

/**
 * Opens a vault (docs/format.md §5). The ways in are tried by what they cost a person: the keychain, then what
 * `ask` gives; a given passphrase or code is tried alone. Opened by either, the master key goes into this
 * device's keychain.
 *
 * @throws VAULT_NOT_FOUND · VAULT_REPLACED · KEYS_FILE_DAMAGED · KEYS_FILE_MISSING · VAULT_UNSUPPORTED
 * @throws VAULT_LOCKED · PASSPHRASE_WRONG … (openVaultKeys) · VAULT_BUSY · what the disk refuses
 */
export async function openVault(request: OpenRequest): Promise<OpenVault> {
  const state = await StateFolder.open(request.stateFolder)
  await using unfinished = new AsyncDisposableStack()
  const found = await recogniseVault(request.path, state)
  if (found.anchors) unfinished.use(found.anchors)
  const { files, missing } = demandPinned(found.files, found.pins.files)
  const set = readKeySet(files)
  const withKeychain = request.keychain ?? !found.anchors?.flags.has(NO_KEYCHAIN)
  const trusted = new Set([...found.pins.arns, ...(request.kms ?? [])])
  const kms = unfinished.use(openKms({ trusted: () => trusted }))
  const keys = unfinished.use(await openKeys(set, request, withKeychain, missing, { kms, trusted }))
  demandEpoch(keys, found.pins.greatestEpoch)

  const anchors = found.anchors ?? unfinished.use(await Anchors.open(await state.anchorsOf(found.vaultId)))
  const notices: Notice[] = keys.notes.map((note) => ({ kind: 'passed-over', ...note }))
  const device = await enter(found, anchors, keys, state, request, notices)
  if (keys.openedBy === 'kms') notices.push({ kind: 'opened-by', way: 'kms', keychain: 'off' })
  else if (keys.openedBy !== 'keychain') {
    const put = await putBack(keys, keys.openedBy, withKeychain)
    // A machine without a keychain is one each time; once is enough to say so.
    const known = found.anchors !== undefined
    notices.push(...put.filter((notice) => !(known && isUnavailable(notice))))
  }
  const vault = await openAs(device, { found, anchors, keys, kms, trusted, state, notices }, request)
  unfinished.move()
  return vault
}

type Ground = {
  readonly found: FoundVault
  readonly anchors: Anchors
  readonly keys: VaultKeys
  readonly kms: KmsClient
  readonly trusted: Set<string>
  readonly state: StateFolder
  readonly notices: Notice[]
}

/** Opens index and journal under a device id; under a new one if another place writes under that. */
async function openAs(device: DeviceId, ground: Ground, request: OpenRequest): Promise<OpenVault> {
  const { found, anchors, keys, kms, state, notices } = ground
  await using unfinished = new AsyncDisposableStack()
  const vaultFile = found.files.get(VAULT_FILE) ?? bug('an open vault without its file')
  const paths = await state.placeOf(found.vaultId, found.path)
  const lock = unfinished.use(WriteLock.open(paths.lock))
  const index = unfinished.use(await openIndex(device, lock, ground))
  const store = unfinished.use(new LocalStore(found.path, device))
  const { path, vaultId } = found
  const vault = new OpenVault({
    path,
    vaultId,
    device,
    fingerprint: fingerprint(vaultFile),
    keys,
    kms,
    trust: (arn) => ground.trusted.add(arn),
    store,
    state,
    anchors,
    index,
    lock,
    single: request.single === true,
    notices,
  })
  await vault.journal.refresh()
  const cloned = vault.findings.some(({ kind }) => kind === 'cloned')
  if (cloned || (vault.journal.rolledBack && request.acceptRollback)) {
    if (cloned) notices.push({ kind: 'cloned' })
    const next = newId<DeviceId>()
    // Of a clone what was seen stays seen; an accepted rollback begins with what is found there then.
    const heads = request.acceptRollback ? [] : (anchors.placeAt(path)?.heads ?? [])
    await anchors.act((act) => act.startAnew(path, next, heads))
    await unfinished.disposeAsync()
    return await openAs(next, ground, { ...request, acceptRollback: false })
  }
  demandPinnedByJournal(found, vault)
  await trustKmsKeys(vault, ground, request)
  unfinished.move()
  return vault
}

/** @throws what the ways given refuse; KEYS_FILE_MISSING if a pinned copy is gone that may have opened it */
async function openKeys(
  set: KeySet,
  { way, ask, confirmKms }: OpenRequest,
  withKeychain: boolean,
  missing: readonly string[],
  aws: { readonly kms: Kms; readonly trusted: Set<string> },
): Promise<VaultKeys> {
  const kms = { kms: aws.kms, trusts: (arn: string) => aws.trusted.has(arn) }
  const open = async () => {
    const given = way ? waysOf(way) : withKeychain ? { keychain: await openKeychain() } : {}
    return await openVaultKeys(set, { ...given, kms })
  }
  try {
    return await open()
  } catch (error) {
    const why = asVaultError(error)
    const arns = why.code === 'KMS_KEY_UNCONFIRMED' ? kmsArns(set) : []
    if (arns.length > 0 && (await confirmKms?.(arns))) {
      for (const arn of arns) aws.trusted.add(arn)
      return await open()
    }
    const [name] = missing
    if (name !== undefined && (why.code === 'WAY_IN_MISSING' || why.code === 'VAULT_LOCKED')) {
      return fail('KEYS_FILE_MISSING', `${name}, one of the ways into this vault, is gone.`, { name }, why)
    }
    const asked =
      way === undefined && (why.exit === 3 || why.exit === 5) ? await ask?.(waysOffered(set), why) : undefined
    if (asked === undefined) throw why
    using _ = asked.kind === 'passphrase' ? asked.passphrase : asked.code
    return await openVaultKeys(set, { ...waysOf(asked), kms })
  }
}

/** The KMS keys that the vault's metadata keys are wrapped for. */
function kmsArns(set: KeySet): readonly string[] {
  const owners = set.metadata.flatMap(({ record }) => record.edks.map(edkOwner))
  return [...new Set(owners.flatMap((owner) => (owner?.kind === 'kms' ? [owner.arn] : [])))].sort()
}

/**
 * Pins the KMS keys that the journal pins: by now it is proven to be this vault's. Those that this device never asked
 * are announced. What a person confirmed and the vault does not name is not kept.
 */
async function trustKmsKeys(
  vault: OpenVault,
  { trusted, notices, anchors, found }: Ground,
  request: OpenRequest,
) {
  const arns = wrappingKeys(vault).flatMap(({ arn }) => (arn === undefined ? [] : [arn]))
  const fresh = arns.filter((arn) => !found.pins.arns.includes(arn))
  if (fresh.length === 0) return
  await anchors.act((act) => {
    for (const arn of fresh) act.pinArn(arn)
  })
  for (const arn of fresh) {
    if (!trusted.has(arn) && !request.kms?.includes(arn)) notices.push({ kind: 'kms-key', arn })
    trusted.add(arn)
  }
}

function waysOf(way: WayGiven): WaysGiven {
  return way.kind === 'passphrase' ? { passphrase: way.passphrase } : { recoveryCode: way.code }
}

/** Files that the provider took back to an older epoch would hide that a member was removed. */
function demandEpoch(keys: VaultKeys, greatestSeen: number): void {
  const epoch = keys.newest[0]?.epoch ?? 0
  if (epoch >= greatestSeen) return
  fail(
    'KEYS_FILE_MISSING',
    `keys/metadata ends with epoch ${epoch}; this computer has seen epoch ${greatestSeen}.`,
    {
      epoch,
      greatestSeen,
    },
  )
}

/** Notes the vault and its place in the anchors. @returns this device's id there */
async function enter(
  { path, vaultId, files, pins, anchors: known }: FoundVault,
  anchors: Anchors,
  keys: VaultKeys,
  state: StateFolder,
  { keychain }: OpenRequest,
  notices: Notice[],
): Promise<DeviceId> {
  const place = anchors.places.find((each) => each.path === path)
  const epoch = keys.newest[0]?.epoch ?? 0
  const asItIs = keychain === undefined && epoch === pins.greatestEpoch
  if (place && asItIs && Date.now() - place.openedMs < OPENED_EVERY_MS) return place.device
  const there = await Promise.all(
    anchors.places.map(async (each) => ((await vaultAt(each.path)) === vaultId ? [each.path] : [])),
  )
  const vaultFile = files.get(VAULT_FILE) ?? bug('an open vault without its file')
  const { opening, device } = await anchors.act((act) => {
    act.pinFile(VAULT_FILE, hashOfBytes(vaultFile))
    act.sawEpoch(epoch)
    if (keychain !== undefined) act.setFlag(NO_KEYCHAIN, !keychain)
    return act.enter(path, new Set(there.flat()), newId<DeviceId>(), Date.now())
  })
  if (known === undefined) notices.push({ kind: 'first-use', fingerprint: fingerprint(vaultFile) })
  if (opening.kind === 'moved' || opening.kind === 'copied') {
    notices.push({ kind: opening.kind, from: opening.from.path })
    if (opening.kind === 'moved') await state.forgetPlace(vaultId, opening.from.path)
  }
  return device
}

async function openIndex(device: DeviceId, lock: WriteLock, ground: Ground): Promise<VaultIndex> {
  const { found, keys, state, notices } = ground
  const { vaultId, path } = found
  const newest = keys.newest[0] ?? bug('an open vault without a metadata key')
  const open = async () => {
    const { index } = await state.placeOf(vaultId, path)
    const key = kdf(newest.key, idBytes(vaultId), 'strongroom/index', idBytes(device))
    return await VaultIndex.open({ path: index, key, device })
  }
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== 'INDEX_DAMAGED') throw error
    const held = await lock.acquire()
    if (held === 'busy') throw error
    using _ = held
    await state.discardIndex(vaultId, path)
    notices.push({ kind: 'index-emptied', why: 'damaged' })
    return await open()
  }
}

/** Files under keys/ must be what the journal says, too: on a first use nothing else vouches for them. */
function demandPinnedByJournal({ files }: FoundVault, vault: OpenVault): void {
  for (const [name, { value }] of vault.index.vault.pinnedFiles()) {
    const bytes = files.get(name)
    if (value !== null && bytes !== undefined && hashOfBytes(bytes) !== value) failDiffers(name)
  }
}

function isUnavailable(notice: Notice): boolean {
  return notice.kind === 'keychain-not-kept' && notice.error.code === 'KEYCHAIN_UNAVAILABLE'
}

async function putBack(
  keys: VaultKeys,
  way: Exclude<VaultKeys['openedBy'], 'keychain' | 'kms'>,
  withKeychain: boolean,
): Promise<readonly Notice[]> {
  // A vault that only KMS locks has no master key to keep.
  if (!withKeychain || keys.heldMasterKeys().length === 0) {
    return [{ kind: 'opened-by', way, keychain: 'off' }]
  }
  const failed = await keys.putBack(await openKeychain())
  if (failed.length === 0) return [{ kind: 'opened-by', way, keychain: 'kept' }]
  return [
    { kind: 'opened-by', way, keychain: 'off' },
    ...failed.map((error): Notice => ({ kind: 'keychain-not-kept', error })),
  ]
}
