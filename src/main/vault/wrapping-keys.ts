import { concat, fail, orShort, type Secret } from '../base/index.ts'
import type { KeyId, KeyVersionId, VersionId } from '../contract/ids.ts'
import { type JobKey, type LocalRecipient, MASTER_KEYS } from '../jobs/index.ts'
import {
  type Group,
  type KeyOp,
  type KeyVersionState,
  type Known,
  keyVersionStates,
  SETTING,
} from '../journal/index.ts'
import { edkOwner, type KeyRecord, writeKeyFileName } from '../keys/index.ts'
import { parseEdk, writeEdk } from '../message/index.ts'
import type { OpenVault } from './open-vault.ts'

/** A wrapping key of a vault, as the journal knows it. */
export type WrappingKey = {
  readonly keyId: KeyId
  readonly label: string
  /** Gets an EDK of every new version. */
  readonly recipient: boolean
  readonly versions: readonly {
    readonly keyVersionId: KeyVersionId
    readonly createdMs: number
    readonly state: KeyVersionState
  }[]
}

/** The vault's local wrapping keys, whose facts are pinned by the journal; versions oldest first. */
export function wrappingKeys(vault: OpenVault): readonly WrappingKey[] {
  const { index, keys } = vault
  const settings = index.vault.settings('key/')
  const pinned = index.vault.pinnedFiles()
  const trusted = [...keys.versions.values()].filter(({ provider, keyVersionId }) => {
    const pin = pinned.get(writeKeyFileName({ kind: 'version', keyVersionId }))
    return provider === 'local' && pin !== undefined && pin.value !== null
  })
  return [...Map.groupBy(trusted, ({ keyId }) => keyId)].map(([keyId, versions]): WrappingKey => {
    const told = versions.map(({ keyVersionId }) => {
      return [keyVersionId, settings.get(SETTING.keyVersionState(keyVersionId)) ?? null] as const
    })
    const states = keyVersionStates(new Map(told))
    const label = settings.get(SETTING.keyLabel(keyId))?.value
    return {
      keyId,
      label: typeof label === 'string' ? label : keyId.slice(0, 8),
      recipient: settings.get(SETTING.keyRecipient(keyId))?.value === true,
      versions: versions
        .map(({ keyVersionId, createdMs }) => {
          return { keyVersionId, createdMs, state: states.get(keyVersionId) ?? 'retired' }
        })
        .sort((a, b) => a.createdMs - b.createdMs),
    }
  })
}

const disabledAt = new WeakMap<Known, ReadonlySet<KeyVersionId>>()

/** Versions that open nothing by the vault's own rule; asked for each file, so known until the journal moves on. */
export function disabledVersions(vault: OpenVault): ReadonlySet<KeyVersionId> {
  const { known } = vault.journal
  const held = disabledAt.get(known)
  if (held !== undefined) return held
  const versions = wrappingKeys(vault).flatMap((key) =>
    key.versions.filter(({ state }) => state === 'disabled'),
  )
  const disabled = new Set(versions.map(({ keyVersionId }) => keyVersionId))
  disabledAt.set(known, disabled)
  return disabled
}

/** Whom new versions are wrapped for. @throws VAULT_LOCKED nobody: the journal names no active recipient */
export function recipientsOf(vault: OpenVault): readonly LocalRecipient[] {
  const found = wrappingKeys(vault)
    .filter(({ recipient }) => recipient)
    .flatMap(({ keyId, versions }) => {
      const active = versions.find(({ state }) => state === 'active')
      return active ? [{ keyId, keyVersionId: active.keyVersionId }] : []
    })
  if (found.length === 0)
    fail('VAULT_LOCKED', 'The vault has no active key that new files could be locked with.')
  return found
}

/** What the journal says of a version's EDKs: of those that local keys of this vault made. */
export function keyOps(vault: OpenVault, version: VersionId, record: KeyRecord): readonly KeyOp[] {
  return record.edks.flatMap((edk) => {
    const owner = edkOwner(edk)
    const file = owner?.kind === 'local' ? vault.keys.versions.get(owner.keyVersionId) : undefined
    if (file === undefined) return []
    return [
      { kind: 'key' as const, version, key: file.keyId, edk: concat(...writeEdk(edk)), keyMaterialId: null },
    ]
  })
}

/**
 * Under the write lock: what is about to be recorded is wrapped for versions that are active now. Whoever saw a version
 * retired records nothing under it any more; so `destroy` can know that nothing is still to come.
 *
 * @throws KEY_CHANGED a version was retired since the work began
 */
export function demandActive(vault: OpenVault, groups: readonly Group[]): void {
  const versions = new Set(
    groups.flat().flatMap((op) => (op.kind === 'key' && op.edk ? [keyVersionIn(op.edk)] : [])),
  )
  for (const id of versions) {
    if (id === undefined || vault.index.vault.setting(SETTING.keyVersionState(id))?.value === 'active')
      continue
    fail(
      'KEY_CHANGED',
      `The version ${id} of the vault’s key was retired while it was used. Nothing was recorded.`,
      { id },
    )
  }
}

/** The version of a local key that an EDK is under. */
export function keyVersionIn(edk: Uint8Array): KeyVersionId | undefined {
  const owner = orShort(edk, (reader) => edkOwner(parseEdk(reader)))
  return owner !== undefined && owner !== 'short' && owner.kind === 'local' ? owner.keyVersionId : undefined
}

/** A vault's key on its way to the workers; the Secret stays the vault's. */
export function vaultJobKey(namespace: string, name: string, key: Secret): JobKey {
  return { namespace, name, key, proven: true, context: [] }
}

/** The active master keys, for a job. @throws VAULT_LOCKED · what the way in refuses */
export async function masterJobKeys(
  vault: OpenVault,
  versions: Iterable<KeyVersionId>,
): Promise<readonly JobKey[]> {
  const keys: JobKey[] = []
  for (const id of new Set(versions)) keys.push(vaultJobKey(MASTER_KEYS, id, await vault.keys.masterKey(id)))
  return keys
}
