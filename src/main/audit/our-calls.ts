import type { AuditEvent } from './event.ts'
import { type ReconcileFacts, WINDOW_MS, withoutPartition } from './reconcile-facts.ts'
import type { TrailEvent } from './trail-event.ts'

/** A call to KMS as the vault records it. */
export type OurCall = {
  readonly requestId: string
  readonly operation: string
  readonly arn: string
  /** When it was noted: at the end of its job. */
  readonly timeMs: number
  /** The note. */
  readonly note: Pick<AuditEvent, 'place' | 'device' | 'deviceName' | 'outcome' | 'ids'> & {
    readonly act: string
  }
  isMatched: boolean
}

/** Context keys of the vault's own calls (docs/format.md §2). */
const VAULT_KEY = 'strongroom-vault'
const SUBJECT_KEYS = ['strongroom-version', 'strongroom-metadata'] as const

/** The calls that the vault's notes tell of, to be found by what AWS says of them. */
export class OurCalls {
  readonly #facts: ReconcileFacts
  readonly #byRequest = new Map<string, OurCall>()
  /** Calls whose answer, and with it the request id, never came. */
  readonly #unnamed: { readonly call: OurCall; readonly subjects: ReadonlySet<string> }[] = []

  constructor(facts: ReconcileFacts) {
    this.#facts = facts
  }

  /** Takes the calls of one event. @returns those whose request id was recorded before */
  add(event: AuditEvent): readonly OurCall[] {
    const { place, device, deviceName, outcome, ids, did, kmsCalls } = event
    if (did.act !== 'note' || kmsCalls.length === 0) return []
    const note = { place, device, deviceName, outcome, ids, act: did.word }
    const timeMs = Math.floor(place.time / 1000)
    const subjects = kmsCalls.some(({ requestId }) => requestId === '')
      ? new Set(this.#facts.subjectsOf(event))
      : new Set<string>()
    const repeated: OurCall[] = []
    for (const { operation, key, requestId } of kmsCalls) {
      // A key that isn't pinned here: its id has to do.
      const arn = this.#facts.arns.get(key) ?? key
      const call: OurCall = { requestId, operation, arn, timeMs, note, isMatched: false }
      if (requestId === '') this.#unnamed.push({ call, subjects })
      else if (this.#byRequest.has(requestId)) repeated.push(call)
      else this.#byRequest.set(requestId, call)
    }
    return repeated
  }

  /** The call with an event's request id, if operation and key, as far as AWS tells it, are the same as well. */
  byRequest({ requestId, operation, arns }: TrailEvent): OurCall | undefined {
    const call = this.#byRequest.get(requestId)
    if (!call || call.operation !== operation) return undefined
    return arns.length === 0 || names(arns, call.arn) ? call : undefined
  }

  /** Whether an event may be one of the calls without a request id. */
  mayBe(event: TrailEvent): boolean {
    return this.#unnamed.some((each) => this.#fits(each, event))
  }

  /** The earliest call without a request id that an event fits and that none is matched with. */
  byContext(event: TrailEvent): OurCall | undefined {
    const fitting = this.#unnamed.filter((each) => !each.call.isMatched && this.#fits(each, event))
    return fitting.sort((a, b) => a.call.timeMs - b.call.timeMs)[0]?.call
  }

  /** All that no event was matched with. */
  *left(): Generator<OurCall> {
    for (const call of this.#byRequest.values()) if (!call.isMatched) yield call
    for (const { call } of this.#unnamed) if (!call.isMatched) yield call
  }

  #fits(
    { call, subjects }: { readonly call: OurCall; readonly subjects: ReadonlySet<string> },
    event: TrailEvent,
  ) {
    if (call.operation !== event.operation || !names(event.arns, call.arn)) return false
    if (Math.abs(call.timeMs - event.timeMs) > WINDOW_MS) return false
    return event.contexts.some((context) => {
      const named = SUBJECT_KEYS.map((key) => context[key]).filter((id) => id !== undefined)
      if (context[VAULT_KEY] !== this.#facts.vault) return false
      return named.length > 0 && named.every((id) => subjects.has(id))
    })
  }
}

function names(arns: readonly string[], arn: string): boolean {
  return arns.some((each) => withoutPartition(each) === withoutPartition(arn))
}
