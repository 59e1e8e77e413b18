import { equalBytes, fail, type Secret } from '../base/index.ts'
import type { MetadataKeyId } from '../contract/ids.ts'
import { VAULT_FILE } from './key-file-names.ts'
import { failCommitment, isCommitted } from './key-record.ts'
import type { KeySet } from './key-set.ts'
import { damaged } from './members.ts'
import { metadataFileHolds, openPrevious, type UnverifiedMetadataFile } from './metadata-file.ts'
import { vaultFileHolds } from './vault-file.ts'

export type MetadataKey = { readonly id: MetadataKeyId; readonly epoch: number; readonly key: Secret }

/**
 * The metadata keys of a vault that are open: the newest, and through `previous` every one before it, down to
 * the first, which vault.json is signed with (docs/format.md §3). The Secrets it gives are lent: they end
 * with it.
 */
export class MetadataKeys implements Disposable {
  readonly #keys = new Map<MetadataKeyId, MetadataKey>()

  /** A key of any epoch. */
  get(id: MetadataKeyId): Secret | undefined {
    return this.#keys.get(id)?.key
  }

  /** All, the newest epoch first. */
  all(): readonly MetadataKey[] {
    return [...this.#keys.values()].sort((a, b) => b.epoch - a.epoch || (a.id < b.id ? -1 : 1))
  }

  /**
   * Takes over the key of a file and all keys before it, once the whole chain is proven: commitment and mac
   * of each epoch's file, then vault.json's mac. Of a chain that fails, nothing is kept.
   *
   * @param key of the file; it ends here if the chain is refused
   * @throws KEYS_FILE_DAMAGED · KEY_COMMITMENT the file, each one of an epoch before it, or vault.json
   * @throws KEYS_FILE_MISSING an epoch before it has no file
   */
  addChain(set: KeySet, file: UnverifiedMetadataFile, key: Secret): void {
    using chain = new DisposableStack()
    let link: MetadataKey = { id: file.metadataKeyId, epoch: file.epoch, key: chain.use(key) }
    const links = [link]
    for (let before = keyBefore(set, file, key); before !== undefined; before = keyBeforeLink(set, link)) {
      chain.use(before.key)
      links.push(before)
      link = before
    }
    demandVaultFile(set, link)
    this.#demandSame(links)
    chain.move()
    for (const proven of links) {
      if (this.#keys.has(proven.id)) proven.key[Symbol.dispose]()
      else this.#keys.set(proven.id, proven)
    }
  }

  [Symbol.dispose](): void {
    for (const { key } of this.#keys.values()) key[Symbol.dispose]()
    this.#keys.clear()
  }

  /** Two chains meet in the same keys: one id never stands for two. */
  #demandSame(links: readonly MetadataKey[]): void {
    for (const { id, key } of links) {
      const known = this.get(id)
      if (known?.use((ours) => key.use((theirs) => !equalBytes(ours, theirs)))) {
        fail('KEY_COMMITMENT', `Two files under keys/metadata hold different keys named ${id}.`, { id })
      }
    }
  }
}

/** Checks a file under its key. @returns the key before it, as it names it; undefined in epoch 1 */
function keyBefore(set: KeySet, file: UnverifiedMetadataFile, key: Secret): MetadataKey | undefined {
  const { vaultId } = set.vaultFile
  if (!isCommitted(key, vaultId, file.record.commitment)) failCommitment(file.name)
  const { previous } = file
  if (previous === undefined) {
    if (!metadataFileHolds(vaultId, file, key)) damaged(file.name, 'was changed: its mac does not hold')
    return undefined
  }
  const before = openPrevious(vaultId, file.metadataKeyId, key, previous)
  if (before === undefined) damaged(file.name, 'was changed: the key before it does not open')
  if (metadataFileHolds(vaultId, file, before)) return { id: previous.id, epoch: file.epoch - 1, key: before }
  before[Symbol.dispose]()
  return damaged(file.name, 'was not written by a holder of the key before it: its mac does not hold')
}

/** The same for a key whose file is one of several: the first that holds. */
function keyBeforeLink(set: KeySet, link: MetadataKey): MetadataKey | undefined {
  if (link.epoch === 1) return undefined
  for (const file of set.metadata) {
    if (file.metadataKeyId !== link.id || file.epoch !== link.epoch) continue
    const before = set.findings.trying(file.name, () => keyBefore(set, file, link.key))
    if (before !== undefined) return before
  }
  const { id, epoch } = link
  return fail('KEYS_FILE_MISSING', `keys/metadata has no sound file of epoch ${epoch} (${id}).`, {
    id,
    epoch,
  })
}

function demandVaultFile({ vaultFile }: KeySet, first: MetadataKey): void {
  if (first.id !== vaultFile.metadataKeyId) damaged(VAULT_FILE, 'names another first metadata key')
  if (!vaultFileHolds(vaultFile, first.key)) damaged(VAULT_FILE, 'was changed: its mac does not hold')
}
