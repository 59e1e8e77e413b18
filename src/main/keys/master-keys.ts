import type { Secret } from '../base/index.ts'
import type { KeyVersionId } from '../contract/ids.ts'
import { openLocalCopy } from './copy-master-key.ts'
import { copyName, type KeyCopy } from './key-copies.ts'
import type { KeySet } from './key-set.ts'
import type { LocalVersion, Way, WayKind } from './way.ts'

/** A master key that was opened, and by which way: what came from a copy goes into the keychain. */
export type HeldMasterKey = { readonly version: LocalVersion; readonly key: Secret; readonly by: WayKind }

type LocalCopy = KeyCopy & { readonly kind: 'local' }

/**
 * The master keys of a vault that are open, each committed to by its version's file. Older ones come from
 * newer ones: at each rotation the old master key is copied under the next (docs/format.md §3).
 *
 * The Secrets it gives are lent: they end with it.
 */
export class MasterKeys implements Disposable {
  readonly #set: KeySet
  readonly #held = new Map<KeyVersionId, HeldMasterKey>()
  readonly #missing = new Set<KeyVersionId>()
  #asked = false

  constructor(set: KeySet) {
    this.#set = set
  }

  /** All that are open. */
  held(): readonly HeldMasterKey[] {
    return [...this.#held.values()]
  }

  /** Whether any way was asked for a key: if not, it is not for want of a key that nothing opened. */
  get asked(): boolean {
    return this.#asked
  }

  /** Key versions that were needed and have no sound file. */
  get missing(): readonly KeyVersionId[] {
    return [...this.#missing]
  }

  /** The facts of a key version, if they are there and it is a local one. */
  version(id: KeyVersionId): LocalVersion | undefined {
    const version = this.#set.versions.get(id)
    return version?.provider === 'local' ? version : undefined
  }

  /** The master key of a version, if it or a newer one is open. */
  get(id: KeyVersionId): Secret | undefined {
    return this.#fromHeld(id, new Set())?.key
  }

  /**
   * The master key of a version, opened by a way if it is not open yet: its own entry or copy, else that of a
   * newer version.
   *
   * @throws what is wrong with a pinned copy
   */
  async open(id: KeyVersionId, way: Way): Promise<Secret | undefined> {
    return this.#openBy(id, way, new Set())
  }

  [Symbol.dispose](): void {
    for (const { key } of this.#held.values()) key[Symbol.dispose]()
    this.#held.clear()
  }

  async #openBy(id: KeyVersionId, way: Way, seen: Set<KeyVersionId>): Promise<Secret | undefined> {
    const held = this.get(id)
    const version = this.version(id)
    if (version === undefined) this.#missing.add(id)
    // Copies that a stranger made may go round in a circle.
    if (held !== undefined || version === undefined || seen.has(id)) return held
    seen.add(id)
    this.#asked = true
    const key = await way.masterKey(version)
    if (key !== undefined) return this.#hold({ version, key, by: way.kind }).key
    for (const copy of this.#copiesOf(id)) await this.#openBy(copy.under, way, seen)
    return this.get(id)
  }

  #fromHeld(id: KeyVersionId, seen: Set<KeyVersionId>): HeldMasterKey | undefined {
    const held = this.#held.get(id)
    const version = this.version(id)
    if (held !== undefined || version === undefined || seen.has(id)) return held
    seen.add(id)
    const { vaultId } = this.#set.vaultFile
    for (const copy of this.#copiesOf(id)) {
      const next = this.#fromHeld(copy.under, seen)
      if (next === undefined) continue
      const key = this.#set.findings.trying(copyName(copy), () =>
        openLocalCopy(copy, { vaultId, commitment: version.commitment }, next.key),
      )
      if (key !== undefined) return this.#hold({ version, key, by: next.by })
    }
    return undefined
  }

  #hold(opened: HeldMasterKey): HeldMasterKey {
    // Two jobs may ask for one key at once; the second answer ends here.
    const first = this.#held.get(opened.version.keyVersionId)
    if (first !== undefined) {
      opened.key[Symbol.dispose]()
      return first
    }
    this.#held.set(opened.version.keyVersionId, opened)
    return opened
  }

  #copiesOf(id: KeyVersionId): readonly LocalCopy[] {
    return this.#set.copies.filter((copy) => copy.kind === 'local').filter((copy) => copy.keyVersionId === id)
  }
}
