import { join } from 'node:path'
import { asVaultError, fail, VaultError } from '../base/index.ts'
import type { LockReason, VaultState } from '../contract/ipc/vault-nouns.ts'
import { identityOf } from '../files/index.ts'
import { type OpenRequest, type OpenVault, openVault } from '../vault/index.ts'
import { whyReadOnly } from './facts.ts'
import { folderNames, type VaultAt } from './places.ts'

/** How often the vault's folder is looked at for what others wrote. */
const LOOK_EVERY_MS = 1000
/** At lock, calls at work are waited for so long; then the vault is closed under them. */
const DRAIN_MS = 10_000

/** What the holder tells: its state changed; something in the open vault did. */
export type HolderEvents = {
  readonly state: () => void
  readonly changed: () => void
  /** The vault is about to be closed: drop what was made of it. */
  readonly locking: () => void
}

type Held =
  | { readonly kind: 'none' }
  | { readonly kind: 'locked'; readonly at: VaultAt; readonly why: LockReason }
  | { readonly kind: 'open'; readonly at: VaultAt; readonly vault: OpenVault; readonly stop: AbortController }

/**
 * The window's one vault: none, locked or open. Whoever works with it does so through `use`, so that a lock
 * first hides it, then waits for who is at work, then closes it and all its keys.
 */
export class VaultHolder {
  readonly #stateFolder: string
  readonly #events: HolderEvents
  #held: Held = { kind: 'none' }
  #users = 0
  #idle: (() => void) | undefined
  #closing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #looking = false
  #generation = 1
  #mark = ''
  #trouble = ''

  constructor(stateFolder: string, events: HolderEvents) {
    this.#stateFolder = stateFolder
    this.#events = events
  }

  /** Rises with every change of what the vault holds. */
  get generation(): number {
    return this.#generation
  }

  get at(): VaultAt | undefined {
    return this.#held.kind === 'none' ? undefined : this.#held.at
  }

  get openVault(): OpenVault | undefined {
    return this.#held.kind === 'open' ? this.#held.vault : undefined
  }

  /** Where it stands; the facts of an open one come from `facts`. */
  state(facts: (vault: OpenVault) => Extract<VaultState, { kind: 'open' }>['facts']): VaultState {
    const held = this.#held
    if (held.kind === 'none') return { kind: 'none' }
    if (held.kind === 'locked') return { kind: 'locked', vault: held.at.known, why: held.why }
    return { kind: 'open', facts: facts(held.vault) }
  }

  /**
   * Lends the open vault for one piece of work. `signal` is aborted at lock.
   *
   * @throws VAULT_LOCKED none is open, or it was locked meanwhile
   */
  async use<T>(work: (vault: OpenVault, signal: AbortSignal) => T | Promise<T>): Promise<T> {
    const held = this.#held
    if (held.kind !== 'open') return fail('VAULT_LOCKED', 'The vault is locked.')
    this.#users++
    try {
      return await work(held.vault, held.stop.signal)
    } catch (error) {
      const { code } = asVaultError(error)
      // Closed under it: what it then met is no fault.
      if (code === 'BUG' && held.stop.signal.aborted)
        throw new VaultError('VAULT_LOCKED', 'The vault was locked.')
      throw error
    } finally {
      this.#users--
      if (this.#users === 0) this.#idle?.()
    }
  }

  /** Makes a vault the window's own, locked. */
  async choose(at: VaultAt): Promise<void> {
    await this.lock('asked')
    this.#held = { kind: 'locked', at, why: 'started' }
    this.#events.state()
  }

  async leave(): Promise<void> {
    await this.lock('asked')
    this.#held = { kind: 'none' }
    this.#events.state()
  }

  /** Opens a vault at a path. @param openedAt what the window calls it */
  async open(request: Omit<OpenRequest, 'stateFolder'>): Promise<OpenVault> {
    await this.lock('asked')
    await this.#closing
    const vault = await openVault({ ...request, stateFolder: this.#stateFolder })
    const known = { vaultId: vault.vaultId, ...folderNames(vault.path), openedMs: Date.now(), present: true }
    this.#held = { kind: 'open', at: { path: vault.path, known }, vault, stop: new AbortController() }
    this.#mark = markOf(vault)
    this.#trouble = troubleOf(vault)
    this.#generation++
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS)
    this.#events.state()
    return vault
  }

  /**
   * Opens the same vault anew and goes on with that, without a lock between: what opens it has changed, and keys
   * are read at opening alone. Until then the one before serves. Not to be called within `use`.
   *
   * @param ask what opens it if the keychain doesn't
   * @throws what the ways in refuse: the vault stays open as it was · VAULT_LOCKED it was locked meanwhile
   */
  async reopen(ask: NonNullable<OpenRequest['ask']>): Promise<void> {
    const before = this.#held
    if (before.kind !== 'open') return fail('VAULT_LOCKED', 'The vault is locked.')
    const vault = await openVault({ path: before.vault.path, stateFolder: this.#stateFolder, ask })
    if (this.#held !== before) {
      await vault[Symbol.asyncDispose]()
      return fail('VAULT_LOCKED', 'The vault was locked.')
    }
    this.#held = { ...before, vault }
    this.#mark = markOf(vault)
    this.#generation++
    this.#events.changed()
    await this.#close(before.vault)
  }

  /** Locks; what is at work is told to stop. Resolves when all is closed. */
  async lock(why: LockReason): Promise<void> {
    const held = this.#held
    if (held.kind !== 'open') return await this.#closing
    clearInterval(this.#timer)
    this.#held = { kind: 'locked', at: held.at, why }
    held.stop.abort()
    this.#events.locking()
    this.#events.state()
    this.#closing = this.#close(held.vault)
    await this.#closing
  }

  /** Looks whether anything changed: here, by another program, by another device through a sync. */
  async look(): Promise<void> {
    const vault = this.openVault
    if (vault === undefined || this.#looking) return
    this.#looking = true
    try {
      // An unplugged drive is no rollback: nothing of the vault is shown as missing, the vault is.
      if (identityOf(join(vault.path, 'vault.json')) === undefined) return await this.lock('trouble')
      await this.use(() => vault.journal.refresh())
      this.note()
      // Compared with what was told: a disk that can be written to again changes by itself.
      const trouble = troubleOf(vault)
      if (trouble !== this.#trouble) {
        this.#trouble = trouble
        this.#events.state()
      }
    } catch (error) {
      // Opened elsewhere under a newer key. All else (busy, a share that hiccups) the next look tells.
      if (asVaultError(error).code === 'INDEX_REPLACED') await this.lock('trouble')
    } finally {
      this.#looking = false
    }
  }

  /** Tells of a change if there was one since the last time. */
  note(): void {
    const vault = this.openVault
    if (vault === undefined) return
    const mark = markOf(vault)
    if (mark === this.#mark) return
    this.#mark = mark
    this.#generation++
    this.#events.changed()
  }

  async #close(vault: OpenVault): Promise<void> {
    if (this.#users > 0) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#idle = resolve
        }),
        new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref()),
      ])
      this.#idle = undefined
    }
    vault.index.search.forget()
    await vault[Symbol.asyncDispose]()
  }
}

/** How far the journal was read: another text as soon as anything was recorded. */
const markOf = (vault: OpenVault): string =>
  vault.journal.heads.map(({ segment, bytes }) => `${segment}:${bytes}`).join()

const troubleOf = (vault: OpenVault): string =>
  [vault.trouble, whyReadOnly(vault)?.code, ...vault.findings.map(({ kind }) => kind)].join()
