import { bug } from '../base/index.ts'
import type { MetadataKeyId, SegmentId } from '../contract/ids.ts'
import { type OpenCheckpoint, readCheckpointOps, type WholeCheckpoint } from './checkpoint-reader.ts'
import { CheckpointShelf } from './checkpoint-shelf.ts'
import { type CheckpointHeads, Coverage } from './coverage.ts'
import type { CheckpointId } from './file-name.ts'
import type { Finding } from './finding.ts'
import { GroupReader } from './group-reader.ts'
import { type Claim, frontierOf, type Known, markNamed, NOTHING_KNOWN } from './known.ts'
import type { Head } from './op.ts'
import type { SegmentGroup } from './segment-group.ts'
import type { JournalAccess, MetadataKey } from './segment-reader.ts'
import { type JournalTarget, State } from './state.ts'
import { type Survey, surveyJournal } from './survey.ts'
import { judge, lackOf, type OwnDevice } from './verdict.ts'

export type JournalQuery = {
  readonly access: JournalAccess
  /** Where the target stands; absent: it is empty, and is filled from the start. */
  readonly known?: Known
  /** What this device has seen and keeps outside the vault: less than this is a rollback. */
  readonly anchored?: readonly Head[]
  readonly own?: OwnDevice
  /** Checkpoints not to start from. */
  readonly without?: ReadonlySet<CheckpointId>
}

export type JournalReading =
  | {
      readonly kind: 'read'
      /** To be kept with the target. */
      readonly known: Known
      /** For the next append (Seen). */
      readonly frontier: readonly Head[]
      readonly findings: readonly Finding[]
    }
  /**
   * What the target holds can't be made right by adding to it. Drop all of it and read again without `known`:
   * an epoch began that doesn't cover what was applied before; or a segment is forked within the checkpoint
   * that the target began with; or a checkpoint changed while it was read (then `without` it).
   */
  | { readonly kind: 'rebuild'; readonly why: 'epoch' | 'fork' }
  | { readonly kind: 'rebuild'; readonly why: 'checkpoint'; readonly without: CheckpointId }

/**
 * Reads what is new in a vault's journal and applies it (docs/format.md §4): of every segment the verified
 * beginning, whatever happened to the others.
 *
 * Newer epochs are read first, since they say what of the older ones counts. Nothing on disk is changed.
 *
 * @throws what the source throws; the target must then be put back to where `known` says
 */
export async function readJournal(query: JournalQuery, target: JournalTarget): Promise<JournalReading> {
  const survey = await surveyJournal(query.access.source, query.known?.cursors ?? [])
  return await new JournalReader(query, target, survey).read()
}

class JournalReader {
  readonly #query: JournalQuery
  readonly #known: Known
  readonly #survey: Survey
  readonly #groups: readonly SegmentGroup[]
  readonly #coverage: Coverage
  readonly #reader: GroupReader
  readonly #shelf: CheckpointShelf
  #start: CheckpointHeads | undefined

  constructor(query: JournalQuery, target: JournalTarget, survey: Survey) {
    const { access, known = NOTHING_KNOWN } = query
    this.#query = query
    this.#known = known
    this.#survey = survey
    this.#groups = [...survey.groups.values()]
    this.#coverage = new Coverage(known.coverage)
    this.#reader = new GroupReader(access, this.#coverage, target, known.greatestTime)
    this.#shelf = new CheckpointShelf(access, survey.checkpoints)
  }

