import { fail, VaultError } from '../base/index.ts'
import type { VaultId } from '../contract/ids.ts'
import { identityOf, LocalStore, realFolder } from '../files/index.ts'
import { Anchors, type Pins, type StateFolder, vaultsOpenedAt } from '../index/index.ts'
import { parseVaultFile, VAULT_FILE } from '../keys/index.ts'
import { failMissing, hashOfBytes, readKeyFiles } from './key-files.ts'

/** Of a store that only reads: it leaves no temporary files that need a device's name. */
const NO_DEVICE = '0'.repeat(32)
const NO_PINS: Pins = { files: new Map(), arns: [], greatestEpoch: 0 }

/** A vault's folder as it was found; nothing of it is believed but what the anchors pin. */
export type FoundVault = {
  readonly path: string
  readonly vaultId: VaultId
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Undefined: this device sees the vault for the first time. */
  readonly anchors: Anchors | undefined
  readonly pins: Pins
}

/**
 * Looks at a folder, and at what this device knows of it (docs/format.md §5, 1 and 2).
 *
 * @throws VAULT_NOT_FOUND · VAULT_REPLACED another vault stands where this device knows one
 * @throws KEYS_FILE_MISSING · KEYS_FILE_DAMAGED · VAULT_UNSUPPORTED vault.json is gone, changed, or newer
 */
export async function recogniseVault(path: string, state: StateFolder): Promise<FoundVault> {
  const real = realVaultFolder(path)
  const files = await readKeyFiles(new LocalStore(real, NO_DEVICE))
  const vaultFile = files.get(VAULT_FILE)
  if (vaultFile === undefined) return failNoVault(real, await vaultsOpenedAt(state, real))
  const { vaultId } = await parsedOrReplaced(vaultFile, real, state)
  const anchorsPath = await state.findAnchors(vaultId)
  const anchors = anchorsPath === undefined ? undefined : await Anchors.open(anchorsPath)
  try {
    if (!anchors?.places.some((place) => place.path === real)) await demandUnclaimed(real, vaultId, state)
    const pins = anchors?.pins ?? NO_PINS
    const pinned = pins.files.get(VAULT_FILE)
    if (pinned !== undefined && pinned !== hashOfBytes(vaultFile)) failReplaced(real, vaultId)
    return { path: real, vaultId, files, anchors, pins }
  } catch (error) {
    anchors?.[Symbol.dispose]()
    throw error
  }
}

/** Which vault lies at a path now; undefined if none does. Believes nothing else of it. */
export async function vaultAt(path: string): Promise<VaultId | undefined> {
  if (identityOf(path)?.folder !== true) return undefined
  try {
    const bytes = await new LocalStore(realFolder(path), NO_DEVICE).read(VAULT_FILE, {
      offset: 0,
      length: 65_537,
    })
    return parseVaultFile(bytes).vaultId
  } catch (error) {
    if (error instanceof VaultError) return undefined
    throw error
  }
}

function realVaultFolder(path: string): string {
  if (identityOf(path) === undefined) fail('VAULT_NOT_FOUND', `There is no vault at ${path}.`, { path })
  return realFolder(path)
}

async function parsedOrReplaced(bytes: Uint8Array, path: string, state: StateFolder) {
  try {
    return parseVaultFile(bytes)
  } catch (error) {
    const [known] = await vaultsOpenedAt(state, path)
    if (known === undefined && error instanceof VaultError && error.code === 'KEYS_FILE_DAMAGED') {
      return fail('KEYS_FILE_DAMAGED', `${path}: ${error.message}`, { ...error.facts, path }, error)
    }
    throw error
  }
}

function failNoVault(path: string, known: readonly VaultId[]): never {
  if (known.length > 0) failMissing(VAULT_FILE)
  return fail('VAULT_NOT_FOUND', `${path} is a folder without a vault: it has no ${VAULT_FILE}.`, { path })
}

async function demandUnclaimed(path: string, vaultId: VaultId, state: StateFolder): Promise<void> {
  const [other] = (await vaultsOpenedAt(state, path)).filter((known) => known !== vaultId)
  if (other !== undefined) failReplaced(path, other)
}

function failReplaced(path: string, known: VaultId): never {
  return fail(
    'VAULT_REPLACED',
    `Another vault stands at ${path} than the one that this computer opened there before (${known}).`,
    { path, known },
  )
}
