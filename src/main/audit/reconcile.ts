import type { AuditEvent } from './event.ts'
import { type OurCall, OurCalls } from './our-calls.ts'
import { DELIVERY_MS, type ReconcileFacts, WINDOW_MS, withoutPartition } from './reconcile-facts.ts'
import { parseTrailRecord, type TrailEvent } from './trail-event.ts'

/** What a call not of ours does: uses the key, changes it or its policy, or only looks. */
export type Use = 'use' | 'change' | 'look'

export type Comparison =
  | {
      readonly kind: 'matched'
      readonly call: OurCall
      readonly event: TrailEvent
      readonly by: 'request id' | 'context'
    }
  /** AWS tells of a call that no record of the vault has. `failed`: the same, and AWS refused it. */
  | { readonly kind: 'foreign' | 'failed'; readonly event: TrailEvent; readonly use: Use }
  /** An event that was told before: delivered twice, or told in two accounts. */
  | { readonly kind: 'doubled'; readonly event: TrailEvent }
  /** The vault records a call, the trail covers its time and has no such event. */
  | { readonly kind: 'missing'; readonly call: OurCall }
  /** The same, so new that CloudTrail may not have delivered it yet. */
  | { readonly kind: 'awaited'; readonly call: OurCall }
  /** Of a time that the trail doesn't cover. */
  | { readonly kind: 'outside'; readonly call: OurCall }
  /** A request id that the vault records twice: one of the records is not honest, or was copied. */
  | { readonly kind: 'repeated'; readonly call: OurCall }
  /** Something in the trail that is no record of CloudTrail. */
  | { readonly kind: 'malformed' }

/** What the trail covers, and how much of it was looked at; told last. */
export type Span = {
  readonly kind: 'span'
  readonly records: number
  readonly sinceMs: number | null
  readonly untilMs: number | null
}

/**
 * Compares the KMS calls that a vault records with AWS's own trail. The order of either doesn't matter.
 *
 * In memory: a small record of each call of ours, and the event id of each event about the vault's keys.
 *
 * @param ours all acts of the journal (readEvents)
 * @param theirs values of the trail's records (cutRecords), of any service
 */
export async function* reconcile(
  facts: ReconcileFacts,
  ours: AsyncIterable<AuditEvent> | Iterable<AuditEvent>,
  theirs: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<Comparison | Span> {
  const calls = new OurCalls(facts)
  for await (const event of ours) {
    for (const call of calls.add(event)) yield { kind: 'repeated', call }
  }
  const trail = new Trail(facts, calls)
  for await (const record of theirs) {
    const told = trail.take(record)
    if (told) yield told
  }
  yield* trail.matchByContext()
  const { sinceMs, untilMs, records } = trail
  for (const call of calls.left()) {
    yield { kind: kindOfLeft(call, sinceMs, untilMs), call }
  }
  yield { kind: 'span', records, sinceMs, untilMs }
}

function kindOfLeft({ timeMs }: OurCall, sinceMs: number | null, untilMs: number | null) {
  if (sinceMs === null || untilMs === null) return 'outside'
  // A note comes at its job's end: of one that came just after the trail's beginning the calls may lie before.
  if (timeMs - WINDOW_MS < sinceMs) return 'outside'
  return timeMs > untilMs - DELIVERY_MS ? 'awaited' : 'missing'
}

class Trail {
  records = 0
  readonly #facts: ReconcileFacts
  readonly #calls: OurCalls
  readonly #arns: ReadonlySet<string>
  readonly #seen = new Set<string>()
  /** Without a request id of ours, but perhaps one of those calls that have none. */
  readonly #candidates: TrailEvent[] = []
  #firstMs = Number.POSITIVE_INFINITY
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(facts: ReconcileFacts, calls: OurCalls) {
    this.#facts = facts
    this.#calls = calls
    this.#arns = new Set([...facts.arns.values()].map(withoutPartition))
  }

  get sinceMs(): number | null {
    const { sinceMs } = this.#facts
    return sinceMs ?? (this.records > 0 ? this.#firstMs : null)
  }

  get untilMs(): number | null {
    const { untilMs } = this.#facts
    return untilMs ?? (this.records > 0 ? this.#lastMs : null)
  }

  /** @returns what is to be told of it; undefined: it is none of the vault's keys, or is looked at in the end */
  take(value: unknown): Comparison | undefined {
    const event = parseTrailRecord(value)
    if (event === 'malformed') return { kind: 'malformed' }
    this.records++
    this.#firstMs = Math.min(this.#firstMs, event.timeMs)
    this.#lastMs = Math.max(this.#lastMs, event.timeMs)
    if (!('eventId' in event)) return undefined
    const call = this.#calls.byRequest(event)
    if (!call && !event.arns.some((arn) => this.#arns.has(withoutPartition(arn)))) return undefined
    const ids = [event.eventId, event.sharedEventId].filter((id) => id !== null)
    if (ids.some((id) => this.#seen.has(id)) || call?.isMatched) return { kind: 'doubled', event }
    for (const id of ids) this.#seen.add(id)
    if (call) {
      call.isMatched = true
      return { kind: 'matched', call, event, by: 'request id' }
    }
    if (!this.#calls.mayBe(event)) return strange(event)
    this.#candidates.push(event)
    return undefined
  }

  /** The earliest first: of calls that are alike each event then takes the one that waits for it longest. */
  *matchByContext(): Generator<Comparison> {
    for (const event of this.#candidates.sort((a, b) => a.timeMs - b.timeMs)) {
      const call = this.#calls.byContext(event)
      if (call) call.isMatched = true
      yield call ? { kind: 'matched', call, event, by: 'context' } : strange(event)
    }
  }
}

function strange(event: TrailEvent): Comparison {
  return { kind: event.error === null ? 'foreign' : 'failed', event, use: kindOfUse(event) }
}

function kindOfUse({ operation }: TrailEvent): Use {
  if (/^(Describe|Get|List)/.test(operation)) return 'look'
  return /^(Decrypt|Encrypt|ReEncrypt|Generate|Sign|Verify|Derive)/.test(operation) ? 'use' : 'change'
}
