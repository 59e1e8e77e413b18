import { asVaultError, bug, fail, type Secret, VaultError } from '../base/index.ts'
import type { KeyVersionId, MetadataKeyId, RecoveryKeyId, VaultId } from '../contract/ids.ts'
import { parseKeyFileName } from './key-file-names.ts'
import { type EdkOwner, edkOwner } from './key-record.ts'
import type { KeySet, Note } from './key-set.ts'
import type { Keychain } from './keychain.ts'
import type { MasterKeys } from './master-keys.ts'
import { metadataFileHolds, parseMetadataFile, type UnverifiedMetadataFile } from './metadata-file.ts'
import type { MetadataKey, MetadataKeys } from './metadata-keys.ts'
import { type RecordAt, unwrapRecord } from './unwrap-record.ts'
import type { Way, WayKind } from './way.ts'

/**
 * The keys of an open vault (docs/format.md §5): its metadata keys, all proven, and the way to its master
 * keys. Every Secret it gives as a master or metadata key is lent and ends with it.
 */
export class VaultKeys implements Disposable {
  readonly openedBy: WayKind
  /** The metadata file that was opened. */
  readonly openedFile: string
  readonly metadata: MetadataKeys
  readonly #set: KeySet
  readonly #masterKeys: MasterKeys
  readonly #ways: readonly [Way, ...Way[]]

  /** Takes over all that must end. */
  constructor(
    set: KeySet,
    opened: {
      readonly file: UnverifiedMetadataFile
      readonly metadata: MetadataKeys
      readonly masterKeys: MasterKeys
      /** The one that opened it, then those that are tried for what it does not open. */
      readonly ways: readonly Way[]
    },
  ) {
    const [way, ...others] = opened.ways
    this.#ways = [way ?? bug('keys that nothing opened'), ...others]
    this.openedBy = this.#ways[0].kind
    this.openedFile = opened.file.name
    this.metadata = opened.metadata
    this.#set = set
    this.#masterKeys = opened.masterKeys
  }

  get vaultId(): VaultId {
    return this.#set.vaultFile.vaultId
  }

  /** The metadata keys of the greatest epoch. More than one: read with all, write with none, ask. */
  get newest(): readonly MetadataKey[] {
    const all = this.metadata.all()
    return all.filter(({ epoch }) => epoch === all[0]?.epoch)
  }

  /**
   * Metadata files that this way does not open: of a greater epoch, it means that whoever began it did not
   * wrap it for us.
   */
  get unopened(): readonly string[] {
    const noted = new Set(this.notes.map(({ name }) => name))
    return this.#set.metadata
      .filter(({ metadataKeyId, name }) => this.metadata.get(metadataKeyId) === undefined && !noted.has(name))
      .map(({ name }) => name)
  }

