import { type GrantTrace, traceGrant } from './grants.ts'
import type { Grant, Policy } from './policy.ts'
import type { Naming } from './principal.ts'
import type { KmsRequest } from './request.ts'
import { type StatementTrace, tracePolicy } from './statement.ts'
import { every, some, type Tri } from './three-valued.ts'

/**
 * All that decides about a call. What is not given was not looked at: it is named in the answer. `identity: []`
 * says that the caller has no policies, which is something else than not knowing them.
 */
export type Policies = {
  readonly keyPolicy: Policy
  /** Of the user, its groups, or the role. */
  readonly identity?: readonly Policy[]
  readonly grants?: readonly Grant[]
  /** null: the identity has none. */
  readonly boundary?: Policy | null
  /** null: the session was begun without any. */
  readonly session?: Policy | null
  /** Service control policies by level (root, units, account): each level must allow. null: no organization. */
  readonly scps?: readonly (readonly Policy[])[] | null
  /** Resource control policies of the key's account, by level. null: no organization. */
  readonly rcps?: readonly (readonly Policy[])[] | null
}

export type Decision = {
  readonly answer: 'allowed' | 'denied' | 'cannot-decide'
  /** In a sentence, what made the answer. */
  readonly reason: string
  /** Explicit: a Deny applies. */
  readonly explicit: boolean
  /** What would have to be known; empty unless the answer is cannot-decide. */
  readonly missing: readonly string[]
  /** Kinds of policy that were not given and could still deny what is allowed here. */
  readonly notLookedAt: readonly string[]
  readonly statements: readonly StatementTrace[]
  readonly grants: readonly GrantTrace[]
}

/**
 * Whether KMS would let a call through (KMS guide, "Troubleshooting key access"; IAM guide, "Policy evaluation
 * logic"): an explicit deny anywhere wins; else it needs a key policy that names the caller, or one that names
 * the account together with the caller's own policies, or a grant; and from another account both sides.
 */
export function evaluate(request: KmsRequest, policies: Policies): Decision {
  const identity = (policies.identity ?? []).flatMap((policy) => tracePolicy(policy, request))
  // A call on no key (ListKeys) is the identity policies' alone.
  const onKey = request.resource !== '*'
  const key = onKey ? tracePolicy(policies.keyPolicy, request) : []
  const limits = limitsOf(request, policies)
  const grants = (policies.grants ?? []).map((grant) => traceGrant(grant, request))
  const statements = [...key, ...identity, ...limits.statements]
  const deny = some(statements.filter(({ effect }) => effect === 'Deny').map(({ applies }) => applies))

  const named = namedBy(key)
  const own = ownPolicies(request, policies, identity, limits)
  const grant =
    policies.grants === undefined ? 'unknown' : grantAllows(request, policies.grants, grants, own, limits)
  const keySide = isCrossAccount(request)
    ? every([some(Object.values(named)), own])
    : some([directly(named, request, limits), every([named.account, own])])
  const allow = every([onKey ? some([keySide, grant]) : own, limits.scp, limits.rcp])

  const common = { statements, grants, notLookedAt: notLookedAt(policies) }
  if (deny === 'yes') {
    const by = statements.find(({ effect, applies }) => effect === 'Deny' && applies === 'yes')
    const reason = `Statement ${by?.number} of the ${by?.policy} denies it, and a deny always wins.`
    return { ...common, answer: 'denied', explicit: true, missing: [], reason }
  }
  if (allow === 'no')
    return {
      ...common,
      answer: 'denied',
      explicit: false,
      missing: [],
      reason: whyNot(request, named, own, limits),
    }
  if (deny === 'unknown' || allow === 'unknown') {
    const missing = missingFacts(policies, statements, grants, named)
    return {
      ...common,
      answer: 'cannot-decide',
      explicit: false,
      missing,
      reason: `It depends on ${missing.join('; ')}.`,
    }
  }
  const byKey = keySide === 'yes' ? whyAllowed(request, named) : 'A grant allows it.'
  const reason = onKey ? byKey : 'An identity policy allows it.'
  return { ...common, answer: 'allowed', explicit: false, missing: [], reason }
}

/** What caps a caller's permissions and never adds any. `yes` where there is none, or it was not given. */
type Limits = Readonly<Record<'boundary' | 'session' | 'scp' | 'rcp', Tri>> & {
  readonly statements: readonly StatementTrace[]
}

function limitsOf(request: KmsRequest, policies: Policies): Limits {
  const { caller } = request
  const capped = (policy: Policy | null | undefined): readonly StatementTrace[] | null =>
    policy ? tracePolicy(policy, request) : null
  const levels = (all: Policies['scps']): readonly (readonly StatementTrace[])[] =>
    (all ?? []).map((level) => level.flatMap((policy) => tracePolicy(policy, request)))
  const boundary = capped(policies.boundary)
  const session = capped(policies.session)
  // Neither touches services, nor the roles that services make for themselves.
  const exempt = caller.kind === 'service' || caller.arn.includes(':role/aws-service-role/')
  const scp = exempt ? [] : levels(policies.scps)
  const rcp = exempt ? [] : levels(policies.rcps)
  return {
    boundary: boundary === null ? 'yes' : allows(boundary),
    session: session === null ? 'yes' : allows(session),
    scp: every(scp.map(allows)),
    rcp: every(rcp.map(allows)),
    statements: [...(boundary ?? []), ...(session ?? []), ...scp.flat(), ...rcp.flat()],
  }
}

