import { bug, fail, hex, randomBytes, VaultError } from '../base/index.ts'
import type { DeviceId, MetadataKeyId, SegmentId, VaultId } from '../contract/ids.ts'
import type { LocalStore } from '../files/index.ts'
import type { Anchors, PlaceAnchors, VaultIndex, WriteLock } from '../index/index.ts'
import {
  type Finding,
  frontierOf,
  type Group,
  type Head,
  type Known,
  type Seen,
  SegmentWriter,
  segmentCopyName,
  segmentName,
} from '../journal/index.ts'
import type { MetadataKey, VaultKeys } from '../keys/index.ts'
import { journalAccess } from './journal-access.ts'
import { readKeyFile } from './key-files.ts'
import { APP, deviceName } from './this-device.ts'

/** What a session works with; all of it stays its owner's. */
export type SessionFacts = {
  readonly path: string
  readonly vaultId: VaultId
  readonly device: DeviceId
  readonly keys: VaultKeys
  readonly store: LocalStore
  readonly anchors: Anchors
  readonly index: VaultIndex
  readonly lock: WriteLock
  /** This process appends once: its segment is closed by the same write. */
  readonly single: boolean
}

/** What is to be recorded, and what the caller gets once it is. */
export type Planned<T> = { readonly groups: readonly Group[]; readonly value: T }

/**
 * The journal of an open vault as this process reads and writes it (ARCHITECTURE, "Order of writes" 2 and 3,
 * "Processes and clones").
 */