  /**
   * The file of the epoch after the newest that is open here: its mac proves that a holder of the newest key
   * wrote it, and that it was not wrapped for us. Whoever can't write under it must not write.
   */
  get successor(): string | undefined {
    const [newest] = this.newest
    if (newest === undefined) return undefined
    const { vaultId } = this.#set.vaultFile
    return this.#set.metadata.find((file) => {
      const follows = file.epoch === newest.epoch + 1 && file.previous?.id === newest.id
      return follows && metadataFileHolds(vaultId, file, newest.key)
    })?.name
  }

  /** The names of the metadata files that were there when the vault was opened. */
  get metadataNames(): readonly string[] {
    return [...this.#set.metadata.map(({ name }) => name), ...this.notes.map(({ name }) => name)]
  }

  /** Whom each metadata key was ever wrapped for, by its files. */
  get metadataRecipients(): readonly {
    readonly name: string
    readonly id: MetadataKeyId
    readonly epoch: number
    readonly owners: readonly EdkOwner[]
  }[] {
    return this.#set.metadata.map(({ name, metadataKeyId: id, epoch, record }) => {
      return { name, id, epoch, owners: record.edks.flatMap((edk) => edkOwner(edk) ?? []) }
    })
  }

  /**
   * Whether a file that is under keys/metadata now gives the vault another metadata key than those that are open here:
   * a new epoch's, or a rival of the newest. Its mac proves that a holder of the key before it wrote it.
   */
  isOvertakenBy(name: string, bytes: Uint8Array): boolean {
    const parsed = parseKeyFileName(name)
    if (parsed?.kind !== 'metadata') return false
    try {
      const file = parseMetadataFile(parsed.n, parsed.deviceId, bytes)
      const before = file.previous && this.metadata.get(file.previous.id)
      const isNew = this.metadata.get(file.metadataKeyId) === undefined
      const isLater = file.epoch >= (this.newest[0]?.epoch ?? 0)
      return isNew && isLater && before !== undefined && metadataFileHolds(this.vaultId, file, before)
    } catch (error) {
      // A stranger's, or one that is still arriving.
      if (error instanceof VaultError && error.code !== 'BUG') return false
      throw error
    }
  }

  /** The facts of the key versions, by id; committed to only once their key is open. */
  get versions(): KeySet['versions'] {
    return this.#set.versions
  }

  /** The copies of master keys that the vault's files hold. */
  get copies(): KeySet['copies'] {
    return this.#set.copies
  }

  /** The n of every metadata file that is there: the next one's is greater. */
  get metadataNumbers(): readonly number[] {
    return this.#set.metadata.map(({ n }) => n)
  }

  /** The copies of master keys, and the recovery codes, that the vault's files offer as ways in. */
  get ways(): { readonly passphrase: boolean; readonly recoveries: KeySet['recoveries'] } {
    const { copies, recoveries } = this.#set
    return { passphrase: copies.some(({ kind }) => kind === 'passphrase'), recoveries }
  }

  /** Whether the newest metadata file is wrapped for exactly these: so nothing is left to do for it. */
  metadataIsFor(recipients: {
    readonly local: readonly { readonly keyVersionId: KeyVersionId }[]
    readonly kms: readonly { readonly arn: string }[]
    readonly recoveries: readonly { readonly id: RecoveryKeyId }[]
  }): boolean {
    const file = this.#set.metadata.find(({ metadataKeyId }) => metadataKeyId === this.newest[0]?.id)
    const names = (file?.record.edks ?? []).map((edk) => {
      const owner = edkOwner(edk)
      if (owner?.kind === 'local') return owner.keyVersionId
      return owner?.kind === 'kms' ? owner.arn : owner?.kind === 'recovery' ? owner.recoveryKeyId : ''
    })
    const { local, kms, recoveries } = recipients
    const wanted = [
      ...local.map(({ keyVersionId }) => `${keyVersionId}`),
      ...kms.map(({ arn }) => arn),
      ...recoveries.map(({ id }) => `${id}`),
    ]
    return names.toSorted().join() === wanted.toSorted().join()
  }

  /** What was wrong with files that nobody vouched for. */
  get notes(): readonly Note[] {
    return this.#set.findings.notes
  }

  /**
   * The master key of a version; read from the keychain or a copy only now, if it was not needed before.
   *
   * @throws VAULT_LOCKED the way that opened the vault does not open this version · what its way failed with
   */
  async masterKey(id: KeyVersionId): Promise<Secret> {
    for (const way of this.#ways) {
      const key = await this.#masterKeys.open(id, way)
      if (key !== undefined) return key
    }
    const why = this.#ways[0].failure()
    return fail('VAULT_LOCKED', `The key version ${id} does not open this way.`, { id }, why)
  }

  /** The master keys that are open already. */
  heldMasterKeys(): readonly { readonly id: KeyVersionId; readonly key: Secret }[] {
    return this.#masterKeys.held().map(({ version, key }) => ({ id: version.keyVersionId, key }))
  }

  /**
   * Opens the key record of a version of a file.
   *
   * @returns the file key, the caller's
   * @throws VAULT_LOCKED nothing that is open here is for it · KMS_ACCESS_DENIED … what KMS refused ·
   *   KEY_RECORD_DAMAGED · KEY_COMMITMENT
   */
  async unwrap(at: RecordAt): Promise<Secret> {
    const refused: VaultError[] = []
    for (const way of this.#ways) {
      const key = await unwrapRecord(at, this.#masterKeys, way, refused)
      if (key !== undefined) return key
    }
    const [why] = refused
    if (why !== undefined) throw new VaultError(why.code, why.message, { ...why.facts, name: at.name }, why)
    const message = `No key that is open here opens ${at.name}.`
    return fail('VAULT_LOCKED', message, { name: at.name }, this.#ways[0].failure())
  }

  /**
   * Puts the master keys that were opened by a copy into the keychain, so that the next opening is silent.
   *
   * @returns what went wrong: the vault is open all the same
   */
  async putBack(keychain: Keychain): Promise<readonly VaultError[]> {
    const failed: VaultError[] = []
    for (const { version, key, by } of this.#masterKeys.held()) {
      if (by === 'keychain') continue
      const { keyVersionId, commitment } = version
      try {
        await keychain.write({ vaultId: this.vaultId, keyVersionId, commitment }, key)
      } catch (error) {
        failed.push(asVaultError(error))
        // One prompt that was dismissed is enough.
        if (failed.at(-1)?.code !== 'KEYCHAIN_ENTRY_WRONG') break
      }
    }
    return failed
  }

  [Symbol.dispose](): void {
    this.#masterKeys[Symbol.dispose]()
    this.metadata[Symbol.dispose]()
    for (const way of this.#ways) way[Symbol.dispose]()
  }
}
