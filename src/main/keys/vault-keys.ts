import { asVaultError, fail, type Secret, type VaultError } from '../base/index.ts'
import type { KeyVersionId, VaultId } from '../contract/ids.ts'
import type { KeySet, Note } from './key-set.ts'
import type { Keychain } from './keychain.ts'
import type { MasterKeys } from './master-keys.ts'
import { metadataFileHolds, type UnverifiedMetadataFile } from './metadata-file.ts'
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
  readonly #way: Way

  /** Takes over all that must end. */
  constructor(
    set: KeySet,
    opened: {
      readonly file: UnverifiedMetadataFile
      readonly metadata: MetadataKeys
      readonly masterKeys: MasterKeys
      readonly way: Way
    },
  ) {
    this.openedBy = opened.way.kind
    this.openedFile = opened.file.name
    this.metadata = opened.metadata
    this.#set = set
    this.#masterKeys = opened.masterKeys
    this.#way = opened.way
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
    return (
      (await this.#masterKeys.open(id, this.#way)) ??
      fail('VAULT_LOCKED', `The key version ${id} does not open this way.`, { id }, this.#way.failure())
    )
  }

  /**
   * Opens the key record of a version of a file.
   *
   * @returns the file key, the caller's
   * @throws VAULT_LOCKED nothing that is open here is for it · KEY_RECORD_DAMAGED · KEY_COMMITMENT
   */
  async unwrap(at: RecordAt): Promise<Secret> {
    return (
      (await unwrapRecord(at, this.#masterKeys, this.#way)) ??
      fail(
        'VAULT_LOCKED',
        `No key that is open here opens ${at.name}.`,
        { name: at.name },
        this.#way.failure(),
      )
    )
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
    this.#way[Symbol.dispose]()
  }
}
