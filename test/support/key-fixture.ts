import { commit, randomBytes, Secret, utf8Bytes } from '../../src/main/base/index.ts'
import {
  type CopyId,
  type DeviceId,
  type Id,
  idBytes,
  idFromBytes,
  type KeyId,
  type KeyVersionId,
  type MetadataKeyId,
  type RecoveryKeyId,
  type VaultId,
} from '../../src/main/contract/ids.ts'
import { copyForPassphrase, copyForRecovery, copyUnderNext } from '../../src/main/keys/copy-master-key.ts'
import { copyName, type KeyCopy, writeKeyCopy } from '../../src/main/keys/key-copies.ts'
import { VAULT_FILE, writeKeyFileName } from '../../src/main/keys/key-file-names.ts'
import { type Recipient, wrapKey } from '../../src/main/keys/key-record.ts'
import { type KeySet, readKeySet } from '../../src/main/keys/key-set.ts'
import { writeMetadataFile } from '../../src/main/keys/metadata-file.ts'
import { passphraseSecret } from '../../src/main/keys/passphrase.ts'
import { newRecoveryCode } from '../../src/main/keys/recovery-code.ts'
import type { RecoveryRecipient } from '../../src/main/keys/recovery-edk.ts'
import { writeRecoveryFile } from '../../src/main/keys/recovery-file.ts'
import { RecoveryKey } from '../../src/main/keys/recovery-key.ts'
import { writeVaultFile } from '../../src/main/keys/vault-file.ts'
import { writeVersionFile } from '../../src/main/keys/version-file.ts'

/** The cheapest cost that a file may ask for: 30 ms instead of half a second. */
export const cheapKdf = () => ({ memoryKiB: 64 * 1024, passes: 1, lanes: 4, salt: randomBytes(16) })

export const newId = <T extends Id<string>>(): T => {
  const id = idFromBytes<T>(randomBytes(16))
  if (id === undefined) throw new Error('16 bytes make an id')
  return id
}

export const passphraseOf = (text: string): Secret => passphraseSecret(utf8Bytes(text))

type Version = {
  readonly keyVersionId: KeyVersionId
  readonly masterKey: Secret
  readonly commitment: Uint8Array
}
type Epoch = { readonly epoch: number; readonly id: MetadataKeyId; readonly key: Secret }

/** The key files of a vault in memory, made with the real parts in the order that `init` and `rotate` use. */
export class KeyFixture {
  readonly vaultId = newId<VaultId>()
  readonly keyId = newId<KeyId>()
  readonly deviceId = newId<DeviceId>()
  readonly files = new Map<string, Uint8Array>()
  readonly versions: Version[] = []
  readonly epochs: Epoch[] = []
  readonly code = newRecoveryCode()
  recovery: RecoveryRecipient | undefined
  #n = 0

  /** A new vault: one key version, a copy for each way in, one metadata key. */
  static async create(
    ways: { passphrases?: readonly string[]; recovery?: boolean } = {},
  ): Promise<KeyFixture> {
    const vault = new KeyFixture()
    if (ways.recovery) vault.addRecovery()
    const version = vault.addVersion()
    await vault.copyWays(version, ways.passphrases ?? [])
    vault.beginEpoch()
    const [first] = vault.epochs
    if (first === undefined) throw new Error('an epoch was begun')
    const facts = { vaultId: vault.vaultId, createdMs: 1_764_000_000_000, metadataKeyId: first.id }
    vault.files.set(VAULT_FILE, writeVaultFile(facts, first.key))
    return vault
  }

  get newestVersion(): Version {
    return this.#last(this.versions)
  }

  get newestEpoch(): Epoch {
    return this.#last(this.epochs)
  }

  addRecovery(): void {
    const id = newId<RecoveryKeyId>()
    using key = RecoveryKey.fromCode(this.code, this.vaultId)
    this.recovery = { id, point: key.point }
    const name = writeKeyFileName({ kind: 'recovery', recoveryKeyId: id })
    this.files.set(name, writeRecoveryFile({ ...this.recovery, createdMs: 1_764_000_000_001 }))
  }

