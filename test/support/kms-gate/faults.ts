import type { Json } from './answers.ts'

/** A call as the gate sees it come in. */
export type GateCall = {
  readonly operation: string
  /** As the caller gave it: ARN, alias or id; undefined for calls that name none. */
  readonly key: string | undefined
  readonly context: Readonly<Record<string, string>>
  readonly principal: string
  readonly body: Json
}

export type Fault =
  /** By AWS's name of the refusal; access denied unless another is given. */
  | { readonly kind: 'refuse'; readonly type?: string; readonly message?: string; readonly status?: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Cuts the connection: before the call reached KMS, or after KMS did it. */
  | { readonly kind: 'reset'; readonly after?: boolean }
  /** Does the call, then says something else. */
  | { readonly kind: 'lie'; readonly answer: (answer: Json) => Json }
  /** Does the call later. */
  | { readonly kind: 'delay'; readonly ms: number }

export const THROTTLE: Fault = { kind: 'refuse', type: 'ThrottlingException', message: 'Rate exceeded' }

export type When = {
  readonly operation?: string
  readonly key?: string
  readonly where?: (call: GateCall) => boolean
  /** Lets so many matching calls pass first. */
  readonly after?: number
  /** Strikes so often, then no more; for ever by default. */
  readonly times?: number
}

type Rule = { readonly when: When; readonly fault: Fault; seen: number; struck: number }

/** What is to go wrong, and when. The first rule that fits a call decides. */
export class Faults {
  #rules: Rule[] = []

  /** @returns lifts it */
  add(when: When, fault: Fault): () => void {
    const rule: Rule = { when, fault, seen: 0, struck: 0 }
    this.#rules.push(rule)
    return () => {
      this.#rules = this.#rules.filter((other) => other !== rule)
    }
  }

  clear(): void {
    this.#rules = []
  }

  strike(call: GateCall): Fault | undefined {
    for (const rule of this.#rules) {
      const { operation, key, where, after = 0, times = Number.POSITIVE_INFINITY } = rule.when
      if (operation !== undefined && operation !== call.operation) continue
      if (key !== undefined && key !== call.key) continue
      if (where !== undefined && !where(call)) continue
      rule.seen += 1
      if (rule.seen <= after || rule.struck >= times) continue
      rule.struck += 1
      return rule.fault
    }
    return undefined
  }
}
