import { bug, commit, hex, Secret, sha256 } from '../base/index.ts'
import {
  type CopyId,
  type DeviceId,
  idBytes,
  type KeyId,
  type KeyVersionId,
  type MetadataKeyId,
  parseId,
  type RecoveryKeyId,
  type VaultId,
} from '../contract/ids.ts'
import type { LocalStore } from '../files/index.ts'
import { type Batch, type Op, parseHash, SETTING, SegmentWriter } from '../journal/index.ts'
import {
  copyForPassphrase,
  copyForRecovery,
  type KeyRecord,
  kmsContext,
  kmsEdk,
  newPassphraseKdf,
  newRecoveryCode,
  type Recipient,
  RecoveryKey,
  type RecoveryRecipient,
  VAULT_FILE,
  type VersionFile,
  wrapKey,
  writeKeyCopy,
  writeKeyFileName,
  writeMetadataFile,
  writeRecoveryFile,
  writeVaultFile,
  writeVersionFile,
} from '../keys/index.ts'
import type { Kms, KmsCall } from '../kms/index.ts'
import { newId } from './new-id.ts'
import { APP, deviceName } from './this-device.ts'

/** A KMS key that a new vault is locked with: its label here, its ARN. */
export type NewKmsKey = { readonly keyId: KeyId; readonly arn: string; readonly label: string }

/** The keys and ids of a vault that is being made: with a master key, or with KMS keys. All Secrets end with it. */
export class NewVault implements Disposable {
  readonly vaultId = newId<VaultId>()
  readonly deviceId = newId<DeviceId>()
  readonly kmsKeys: readonly NewKmsKey[]
  readonly keyId = newId<KeyId>()
  readonly keyVersionId = newId<KeyVersionId>()
  readonly metadataKeyId = newId<MetadataKeyId>()
  readonly masterKey = Secret.random('master key')
  readonly metadataKey = Secret.random('metadata key')
  readonly recoveryKeyId = newId<RecoveryKeyId>()
  readonly recoveryCode = newRecoveryCode()

  /** @param kmsKeys none: the vault has a master key of this computer */
  constructor(kmsKeys: readonly { readonly arn: string; readonly label: string }[] = []) {
    this.kmsKeys = kmsKeys.map((key) => ({ ...key, keyId: newId<KeyId>() }))
  }

  get isLocal(): boolean {
    return this.kmsKeys.length === 0
  }

  get commitment(): Uint8Array {
    return commit(this.masterKey, idBytes(this.vaultId))
  }

  [Symbol.dispose](): void {
    for (const secret of [this.masterKey, this.metadataKey, this.recoveryCode]) secret[Symbol.dispose]()
  }
}

/** What a new vault shall be: its name, and the ways into it beside the keychain. */
export type NewVaultFacts = {
  readonly name: string
  readonly createdMs: number
  readonly passphrase: Secret | undefined
  readonly recovery: boolean
  /** Made for it so far: the audit's. */
  readonly kmsCalls: () => readonly KmsCall[]
}

/** What was written, by name: what the anchors and the journal pin. */
export type WrittenFiles = ReadonlyMap<string, Uint8Array>

/** The facts of its keys: written before a secret goes anywhere. */
export function versionFiles(vault: NewVault, createdMs: number): WrittenFiles {
  const { keyId, keyVersionId, commitment } = vault
  const files: readonly VersionFile[] = vault.isLocal
    ? [{ keyVersionId, keyId, createdMs, provider: 'local', commitment }]
    : vault.kmsKeys.map((key): VersionFile => kmsVersion(key, createdMs))
  return new Map(
    files.map((file) => [
      writeKeyFileName({ kind: 'version', keyVersionId: file.keyVersionId }),
      writeVersionFile(file),
    ]),
  )
}

/** The facts of a KMS key: one file, named by the key's id here. */
export function kmsVersion({ keyId, arn }: Omit<NewKmsKey, 'label'>, createdMs: number): VersionFile {
  const keyVersionId = parseId<KeyVersionId>(keyId) ?? bug('an id that is none')
  return { keyVersionId, keyId, createdMs, provider: 'kms', arn }
}