  addVersion(): Version {
    const keyVersionId = newId<KeyVersionId>()
    const masterKey = Secret.random('master key')
    const commitment = commit(masterKey, idBytes(this.vaultId))
    const file = { keyVersionId, keyId: this.keyId, createdMs: 1, provider: 'local', commitment } as const
    this.files.set(writeKeyFileName({ kind: 'version', keyVersionId }), writeVersionFile(file))
    const version = { keyVersionId, masterKey, commitment }
    this.versions.push(version)
    return version
  }

  async copyWays(version: Version, passphrases: readonly string[]): Promise<void> {
    for (const passphrase of passphrases) {
      using secret = passphraseOf(passphrase)
      this.addCopy(await copyForPassphrase(version.masterKey, this.copyPlace(version), secret, cheapKdf()))
    }
    if (this.recovery) {
      this.addCopy(copyForRecovery(version.masterKey, this.copyPlace(version), this.recovery))
    }
  }

  copyPlace(version: Version) {
    return { vaultId: this.vaultId, keyVersionId: version.keyVersionId, copyId: newId<CopyId>() }
  }

  addCopy(copy: KeyCopy): string {
    this.files.set(copyName(copy), writeKeyCopy(copy))
    return copyName(copy)
  }

  /** A new key version: the old master key copied under it, each way in copied, the metadata key wrapped anew. */
  async rotate(passphrases: readonly string[] = []): Promise<void> {
    const old = this.newestVersion
    const next = this.addVersion()
    this.addCopy(copyUnderNext(old.masterKey, this.copyPlace(old), next))
    await this.copyWays(next, passphrases)
    this.rewrap()
  }

  /** A new metadata key, after the one given. */
  beginEpoch(after: Epoch | undefined = this.epochs.at(-1)): string {
    const epoch = {
      epoch: (after?.epoch ?? 0) + 1,
      id: newId<MetadataKeyId>(),
      key: Secret.random('metadata key'),
    }
    this.epochs.push(epoch)
    return this.rewrap(epoch, this.recipients(), after)
  }

  /** Another file of a metadata key. */
  rewrap(
    epoch: Epoch = this.newestEpoch,
    recipients: readonly Recipient[] = this.recipients(),
    previous: Epoch | undefined = this.epochs.find(({ epoch: at }) => at === epoch.epoch - 1),
  ): string {
    const place = { vaultId: this.vaultId, subject: epoch.id }
    const record = wrapKey(epoch.key, place, recipients)
    this.#n++
    const name = writeKeyFileName({ kind: 'metadata', n: this.#n, deviceId: this.deviceId })
    const facts = { epoch: epoch.epoch, metadataKeyId: epoch.id, record }
    this.files.set(name, writeMetadataFile(this.vaultId, facts, epoch.key, previous))
    return name
  }

  recipients(version: Version = this.newestVersion): readonly Recipient[] {
    const { keyVersionId, masterKey } = version
    return [{ kind: 'local', keyId: this.keyId, keyVersionId, masterKey }]
  }

  /** The names of this kind of file. */
  names(folder: string): readonly string[] {
    return [...this.files.keys()].filter((name) => name.startsWith(folder))
  }

  /** The file `name`, with `change` made to its JSON; its mac and the like stay as they were. */
  edit(name: string, change: (object: { edk?: unknown; record?: unknown }) => void): void {
    const object: object = JSON.parse(Buffer.from(this.file(name)).toString())
    change(object)
    const sorted = Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
    this.files.set(name, utf8Bytes(JSON.stringify(sorted)))
  }

  file(name: string): Uint8Array {
    const bytes = this.files.get(name)
    if (bytes === undefined) throw new Error(`there is no ${name}`)
    return bytes
  }

  /** The files as a vault would hand them over. */
  read(pinned: 'all' | 'none' | ((name: string) => boolean) = 'all'): KeySet {
    const isPinned = typeof pinned === 'function' ? pinned : () => pinned === 'all'
    return readKeySet([...this.files].map(([name, bytes]) => ({ name, bytes, pinned: isPinned(name) })))
  }

  #last<T>(list: readonly T[]): T {
    const last = list.at(-1)
    if (last === undefined) throw new Error('the vault was created')
    return last
  }
}
