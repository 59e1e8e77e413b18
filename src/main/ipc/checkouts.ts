import { basename, join } from 'node:path'
import { asVaultError, bug, fail } from '../base/index.ts'
import type { ItemId, VaultId } from '../contract/ids.ts'
import { type CheckoutId, checkoutId } from '../contract/ipc/inputs.ts'
import type { Checkout } from '../contract/ipc/job-calls.ts'
import type { CheckoutState } from '../contract/ipc/job-nouns.ts'
import { displayText, removeFile, Source } from '../files/index.ts'
import { addFiles, getItems, type OpenVault, type Runtime } from '../vault/index.ts'
import { newToken } from './handles.ts'
import { placeText } from './places.ts'
import { entryOf, pathName } from './rows.ts'
import type { VaultHolder } from './vault-holder.ts'

const LOOK_EVERY_MS = 1500

type Copy = {
  readonly id: CheckoutId
  readonly vault: VaultId
  readonly item: ItemId
  readonly path: string
  readonly openedMs: number
  state: CheckoutState
  /** Of the copy as the vault has it. */
  known: string
  /** Of the copy as it was when last looked at: a save is taken when two looks agree. */
  seen: string
}

/**
 * Copies that were opened for editing (UI, "Open a copy…"): brought out into a folder that the person chose,
 * looked at, each save taken in as a new version, listed until checked in or forgotten. They are the person's
 * files: a lock leaves them and only rests; what was saved meanwhile is taken in when the vault is open again.
 */
export class Checkouts {
  readonly #holder: VaultHolder
  readonly #runtime: Runtime
  readonly #changed: () => void
  readonly #copies = new Map<CheckoutId, Copy>()
  #timer: NodeJS.Timeout | undefined
  #looking = false
  #resting = false

  constructor(holder: VaultHolder, runtime: Runtime, changed: () => void) {
    this.#holder = holder
    this.#runtime = runtime
    this.#changed = changed
  }

  /** Copies that are out, of a locked vault too. */
  get count(): number {
    return this.#copies.size
  }

  /** None while the vault is locked: they have names. */
  get list(): readonly Checkout[] {
    if (this.#resting) return []
    return [...this.#copies.values()].map(({ id, item, path, state, openedMs }) => ({
      checkout: id,
      itemId: item,
      name: displayText(basename(path)),
      place: placeText(join(path, '..')),
      state,
      openedMs,
    }))
  }

  /** Brings a file out. @throws USAGE a folder · DESTINATION_EXISTS · MESSAGE_TAMPERED … */
  async open(vault: OpenVault, item: ItemId, to: string): Promise<Checkout> {
    const { kind } = entryOf(vault, item)
    if (kind === 'folder') fail('USAGE', 'A folder can’t be opened as a copy: export it.')
    let path = ''
    const report = await getItems(
      vault,
      this.#runtime,
      // The person chose the folder natively: that is the consent a rule may ask for.
      { names: [pathName(vault, item)], to, exists: 'refuse', confirmed: true },
      {
        onEvent: (event) => {
          if (event.kind === 'done') path = event.target
        },
      },
    )
    const [failed] = report.failed
    if (failed) fail(failed.code, failed.message, { path: failed.path })
    if (path === '') bug('a file was brought out without a word')
    const mark = markOf(path) ?? bug('a copy that is not there')
    const id = newToken(checkoutId)
    const { vaultId } = vault
    const openedMs = Date.now()
    this.#copies.set(id, { id, vault: vaultId, item, path, openedMs, state: 'same', known: mark, seen: mark })
    this.resume(vaultId)
    this.#changed()
    return this.list.find(({ checkout }) => checkout === id) ?? bug('a checkout that is not listed')
  }

  pathOf(id: CheckoutId): string {
    return this.#at(id).path
  }

  /** Takes a last save in, then removes the copy. @throws SOURCE_CHANGED … the copy stays */
  async checkIn(vault: OpenVault, id: CheckoutId): Promise<void> {
    const copy = this.#at(id)
    const mark = markOf(copy.path)
    if (mark !== undefined && mark !== copy.known) await this.#save(vault, copy, mark)
    if (mark !== undefined && markOf(copy.path) !== copy.known) {
      fail('SOURCE_CHANGED', `${copy.path} was saved once more meanwhile.`, { path: copy.path })
    }
    if (mark !== undefined) removeFile(copy.path)
    this.forget(id)
  }

  /** Stops watching; the copy stays. */
  forget(id: CheckoutId): void {
    this.#at(id)
    this.#copies.delete(id)
    this.#changed()
    if (this.#copies.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** At lock: nothing is shown or taken in until `resume`. The copies stay on disk, which the window said before. */
  rest(): void {
    this.#resting = true
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** The vault is open: its copies are looked after again; those of another vault are let go. */
  resume(vault: VaultId): void {
    this.#resting = false
    for (const [id, copy] of this.#copies) if (copy.vault !== vault) this.#copies.delete(id)
    if (this.#copies.size > 0) this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY_MS)
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      for (const copy of [...this.#copies.values()]) await this.#lookAt(copy)
    } finally {
      this.#looking = false
    }
  }

  async #lookAt(copy: Copy): Promise<void> {
    const mark = markOf(copy.path)
    const settled = mark === copy.seen
    copy.seen = mark ?? ''
    if (mark === undefined) return this.#state(copy, 'gone')
    if (mark === copy.known) {
      if (copy.state === 'gone') this.#state(copy, 'same')
      return
    }
    // A program may still be writing: a save is taken once it has been still for one look.
    if (!settled) return
    this.#state(copy, 'saving')
    try {
      await this.#holder.use((vault) => this.#save(vault, copy, mark))
      this.#holder.note()
    } catch (error) {
      if (asVaultError(error).code !== 'VAULT_LOCKED') this.#state(copy, 'refused')
    }
  }

  async #save(vault: OpenVault, copy: Copy, mark: string): Promise<void> {
    const { parent, name } = entryOf(vault, copy.item)
    // A new version goes to the item by its name; renamed since, it would become another item.
    if (name !== basename(copy.path)) {
      fail('ITEM_NOT_FOUND', `The item of ${copy.path} has another name now: ${name}.`, { path: copy.path })
    }
    const report = await addFiles(vault, this.#runtime, {
      paths: [copy.path],
      into: pathName(vault, parent),
      ifExists: 'version',
    })
    const [failed] = report.failed
    if (failed) fail(failed.code, failed.message, { path: failed.path })
    copy.known = mark
    this.#state(copy, 'saved')
  }

  #state(copy: Copy, state: CheckoutState): void {
    if (copy.state === state) return
    copy.state = state
    this.#changed()
  }

  #at(id: CheckoutId): Copy {
    return this.#copies.get(id) ?? fail('HANDLE_UNKNOWN', 'That copy is not on the list any more.')
  }
}

/** Size and time of a file; undefined: no regular file is there. */
function markOf(path: string): string | undefined {
  try {
    const source = Source.open(path)
    if (typeof source === 'string') return undefined
    using _ = source
    const { sizeBytes, mtimeMs } = source.facts
    return `${sizeBytes} ${mtimeMs}`
  } catch {
    return undefined
  }
}