const allows = (traces: readonly StatementTrace[]): Tri =>
  some(traces.filter(({ effect }) => effect === 'Allow').map(({ applies }) => applies))

/** How the key policy's Allow statements that apply name the caller. */
function namedBy(key: readonly StatementTrace[]): Naming {
  const allowing = key.filter(({ effect }) => effect === 'Allow')
  const by = (how: keyof Naming): Tri => some(allowing.map(({ naming }) => naming?.[how] ?? 'no'))
  return { session: by('session'), role: by('role'), everyone: by('everyone'), account: by('account') }
}

/** What the caller's own policies allow, within its boundary and session policy. A root user needs none. */
function ownPolicies(
  { caller }: KmsRequest,
  { identity }: Policies,
  traces: readonly StatementTrace[],
  { boundary, session }: Limits,
): Tri {
  if (caller.kind === 'service') return 'no'
  if (caller.kind === 'root') return 'yes'
  return every([identity === undefined ? 'unknown' : allows(traces), boundary, session])
}

/**
 * Whether the key policy alone lets a caller of its own account in. Named as user or session, no boundary and no
 * session policy narrows it; named by its role, both do; for "*" the guide leaves it open.
 */
function directly(named: Naming, { caller }: KmsRequest, { boundary, session }: Limits): Tri {
  const capped = every([boundary, session])
  const everyone = every([named.everyone, capped === 'no' ? 'unknown' : capped])
  const asRoot = caller.kind === 'root' ? named.account : 'no'
  return some([named.session, every([named.role, capped]), everyone, asRoot])
}

/**
 * Whether a grant lets the caller in. For a key of another account the guide says so of grants that the caller's
 * account issued; another grant and the caller's own policies together are both sides; less is left open.
 */
function grantAllows(
  request: KmsRequest,
  grants: readonly Grant[],
  traces: readonly GrantTrace[],
  own: Tri,
  { boundary, session }: Limits,
): Tri {
  const open = (value: Tri): Tri => (value === 'no' ? 'unknown' : value)
  const capped = open(every([boundary, session]))
  return some(
    grants.map((grant, index) => {
      const allowed = every([traces[index]?.allows ?? 'no', capped])
      const home = request.caller.kind !== 'service' && grant.issuingAccount?.includes(request.caller.account)
      return isCrossAccount(request) && !home ? every([allowed, open(own)]) : allowed
    }),
  )
}

function isCrossAccount({ caller, resource }: KmsRequest): boolean {
  const account = /^arn:[^:]+:[^:]+:[^:]*:(\d{12}):/.exec(resource)?.[1]
  return caller.kind !== 'service' && account !== undefined && account !== caller.account
}

function notLookedAt({ identity, grants, boundary, session, scps, rcps }: Policies): readonly string[] {
  const asked: readonly (readonly [unknown, string])[] = [
    [identity, 'identity policies'],
    [grants, 'grants'],
    [boundary, 'permissions boundary'],
    [session, 'session policy'],
    [scps, 'service control policies'],
    [rcps, 'resource control policies'],
    [undefined, 'VPC endpoint policy'],
  ]
  return asked.filter(([given]) => given === undefined).map(([, name]) => name)
}

function missingFacts(
  policies: Policies,
  statements: readonly StatementTrace[],
  grants: readonly GrantTrace[],
  named: Naming,
): readonly string[] {
  const missing = statements
    .filter(({ applies }) => applies === 'unknown')
    .flatMap(({ elements }) => elements.flatMap((element) => element.missing))
  for (const { id, allows: allowed } of grants)
    if (allowed !== 'no') missing.push(`how far grant ${id} reaches`)
  if (policies.identity === undefined && named.account !== 'no')
    missing.push('identity policies of the caller')
  if (policies.grants === undefined) missing.push('grants of the key')
  return [
    ...new Set(
      missing.length > 0 ? missing : ['how a policy for everyone and a cap on the caller act together'],
    ),
  ]
}

function whyAllowed(request: KmsRequest, named: Naming): string {
  if (isCrossAccount(request))
    return 'The key policy lets the other account in, and the caller’s own policies allow it.'
  if (request.caller.kind === 'root' && named.account === 'yes')
    return 'The key policy names the account, so its root user.'
  const itself = some([named.session, named.role])
  if (itself === 'yes') return 'The key policy names the caller, which is enough in one account.'
  if (named.everyone === 'yes') return 'The key policy names everyone.'
  return 'The key policy leaves it to the account, and an identity policy allows it.'
}

function whyNot(request: KmsRequest, named: Naming, own: Tri, { scp, rcp }: Limits): string {
  if (scp === 'no') return 'A service control policy does not allow it.'
  if (rcp === 'no') return 'A resource control policy does not allow it.'
  const anyNaming = some(Object.values(named))
  if (isCrossAccount(request) && anyNaming !== 'no')
    return 'The key policy lets the other account in, but the caller’s own policies there don’t allow it.'
  if (anyNaming === 'no' && own === 'yes')
    return 'An identity policy allows it, but the key policy does not leave it to identity policies.'
  if (named.account === 'yes')
    return 'The key policy leaves it to the account, but no identity policy allows it.'
  return 'Nothing allows it: no key policy statement, no identity policy that counts, no grant.'
}