/** The other files under keys/: the ways in, and the metadata key of epoch 1. @throws what KMS refuses */
export async function keyFiles(vault: NewVault, facts: NewVaultFacts, kms: Kms): Promise<WrittenFiles> {
  const { vaultId, keyVersionId, masterKey, deviceId } = vault
  const files = new Map<string, Uint8Array>()
  const copyAt = () => ({ vaultId, keyVersionId, copyId: newId<CopyId>() })
  using recoveryKey = RecoveryKey.fromCode(vault.recoveryCode, vaultId)
  const recipient = { id: vault.recoveryKeyId, point: recoveryKey.point }
  if (facts.recovery) {
    const name = writeKeyFileName({ kind: 'recovery', recoveryKeyId: recipient.id })
    files.set(name, writeRecoveryFile({ ...recipient, createdMs: facts.createdMs }))
  }
  if (facts.recovery && vault.isLocal) {
    const at = copyAt()
    files.set(
      writeKeyFileName({ kind: 'copy', ...at }),
      writeKeyCopy(copyForRecovery(masterKey, at, recipient)),
    )
  }
  if (facts.passphrase !== undefined) {
    const at = copyAt()
    const copy = await copyForPassphrase(masterKey, at, facts.passphrase, newPassphraseKdf())
    files.set(writeKeyFileName({ kind: 'copy', ...at }), writeKeyCopy(copy))
  }
  const { metadataKeyId, metadataKey } = vault
  const record = await metadataRecord(vault, facts.recovery ? [recipient] : [], kms)
  const metadata = writeMetadataFile(vaultId, { epoch: 1, metadataKeyId, record }, metadataKey, undefined)
  return files.set(writeKeyFileName({ kind: 'metadata', n: 1, deviceId }), metadata)
}

/** The metadata key for everyone who opens the vault; one call for each KMS key. */
async function metadataRecord(
  vault: NewVault,
  recoveries: readonly RecoveryRecipient[],
  kms: Kms,
): Promise<KeyRecord> {
  const { vaultId, keyId, keyVersionId, masterKey, metadataKeyId, metadataKey } = vault
  const place = { vaultId, subject: metadataKeyId }
  if (vault.isLocal) {
    return wrapKey(metadataKey, place, [{ kind: 'local', keyId, keyVersionId, masterKey }])
  }
  const context = kmsContext(place, 'metadata')
  const byKms = vault.kmsKeys.map(async (key): Promise<Recipient> => {
    const { blob } = await kms.encrypt(key.arn, metadataKey, context)
    return { kind: 'kms', keyId: key.keyId, edk: kmsEdk(key.arn, blob) }
  })
  const forRecovery = recoveries.map((recovery): Recipient => ({ kind: 'recovery', ...recovery }))
  return wrapKey(metadataKey, place, [...(await Promise.all(byKms)), ...forRecovery])
}

/** vault.json, which makes the folder a vault: written last. */
export function vaultFile(vault: NewVault, createdMs: number): readonly [string, Uint8Array] {
  const { vaultId, metadataKeyId, metadataKey } = vault
  return [VAULT_FILE, writeVaultFile({ vaultId, createdMs, metadataKeyId }, metadataKey)]
}

/** The first segment: one batch, closed. @returns the batches as a reader would read them */
export async function writeFirstSegment(
  vault: NewVault,
  facts: NewVaultFacts,
  files: WrittenFiles,
  store: LocalStore,
): Promise<readonly Batch[]> {
  const { vaultId, deviceId, metadataKeyId, metadataKey } = vault
  const ops: Op[] = [
    { kind: 'set', name: SETTING.vaultName, value: facts.name },
    ...pinOps(files),
    ...(vault.isLocal
      ? keyOpsOf(vault.keyId, vault.keyVersionId, deviceName())
      : vault.kmsKeys.flatMap(kmsKeyOps)),
    ...noteOf(vault, facts.kmsCalls()),
  ]
  using writer = SegmentWriter.begin(
    {
      vault: vaultId,
      device: deviceId,
      deviceName: deviceName(),
      app: APP,
      metadataKey: { id: metadataKeyId, key: metadataKey },
    },
    store,
    () => facts.createdMs,
  )
  return await writer.append([ops], { greatestTime: 0, frontier: [], checkpoint: null }, true)
}

function noteOf({ kmsKeys }: NewVault, calls: readonly KmsCall[]): readonly Op[] {
  const kmsCalls = calls.flatMap(({ operation, arn, requestId }) => {
    const key = kmsKeys.find((each) => each.arn === arn)?.keyId
    return key === undefined ? [] : [{ operation, key, requestId: requestId ?? '' }]
  })
  return kmsCalls.length === 0 ? [] : [{ kind: 'note', act: 'init', outcome: 'ok', ids: [], kmsCalls }]
}

/** What the journal says of a KMS key from its beginning here. */
export function kmsKeyOps(key: NewKmsKey): readonly Op[] {
  return keyOpsOf(key.keyId, kmsVersion(key, 0).keyVersionId, key.label)
}

function keyOpsOf(keyId: KeyId, keyVersionId: KeyVersionId, label: string): readonly Op[] {
  return [
    { kind: 'set', name: SETTING.keyLabel(keyId), value: label },
    { kind: 'set', name: SETTING.keyRecipient(keyId), value: true },
    { kind: 'set', name: SETTING.keyVersionState(keyVersionId), value: 'active' },
  ]
}

/** Pins files under keys/ in the journal. */
export function pinOps(files: WrittenFiles): readonly Op[] {
  return [...files].map(([name, bytes]) => ({
    kind: 'file',
    name,
    sha256: parseHash(hex(sha256(bytes))) ?? bug('a SHA-256 that is no hash'),
  }))
}
