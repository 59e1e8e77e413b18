import { bug, commit, hex, Secret, sha256 } from '../base/index.ts'
import {
  type CopyId,
  type DeviceId,
  idBytes,
  type KeyId,
  type KeyVersionId,
  type MetadataKeyId,
  type RecoveryKeyId,
  type VaultId,
} from '../contract/ids.ts'
import type { LocalStore } from '../files/index.ts'
import { type Batch, type Op, parseHash, SETTING, SegmentWriter } from '../journal/index.ts'
import {
  copyForPassphrase,
  copyForRecovery,
  newPassphraseKdf,
  newRecoveryCode,
  RecoveryKey,
  VAULT_FILE,
  wrapKey,
  writeKeyCopy,
  writeKeyFileName,
  writeMetadataFile,
  writeRecoveryFile,
  writeVaultFile,
  writeVersionFile,
} from '../keys/index.ts'
import { newId } from './new-id.ts'
import { APP, deviceName } from './this-device.ts'

/** The keys and ids of a vault that is being made. All Secrets end with it. */
export class NewVault implements Disposable {
  readonly vaultId = newId<VaultId>()
  readonly deviceId = newId<DeviceId>()
  readonly keyId = newId<KeyId>()
  readonly keyVersionId = newId<KeyVersionId>()
  readonly metadataKeyId = newId<MetadataKeyId>()
  readonly masterKey = Secret.random('master key')
  readonly metadataKey = Secret.random('metadata key')
  readonly recoveryKeyId = newId<RecoveryKeyId>()
  readonly recoveryCode = newRecoveryCode()

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
}

/** What was written, by name: what the anchors and the journal pin. */
export type WrittenFiles = ReadonlyMap<string, Uint8Array>

/** The facts of the first key version: written before its secret goes anywhere. */
export function versionFile(vault: NewVault, createdMs: number): readonly [string, Uint8Array] {
  const { keyId, keyVersionId, commitment } = vault
  const name = writeKeyFileName({ kind: 'version', keyVersionId })
  return [name, writeVersionFile({ keyVersionId, keyId, createdMs, provider: 'local', commitment })]
}

/** The other files under keys/: the ways in, and the metadata key of epoch 1. */
export async function keyFiles(vault: NewVault, facts: NewVaultFacts): Promise<WrittenFiles> {
  const { vaultId, keyId, keyVersionId, masterKey, metadataKeyId, metadataKey, deviceId } = vault
  const files = new Map<string, Uint8Array>()
  const copyAt = () => ({ vaultId, keyVersionId, copyId: newId<CopyId>() })
  if (facts.recovery) {
    using recovery = RecoveryKey.fromCode(vault.recoveryCode, vaultId)
    const recipient = { id: vault.recoveryKeyId, point: recovery.point }
    const name = writeKeyFileName({ kind: 'recovery', recoveryKeyId: recipient.id })
    files.set(name, writeRecoveryFile({ ...recipient, createdMs: facts.createdMs }))
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
  const record = wrapKey(metadataKey, { vaultId, subject: metadataKeyId }, [
    { kind: 'local', keyId, keyVersionId, masterKey },
  ])
  const metadata = writeMetadataFile(vaultId, { epoch: 1, metadataKeyId, record }, metadataKey, undefined)
  return files.set(writeKeyFileName({ kind: 'metadata', n: 1, deviceId }), metadata)
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
  const { vaultId, deviceId, keyId, keyVersionId, metadataKeyId, metadataKey } = vault
  const ops: Op[] = [
    { kind: 'set', name: SETTING.vaultName, value: facts.name },
    ...pinOps(files),
    { kind: 'set', name: SETTING.keyLabel(keyId), value: deviceName() },
    { kind: 'set', name: SETTING.keyRecipient(keyId), value: true },
    { kind: 'set', name: SETTING.keyVersionState(keyVersionId), value: 'active' },
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

/** Pins files under keys/ in the journal. */
export function pinOps(files: WrittenFiles): readonly Op[] {
  return [...files].map(([name, bytes]) => ({
    kind: 'file',
    name,
    sha256: parseHash(hex(sha256(bytes))) ?? bug('a SHA-256 that is no hash'),
  }))
}
