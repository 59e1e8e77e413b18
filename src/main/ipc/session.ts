import type { AppState, Settings } from '../contract/ipc/app-nouns.ts'
import type { AppEvent } from '../contract/ipc/events.ts'
import type { JobView } from '../contract/ipc/job-nouns.ts'
import type { VaultFacts, VaultState } from '../contract/ipc/vault-nouns.ts'
import type { OpenVault, Runtime } from '../vault/index.ts'
import { Checkouts } from './checkouts.ts'
import type { Desktop, Peer } from './desktop.ts'
import type { DeviceFile } from './device-file.ts'
import { factsOf } from './facts.ts'
import { Findings } from './findings.ts'
import { Handles } from './handles.ts'
import { JobBoard } from './job-board.ts'
import { Lists } from './lists.ts'
import { knownVaults } from './places.ts'
import { Previews } from './previews.ts'
import { RecoveryShow } from './recovery-show.ts'
import { Undo } from './undo.ts'
import { VaultHolder } from './vault-holder.ts'

/** What the program is run as, from its command line. */
export type SessionFacts = {
  readonly runtime: Runtime
  /** Where this device keeps what it knows of vaults. */
  readonly stateFolder: string
  readonly version: string
  readonly stage: AppState['stage']
  readonly runsIn: AppState['runsIn']
  /** Vaults are made and opened only below this folder: of a preview its own, which is removed at its end. */
  readonly onlyBelow?: string
}

/** A job that takes longer is worth a notice when nobody looks. */
const NOTIFY_AFTER_S = 10

/** All that the windows of one run work on. Its handlers are in `*-calls.ts`; this puts the parts together. */
export class Session {
  readonly facts: SessionFacts
  readonly desktop: Desktop
  readonly device: DeviceFile
  readonly handles = new Handles()
  readonly lists = new Lists()
  readonly previews = new Previews()
  readonly undo = new Undo()
  readonly findings = new Findings()
  readonly holder: VaultHolder
  readonly jobs: JobBoard
  readonly recovery: RecoveryShow
  readonly checkouts: Checkouts
  readonly #peers = new Map<number, Peer>()
  readonly #settingsListeners: ((settings: Settings) => void)[] = []

  constructor(facts: SessionFacts, desktop: Desktop, device: DeviceFile) {
    this.facts = facts
    this.desktop = desktop
    this.device = device
    this.holder = new VaultHolder(facts.stateFolder, {
      state: () => this.#vaultChanged(),
      changed: () => {
        this.tell({ kind: 'changed', generation: this.holder.generation })
        // Its counts stand in the facts.
        this.#vaultChanged()
      },
      locking: () => this.#dropNames(),
    })
    this.jobs = new JobBoard({
      job: (job) => this.#jobChanged(job),
      gone: (job) => this.#jobGone(job),
      ended: (job) => this.#jobEnded(job),
    })
    this.recovery = new RecoveryShow(desktop, {
      shown: (ask) => this.tell({ kind: 'recovery-shown', ask }),
      hidden: () => this.tell({ kind: 'recovery-hidden' }),
    })
    this.checkouts = new Checkouts(this.holder, facts.runtime, () =>
      this.tell({ kind: 'checkouts', checkouts: this.checkouts.list }),
    )
  }

  get settings(): Settings {
    return this.device.settings
  }

  /** The vault that was open last, to begin with its unlock screen. */
  async begin(): Promise<void> {
    const { lastVault } = this.device.contents
    const at = (await knownVaults(this.facts.stateFolder)).find(({ known }) => known.vaultId === lastVault)
    if (at?.known.present) await this.holder.choose(at)
  }

  join(peer: Peer): void {
    this.#peers.set(peer.id, peer)
  }

  /** A window was closed, or its page loaded anew: what it was given is void. */
  part(id: number): void {
    this.handles.forgetPeer(id)
  }

  leave(id: number): void {
    this.part(id)
    this.#peers.delete(id)
  }

  peer(id: number): Peer | undefined {
    return this.#peers.get(id)
  }

  /** Tells the main windows; `sealToo`: also those that have no vault. */
  tell(event: AppEvent, sealToo = false): void {
    for (const peer of this.#peers.values()) if (sealToo || peer.kind === 'main') peer.tell(event)
  }

  get vaultState(): VaultState {
    return this.holder.state((vault) => this.vaultFacts(vault))
  }

  vaultFacts(vault: OpenVault): VaultFacts {
    return factsOf(vault, new Set(this.device.contents.typedBack), this.checkouts.list.length)
  }

  /** Told of every change of the settings. */
  onSettings(listener: (settings: Settings) => void): void {
    this.#settingsListeners.push(listener)
  }

  async set(change: Partial<Settings>): Promise<Settings> {
    await this.device.put({ settings: { ...this.settings, ...change } })
    for (const listener of this.#settingsListeners) listener(this.settings)
    this.tell({ kind: 'settings', settings: this.settings }, true)
    return this.settings
  }

  async end(): Promise<void> {
    await this.jobs.stopAll()
    this.recovery.cancel()
    await this.holder.lock('quit')
  }

  #vaultChanged(): void {
    const { openVault } = this.holder
    if (openVault) this.checkouts.resume(openVault.vaultId)
    const vault = this.vaultState
    this.desktop.title(vault.kind === 'open' ? `${vault.facts.name} — Strongroom` : 'Strongroom')
    this.desktop.menu(vault.kind === 'open')
    this.tell({ kind: 'vault', vault })
  }

  /** At lock, before anything else: what has names in it, or contents. */
  #dropNames(): void {
    this.previews.close()
    this.lists.clear()
    this.undo.clear()
    this.findings.clear()
    this.jobs.dropVaultJobs()
    this.checkouts.rest()
    this.recovery.cancel()
    this.handles.forget('export', 'checkout')
  }

  #jobChanged(job: JobView): void {
    this.tell({ kind: 'job', job }, isSealing(job))
    this.#showProgress()
  }

  #jobGone(job: JobView['job']): void {
    this.tell({ kind: 'job-gone', job }, true)
    this.#showProgress()
  }

  #jobEnded({ kind, seconds, failed, state }: JobView): void {
    if (WRITING.has(kind)) this.holder.note()
    if (!this.settings.notifications || seconds < NOTIFY_AFTER_S || state === 'stopped') return
    this.desktop.notify(failed > 0 || state === 'refused' ? 'A job ended with failures.' : 'A job is done.')
  }

  #showProgress(): void {
    const running = this.jobs.views.filter(({ state }) => state === 'running' || state === 'paused')
    if (running.length === 0) {
      this.desktop.progress(null, 'normal')
      return
    }
    const share = running.reduce((sum, job) => sum + shareOf(job), 0) / running.length
    const paused = running.every(({ state }) => state === 'paused')
    const failed = running.some((job) => job.failed > 0)
    this.desktop.progress(share, paused ? 'paused' : failed ? 'error' : 'normal')
  }
}

/** Jobs that record something in the vault. */
const WRITING: ReadonlySet<JobView['kind']> = new Set(['add', 'repair', 'rewrap', 'reencrypt'])

const isSealing = ({ kind }: JobView): boolean => kind === 'seal' || kind === 'unseal'

function shareOf({ found, done, skipped, failed }: JobView): number {
  if (found.bytes > 0) return Math.min(1, done.bytes / found.bytes)
  return found.files > 0 ? Math.min(1, (done.files + skipped + failed) / found.files) : 0
}
