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
import {
  edkOwner,
  type KeyRecord,
  type RecoveryRecipient,
  recoveryKeyAsKey,
  type VersionFile,
  writeKeyFileName,
} from '../keys/index.ts'
import { type Edk, parseEdk, writeEdk } from '../message/index.ts'
import type { OpenVault } from './open-vault.ts'

/** A wrapping key of a vault, as the journal knows it. A KMS key has one version here: KMS keeps its own. */
export type WrappingKey = {
  readonly provider: 'local' | 'kms'
  /** Of a KMS key. */
  readonly arn?: string
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

/** The vault's wrapping keys, whose facts are pinned by the journal; versions oldest first. */
export function wrappingKeys(vault: OpenVault): readonly WrappingKey[] {
  const { index, keys } = vault
  const settings = index.vault.settings('key/')
  const pinned = index.vault.pinnedFiles()
  const trusted = [...keys.versions.values()].filter(({ keyVersionId }) => {
    const pin = pinned.get(writeKeyFileName({ kind: 'version', keyVersionId }))
    return pin !== undefined && pin.value !== null
  })
  return [...Map.groupBy(trusted, ({ keyId }) => keyId)].map(([keyId, versions]): WrappingKey => {
    const told = versions.map(({ keyVersionId }) => {
      return [keyVersionId, settings.get(SETTING.keyVersionState(keyVersionId)) ?? null] as const
    })
    const states = keyVersionStates(new Map(told))
    const label = settings.get(SETTING.keyLabel(keyId))?.value
    const [first] = versions
    return {
      provider: first?.provider ?? 'local',
      ...(first?.provider === 'kms' && { arn: first.arn }),
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

/** A KMS key that new versions are wrapped for. */
export type KmsRecipient = { readonly keyId: KeyId; readonly arn: string }

/** Whom new versions are wrapped for: recovery codes themselves only where no master key is. */
export type Recipients = {
  readonly local: readonly LocalRecipient[]
  readonly kms: readonly KmsRecipient[]
  readonly recoveries: readonly RecoveryRecipient[]
}

/** Whom new versions are wrapped for. @throws VAULT_LOCKED nobody: the journal names no active recipient */
export function recipientsOf(vault: OpenVault): Recipients {
  const found = wrappingKeys(vault)
    .filter(({ recipient }) => recipient)
    .flatMap(({ keyId, arn, versions }) => {
      const active = versions.find(({ state }) => state === 'active')
      return active ? [{ keyId, arn, keyVersionId: active.keyVersionId }] : []
    })
  if (found.length === 0)
    fail('VAULT_LOCKED', 'The vault has no active key that new files could be locked with.')
  const local = found.flatMap(({ keyId, arn, keyVersionId }) => (arn ? [] : [{ keyId, keyVersionId }]))
  const kms = found.flatMap(({ keyId, arn }) => (arn ? [{ keyId, arn }] : []))
  return { local, kms, recoveries: local.length > 0 ? [] : recoveryRecipients(vault) }
}

/** The vault's recovery codes, by their public halves, as the journal pins them. */
function recoveryRecipients(vault: OpenVault): readonly RecoveryRecipient[] {
  const pinned = vault.index.vault.pinnedFiles()
  return [...vault.keys.ways.recoveries.values()].filter(
    ({ id }) => pinned.get(writeKeyFileName({ kind: 'recovery', recoveryKeyId: id }))?.value != null,
  )
}

/**
 * What the journal says of a version's EDKs: of those that keys of this vault made.
 *
 * @param materials the versions of KMS keys that made them, where KMS said
 */
export function keyOps(
  vault: OpenVault,
  version: VersionId,
  record: KeyRecord,
  materials: ReadonlyMap<KeyId, string | null> = new Map(),
): readonly KeyOp[] {
  return record.edks.flatMap((edk) => {
    const key = keyOf(vault, edk)
    if (key === undefined) return []
    const keyMaterialId = materials.get(key) ?? null
    return [{ kind: 'key' as const, version, key, edk: concat(...writeEdk(edk)), keyMaterialId }]
  })
}

/** The key of this vault that an EDK is under; undefined: none that its files name. */
function keyOf(vault: OpenVault, edk: Edk): KeyId | undefined {
  const owner = edkOwner(edk)
  switch (owner?.kind) {
    case 'local':
      return vault.keys.versions.get(owner.keyVersionId)?.keyId
    case 'kms':
      return kmsVersionOf(vault, owner.arn)?.keyId
    case 'recovery':
      return vault.keys.ways.recoveries.has(owner.recoveryKeyId)
        ? recoveryKeyAsKey(owner.recoveryKeyId)
        : undefined
    default:
      return undefined
  }
}

/** The facts of a KMS key by its ARN. */
export function kmsVersionOf({ keys }: OpenVault, arn: string): VersionFile | undefined {
  return [...keys.versions.values()].find((file) => file.provider === 'kms' && file.arn === arn)
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

/** What an EDK is under: a version of a local key, or a KMS key by its one version here; undefined: a recovery code. */
export function openerOf(vault: OpenVault, edk: Uint8Array): KeyVersionId | undefined {
  const owner = orShort(edk, (reader) => edkOwner(parseEdk(reader)))
  if (owner === undefined || owner === 'short') return undefined
  if (owner.kind === 'local') return owner.keyVersionId
  return owner.kind === 'kms' ? kmsVersionOf(vault, owner.arn)?.keyVersionId : undefined
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