  async read(): Promise<JournalReading> {
    for (const group of this.#groups) if (!group.isIdle) await this.#reader.openFiles(group)
    const checkpoints = this.#query.known ? [] : await this.#shelf.open()
    const epochs = [...this.#groups.flatMap(({ opened }) => opened), ...checkpoints].map(epochOf)
    for (const epoch of [...new Set(epochs)].sort((a, b) => b - a)) {
      const candidates =
        epoch < this.#coverage.epoch ? [] : checkpoints.filter((each) => epochOf(each) === epoch)
      const spoiled = (await this.#startFromOneOf(candidates)) ?? (await this.#fetchAwaited())
      if (spoiled) return { kind: 'rebuild', why: 'checkpoint', without: spoiled }
      await this.#readEpoch(epoch)
    }
    const spoiled = await this.#fetchAwaited()
    if (spoiled) return { kind: 'rebuild', why: 'checkpoint', without: spoiled }
    return this.#rebuild() ?? this.#conclude()
  }

  async #readEpoch(epoch: number): Promise<void> {
    for (const group of this.#groups) {
      for (const segment of group.opened) {
        if (epochOf(segment) === epoch) await this.#reader.readFile(group, segment)
      }
    }
  }

  /** Starts from the first that fits. Returns the id of one that turned out to be none after all. */
  async #startFromOneOf(candidates: readonly OpenCheckpoint[]): Promise<CheckpointId | undefined> {
    for (const candidate of candidates) {
      if (this.#start || this.#query.without?.has(candidate.header.id)) continue
      const whole = await this.#shelf.verify(candidate)
      const spoiled = whole && (await this.#startFrom(whole))
      if (spoiled) return spoiled
    }
    return undefined
  }

  async #startFrom(checkpoint: WholeCheckpoint): Promise<CheckpointId | undefined> {
    const { covered, ref, file } = checkpoint
    if (await this.#isForkedWithin(covered)) {
      this.#shelf.unfit.add(file.name)
      return undefined
    }
    let knows = 0
    const device = (segment: SegmentId) => this.#survey.groups.get(segment)?.files[0]?.device ?? null
    const isWhole = await readCheckpointOps(this.#query.access, checkpoint, (op, stamp) => {
      const { segment } = stamp.batch
      const epoch = op.kind === 'epoch' ? this.#epochOfKey(op.metadataKey) : this.#epochOfSegment(segment)
      if (op.kind === 'epoch') knows = Math.max(knows, epoch ?? 0)
      this.#reader.applyOp(op, stamp, epoch, device(segment))
    })
    if (!isWhole) return ref.id
    this.#start = { ref, knows, heads: covered }
    this.#coverage.noteCheckpoint(this.#start)
    for (const head of covered) this.#survey.groups.get(head.segment)?.startAt(head)
    return undefined
  }

  /** Fetches what the newest epoch's heads are in; without it, and without a start, it is the start. */
  async #fetchAwaited(): Promise<CheckpointId | undefined> {
    for (const ref of this.#coverage.awaited) {
      const whole = await this.#shelf.find(ref)
      if (!whole) continue
      const spoiled = this.#query.known ? undefined : await this.#startFromOneOf([whole])
      if (spoiled) return spoiled
      if (this.#start?.ref !== whole.ref) {
        this.#coverage.noteCheckpoint({ ref, knows: 0, heads: whole.covered })
      }
    }
    // The one that was named may be gone: then a newer one covers what it did.
    if (this.#coverage.awaited.length > 0 && this.#query.known) {
      const others = await this.#shelf.headsFrom(this.#coverage.epoch)
      for (const other of others) this.#coverage.noteCheckpoint(other)
    }
    return undefined
  }

