import { meets } from './conditions.ts'
import { actionMatches } from './operators.ts'
import { matches, parsePattern } from './pattern.ts'
import type { ListElement, Policy, Statement } from './policy.ts'
import { type Naming, naming } from './principal.ts'
import type { KmsRequest } from './request.ts'
import { every, not, some, type Tri, tri } from './three-valued.ts'
import { fill } from './variables.ts'

/** One element of a statement, held against a request. */
export type ElementTrace = {
  /** `Principal`, `Action`, `Resource`, `Condition StringEquals kms:ViaService`; `Statement` if it can't be read. */
  readonly element: string
  readonly outcome: Tri
  readonly missing: readonly string[]
}

/** One statement, held against a request: it applies if all its elements do. */
export type StatementTrace = {
  readonly policy: string
  readonly number: number
  readonly sid: string | null
  readonly effect: 'Allow' | 'Deny'
  readonly applies: Tri
  /** How it names the caller, each already joined with the other elements; null: an identity's policy. */
  readonly naming: Naming | null
  readonly elements: readonly ElementTrace[]
}

/** Holds every statement of a policy against a request. */
export function tracePolicy(policy: Policy, request: KmsRequest): readonly StatementTrace[] {
  return policy.statements.map((statement) => traceStatement(policy, statement, request))
}

function traceStatement(policy: Policy, statement: Statement, request: KmsRequest): StatementTrace {
  const { number, sid, effect, principal } = statement
  const named = principal === null ? null : naming(principal, request.caller)
  const elements: ElementTrace[] = []
  if (statement.unread.length > 0)
    elements.push({ element: 'Statement', outcome: 'unknown', missing: statement.unread })
  if (named !== null) {
    const outcome = some(Object.values(named))
    const missing = outcome === 'unknown' ? ['whether the principals it names are the caller'] : []
    elements.push({ element: principal?.except ? 'NotPrincipal' : 'Principal', outcome, missing })
  }
  elements.push(traceAction(statement.action, request))
  elements.push(traceResource(statement.resource, request, policy.version))
  for (const condition of statement.conditions) {
    const { outcome, missing } = meets(condition, request, policy.version)
    elements.push({ element: `Condition ${condition.operator} ${condition.key}`, outcome, missing })
  }

  const rest = every(
    elements.filter(({ element }) => !element.endsWith('Principal')).map(({ outcome }) => outcome),
  )
  const joined = named && {
    session: every([named.session, rest]),
    role: every([named.role, rest]),
    everyone: every([named.everyone, rest]),
    account: every([named.account, rest]),
  }
  const applies = every(elements.map(({ outcome }) => outcome))
  return { policy: policy.name, number, sid, effect, applies, naming: joined, elements }
}

function traceAction({ except, values }: ListElement, { action }: KmsRequest): ElementTrace {
  const listed = tri(values.some((value) => actionMatches(parsePattern(value), action)))
  return { element: except ? 'NotAction' : 'Action', outcome: except ? not(listed) : listed, missing: [] }
}

function traceResource(list: ListElement | null, request: KmsRequest, version: string): ElementTrace {
  // A statement without one applies to no key (KMS guide, "Elements in a key policy").
  if (list === null) return { element: 'Resource', outcome: 'no', missing: [] }
  const filled = list.values.map((value) => fill(value, request, version))
  const listed = some(
    filled.map(({ pattern }) => (pattern === null ? 'unknown' : tri(matches(pattern, request.resource)))),
  )
  const missing = listed === 'unknown' ? filled.flatMap((one) => one.missing) : []
  return {
    element: list.except ? 'NotResource' : 'Resource',
    outcome: list.except ? not(listed) : listed,
    missing,
  }
}