export class JournalSession {
  readonly #facts: SessionFacts
  #writer: SegmentWriter | undefined
  #known: Known | undefined
  #findings: readonly Finding[] = []
  #strange: readonly string[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(facts: SessionFacts) {
    this.#facts = facts
  }

  /** What the last reading noticed. */
  get findings(): readonly Finding[] {
    return this.#findings
  }

  /** What stands under journal/ and is no regular file: a segment may be behind it. */
  get strange(): readonly string[] {
    return this.#strange
  }

  get rolledBack(): boolean {
    return this.#findings.some(({ kind }) => kind === 'rolled-back')
  }

  /** The heads up to which the journal was read. */
  get heads(): readonly Head[] {
    return this.#known?.cursors.map(({ place }) => place.head) ?? []
  }

  /** Where the reading stands. */
  get known(): Known {
    return this.#known ?? bug('a journal that was not read')
  }

  /**
   * Reads what is new.
   *
   * @returns whether anything is different from before
   * @throws KEY_CHANGED the metadata key was changed since the vault was opened: it must be opened anew
   */
  async refresh(): Promise<boolean> {
    return await this.inTurn(async () => {
      await this.#keepSegment()
      const held = await this.#facts.lock.acquire(0)
      if (held === 'busy') return await this.#read(false)
      using _ = held
      return await this.#read(true)
    })
  }

  /**
   * Records what `plan` decides, durably: under the write lock, after what is new was read, so that it decides
   * by what is true now. If it throws, nothing is recorded.
   *
   * @throws VAULT_BUSY · what `plan` throws · why nothing may be written · what the disk refuses
   */
  async commit<T>(plan: () => Planned<T> | Promise<Planned<T>>, signal?: AbortSignal): Promise<T> {
    return await this.locked(
      async () => {
        const { groups, value } = await plan()
        if (groups.length > 0) await this.#append(groups)
        return value
      },
      { signal },
    )
  }

  /**
   * Runs `act` under the write lock, the journal read; for what must happen between two records.
   *
   * @param settles it ends a conflict of epochs, which else forbids all writing
   * @throws KEY_CHANGED the metadata key was changed since the vault was opened
   */
  async locked<T>(
    act: () => Promise<T>,
    {
      signal,
      settles = false,
    }: { readonly signal?: AbortSignal | undefined; readonly settles?: boolean } = {},
  ): Promise<T> {
    return await this.inTurn(async () => {
      using _ = await this.#acquire(signal)
      const replaced = await this.#keepSegment()
      await this.#read(true)
      this.demandWritable(settles)
      if (replaced !== undefined) this.#failReplaced(replaced)
      return await act()
    })
  }

  /**
   * Writes the first and only batch of a segment under a metadata key that is not this session's. Under the write lock
   * (`locked`); the caller notes the head.
   *
   * @param seen what the segment's `open` names
   */
  async appendUnder(metadataKey: Omit<MetadataKey, 'epoch'>, group: Group, seen: Seen): Promise<Head> {
    using writer = await this.#begin(metadataKey)
    await writer.append([group], seen, true)
    return writer.head ?? bug('an append without a head')
  }

  /** Whether this device may write here at all. @throws the reason why not */
  demandWritable(settles = false): void {
    const { keys, index, path } = this.#facts
    if (this.rolledBack) {
      fail('JOURNAL_ROLLED_BACK', `The vault at ${path} holds less than this computer has seen of it.`, {
        path,
      })
    }
    const [feature] = index.vault.unknownFeatures()
    if (feature !== undefined) {
      fail('VAULT_UNSUPPORTED', `The vault uses “${feature}”, which this version does not know.`, { feature })
    }
    if (keys.newest.length > 1 && !settles) {
      fail(
        'EPOCH_CONFLICT',
        'Two devices changed the vault’s metadata key at once: there are two of one epoch.',
      )
    }
    // Without its first record nothing says who is no recipient any more.
    const epoch = keys.newest[0]?.epoch ?? 1
    if (epoch > 1 && !this.known.coverage.epochs.some((told) => told.epoch === epoch)) {
      fail('EPOCH_AWAITED', `The vault is in epoch ${epoch}, and what begins it has not arrived yet.`, {
        epoch,
      })
    }
    if (keys.successor !== undefined) {
      fail(
        'EPOCH_NOT_OPEN',
        `The vault’s metadata key was changed (${keys.successor}); what is open here does not open the new one.`,
      )
    }
  }

  /** One after the other: within a process nobody waits for a lock that it holds itself. */
  async inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act)
    this.#turn = mine.catch(() => undefined)
    return await mine
  }

  /** Says that nothing follows, if that costs no waiting; what is on disk is whole without it. */
  async close(): Promise<void> {
    await this.inTurn(async () => {
      await this.#keepSegment()
      const writer = this.#writer
      if (writer === undefined || writer.ended || writer.head === undefined) return
      const held = await this.#facts.lock.acquire(0)
      if (held === 'busy') return
      using _ = held
      // Beyond what a new epoch covers, even this would be held as late.
      if ((await this.#overtaken()) !== undefined) return
      try {
        await writer.close(this.#seen)
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
      }
    })
    this.#writer?.[Symbol.dispose]()
  }

  async #acquire(signal?: AbortSignal): Promise<Disposable> {
    const held = await this.#facts.lock.acquire(undefined, signal)
    return held === 'busy'
      ? fail(
          'VAULT_BUSY',
          `Another process has been writing to the vault at ${this.#facts.path} for over 10 seconds.`,
        )
      : held
  }

  async #read(lockHeld: boolean): Promise<boolean> {
    const { anchors, index, path, device, keys, store, vaultId } = this.#facts
    const place = anchors.placeAt(path) ?? bug('a vault that was not entered')
    // After the anchors: what this device saw under a newer key is no rollback here, where it can't be read.
    const overtaken = await this.#overtaken()
    if (overtaken !== undefined) failOvertaken(overtaken)
    const strange: string[] = []
    const access = journalAccess(vaultId, store, keys, (name) => strange.push(name))
    const reading = await index.catchUp({
      access,
      anchored: place.heads,
      own: { device, segments: place.segments, lockHeld },
    })
    this.#known = reading.known
    this.#findings = this.#withoutOwn(reading.findings)
    this.#strange = [...new Set(strange)]
    if (!this.rolledBack) await this.#anchor(place)
    return reading.changed
  }

  /**
   * Another process of this device may have begun a segment since the anchors were read. It is in the anchors before it
   * is on the disk, so now it is there.
   */
  #withoutOwn(findings: readonly Finding[]): readonly Finding[] {
    if (!findings.some(({ kind }) => kind === 'cloned')) return findings
    const own = this.#facts.anchors.placeAt(this.#facts.path)?.segments
    return findings.filter((finding) => finding.kind !== 'cloned' || !own?.has(finding.segment))
  }

  /** Notes what was seen: less of it than that is a rollback from now on. */
  async #anchor({ heads: before, segments }: PlaceAnchors): Promise<void> {
    const { anchors, index, path } = this.#facts
    const seen = new Set(before.map(({ hash }) => hash))
    const heads = this.heads.filter(({ hash }) => !seen.has(hash))
    await this.#syncOwn(heads, segments)
    const pins = anchors.pins.files
    const files = [...index.vault.pinnedFiles()].filter(([name, { value }]) => pins.get(name) !== value)
    if (heads.length === 0 && files.length === 0) return
    await anchors.act((act) => {
      for (const [name, { value }] of files) act.pinFile(name, value)
      act.sawHeads(path, heads)
    })
  }

  /** Of this device a run that was killed may have left what was never synced: from now on it is believed. */
  async #syncOwn(heads: readonly Head[], own: ReadonlySet<SegmentId>): Promise<void> {
    const { device, store } = this.#facts
    for (const { segment } of heads) {
      const name = segmentName(device, segment)
      if (own.has(segment) && (await store.stat(name))) await store.sync(name)
    }
  }

  /**
   * A sync tool may have put another file in the place of this run's segment, or taken it away. What is
   * acknowledged in it is then written again beside that, as a conflict copy, which every reader takes
   * (docs/format.md §4); this run goes on in a new segment.
   *
   * @returns the name of the segment, if that was so
   */
  async #keepSegment(): Promise<string | undefined> {
    const { device, store } = this.#facts
    const head = this.#writer?.head
    if (head === undefined) return undefined
    const name = segmentName(device, head.segment)
    const copyName = segmentCopyName(device, head.segment, hex(randomBytes(4)))
    if (!(await store.keepSegment(name, head.bytes, copyName))) return undefined
    this.#writer?.[Symbol.dispose]()
    this.#writer = undefined
    return name
  }

  #failReplaced(name: string): never {
    const { path } = this.#facts
    return fail(
      'SEGMENT_REPLACED',
      `${path}/${name} was replaced by another file while Strongroom was writing it. What it held was kept.`,
      { name },
    )
  }

  async #append(groups: readonly Group[]): Promise<void> {
    const { index, anchors, path, single } = this.#facts
    const writer = await this.#writerNow()
    const batches = await writer.append(groups, this.#seen, single)
    const applied = await index.applyOwn(batches, this.#metadataKey())
    if (applied.kind === 'behind') await this.#read(true)
    else this.#known = applied.known
    const head = writer.head ?? bug('an append without a head')
    const pins = groups.flat().filter((op) => op.kind === 'file')
    await anchors.act((act) => {
      for (const { name, sha256 } of pins) act.pinFile(name, sha256)
      act.sawHeads(path, [head])
    })
  }

  /** The segment of this run; a new one if it has none or an append failed. Its id is anchored first. */
  async #writerNow(): Promise<SegmentWriter> {
    if (this.#writer !== undefined && !this.#writer.ended) return this.#writer
    this.#writer?.[Symbol.dispose]()
    this.#writer = await this.#begin(this.#newestKey())
    return this.#writer
  }

  async #begin({ id, key }: Omit<MetadataKey, 'epoch'>): Promise<SegmentWriter> {
    const { vaultId, device, store, anchors, path } = this.#facts
    const facts = { vault: vaultId, device, deviceName: deviceName(), app: APP, metadataKey: { id, key } }
    const writer = SegmentWriter.begin(facts, store, Date.now)
    await anchors.act((act) => act.addSegment(path, writer.segment))
    return writer
  }

  /**
   * The names are looked at again: a file that arrived since the vault was opened may give it another
   * metadata key, and what is written under the old one from then on would be held.
   */
  async #overtaken(): Promise<string | undefined> {
    const { keys, store } = this.#facts
    const known = new Set(keys.metadataNames)
    for (const { name, kind } of await store.list('keys/metadata/')) {
      if (known.has(name) || kind !== 'file') continue
      if (keys.isOvertakenBy(name, await readKeyFile(store, name))) return name
    }
    return undefined
  }

  /** What the next append would name as seen. */
  get #seen(): Seen {
    const { greatestTime, checkpoint } = this.known
    return { greatestTime, frontier: frontierOf(this.known), checkpoint: checkpoint?.ref ?? null }
  }

  #newestKey() {
    return this.#facts.keys.newest[0] ?? bug('an open vault without a metadata key')
  }

  #metadataKey(): { readonly id: MetadataKeyId; readonly epoch: number } {
    const { id, epoch } = this.#newestKey()
    return { id, epoch }
  }
}

function failOvertaken(name: string): never {
  return fail('KEY_CHANGED', `The vault’s metadata key was changed (${name}) while it was open here.`, {
    name,
  })
}