  async #isForkedWithin(heads: readonly Head[]): Promise<boolean> {
    for (const { segment, seq } of heads) {
      const group = this.#survey.groups.get(segment)
      if (!group || group.files.length < 2) continue
      await this.#reader.readChains(group)
      if ((group.branches.forkedAt ?? Number.POSITIVE_INFINITY) <= seq) return true
    }
    return false
  }

  #rebuild(): JournalReading | undefined {
    // What it began with may hold what the newest epoch, which was read later, doesn't cover.
    if (this.#start && !this.#isCovered(this.#start)) {
      return { kind: 'rebuild', why: 'checkpoint', without: this.#start.ref.id }
    }
    // From nothing else, only what counts was applied.
    const { began } = this.#known
    if (!this.#query.known) return undefined
    const isForked = began?.heads.some(({ segment, seq }) => {
      const forkedAt = this.#survey.groups.get(segment)?.branches.forkedAt
      return forkedAt !== undefined && forkedAt <= seq
    })
    if (isForked) return { kind: 'rebuild', why: 'fork' }
    // While some of the covered heads are unknown, what was applied stays; what is new is held.
    if (this.#coverage.awaited.length > 0) return undefined
    if (began && !this.#isCovered(began)) return { kind: 'rebuild', why: 'epoch' }
    const cursors = this.#groups.flatMap(({ cursorsNow }) => cursorsNow)
    const isCovered = cursors.every(({ place, metadataKey }) => {
      return this.#counts(place.head, this.#epochOfKey(metadataKey))
    })
    return isCovered ? undefined : { kind: 'rebuild', why: 'epoch' }
  }

  #isCovered(checkpoint: CheckpointHeads): boolean {
    if (this.#coverage.vouchesFor(checkpoint)) return true
    return checkpoint.heads.every((head) => this.#counts(head, this.#epochOfSegment(head.segment)))
  }

  /** Whether all up to this head counts, in a segment of this epoch. */
  #counts({ segment, bytes, hash }: Head, epoch: number | undefined): boolean {
    if (epoch !== undefined && epoch >= this.#coverage.epoch) return true
    return this.#coverage.admits(hash) || this.#coverage.reachesBeyond(segment, bytes)
  }

  #conclude(): JournalReading {
    const started = (this.#start?.heads ?? []).map((head): Claim => ({ head, by: null, byDevice: null }))
    const claims = [...this.#known.claims, ...started, ...this.#reader.claims]
    const { groups } = this.#survey
    const checkpoint = this.#start && { ref: this.#start.ref, covered: this.#start.heads }
    const cursors = markNamed(
      this.#groups.flatMap(({ cursorsNow }) => cursorsNow),
      claims,
    )
    const distinct = new Map(claims.map((claim) => [`${claim.head.hash} ${claim.by}`, claim]))
    const unmet = [...distinct.values()].filter(({ head }) => lackOf(groups, head) !== undefined)
    const known: Known = {
      cursors,
      claims: unmet,
      greatestTime: this.#reader.greatestTime,
      coverage: this.#coverage.facts,
      began: this.#start ?? this.#known.began,
      checkpoint: checkpoint ?? this.#known.checkpoint,
    }
    const seen = this.#known.cursors.map(({ place }) => place.head)
    const anchored = [...(this.#query.anchored ?? []), ...seen]
    const findings: Finding[] = [
      ...judge({ groups, cursors, unmet, anchored, own: this.#query.own }),
      ...this.#coverage.awaited.map((checkpoint): Finding => ({ kind: 'checkpoint-awaited', checkpoint })),
      ...[...this.#shelf.unfit].map((name): Finding => ({ kind: 'checkpoint-unfit', name })),
      ...this.#survey.unknown.map((name): Finding => ({ kind: 'unknown-file', name })),
    ]
    return { kind: 'read', known, frontier: frontierOf(known), findings }
  }

  #epochOfKey(key: MetadataKeyId): number | undefined {
    return this.#query.access.keys.get(key)?.epoch
  }

  #epochOfSegment(segment: SegmentId): number | undefined {
    const { opened = [], cursors = [] } = this.#survey.groups.get(segment) ?? {}
    const key = opened[0]?.header.metadataKey ?? cursors[0]?.metadataKey
    return key && this.#epochOfKey(key)
  }
}

function epochOf({ metadataKey }: { readonly metadataKey: MetadataKey }): number {
  return metadataKey.epoch
}

/** Reads a whole journal into a State, from nothing. */
export async function loadState(
  query: Omit<JournalQuery, 'known'>,
): Promise<{ readonly state: State; readonly reading: JournalReading & { readonly kind: 'read' } }> {
  const without = new Set(query.without)
  for (;;) {
    const state = new State()
    const reading = await readJournal({ ...query, without }, state)
    if (reading.kind === 'read') return { state, reading }
    if (reading.why !== 'checkpoint') bug(`a reading from nothing asks to rebuild: ${reading.why}`)
    without.add(reading.without)
  }
}
