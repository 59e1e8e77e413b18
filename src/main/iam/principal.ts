import type { PrincipalElement, PrincipalValue } from './policy.ts'
import { every, not, some, type Tri, tri } from './three-valued.ts'

/** Who asks. `role`: some session of the role, its name not known (the usual question about a member). */
export type Caller =
  | { readonly kind: 'root'; readonly account: string; readonly arn: string }
  | { readonly kind: 'user'; readonly account: string; readonly arn: string; readonly uniqueId?: string }
  | { readonly kind: 'role'; readonly account: string; readonly arn: string; readonly uniqueId?: string }
  | {
      readonly kind: 'session'
      readonly account: string
      readonly arn: string
      /** The role's own ARN where known: a session's ARN leaves out the path of its role. */
      readonly roleArn?: string
      readonly uniqueId?: string
    }
  | { readonly kind: 'federated-user'; readonly account: string; readonly arn: string }
  | { readonly kind: 'service'; readonly name: string }

const ACCOUNT = /^\d{12}$/
const ARN = /^arn:(aws|aws-cn|aws-us-gov):(iam|sts)::(\d{12}):(.+)$/
/** What AWS puts in place of a user's or role's ARN once that is deleted. */
const UNIQUE_ID = /^(AIDA|AROA)[A-Z0-9]{12,}$/
const SERVICE = /^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)$/

/** Whether this is the id that AWS leaves in a policy where a deleted user or role was named. */
export const isUniqueId = (value: string): boolean => UNIQUE_ID.test(value)

/** The caller of an ARN, account id or service name; undefined if it is none that can call KMS. */
export function parseCaller(text: string): Caller | undefined {
  if (ACCOUNT.test(text)) return { kind: 'root', account: text, arn: `arn:aws:iam::${text}:root` }
  if (SERVICE.test(text)) return { kind: 'service', name: text }
  const [, , service, account, name] = ARN.exec(text) ?? []
  if (account === undefined || name === undefined || /[*?]/.test(name)) return undefined
  if (service === 'iam') {
    if (name === 'root') return { kind: 'root', account, arn: text }
    if (/^user\/./.test(name)) return { kind: 'user', account, arn: text }
    if (/^role\/./.test(name)) return { kind: 'role', account, arn: text }
    return undefined
  }
  if (/^assumed-role\/[^/]+\/[^/]+$/.test(name)) return { kind: 'session', account, arn: text }
  if (/^federated-user\/./.test(name)) return { kind: 'federated-user', account, arn: text }
  return undefined
}

/** Why AWS would not take this as a principal; undefined if it would. */
export function principalProblem(type: PrincipalValue['type'], value: string): string | undefined {
  if (type === 'Service') return SERVICE.test(value) ? undefined : `${value} is not the name of a service.`
  if (type !== 'AWS' || ACCOUNT.test(value) || isUniqueId(value) || parseCaller(value) !== undefined)
    return undefined
  if (/[*?]/.test(value))
    return `${value}: no wildcard stands for a part of a principal, only "*" for everyone.`
  if (/:group\//.test(value)) return `${value}: a group is not a principal.`
  return `${value} is no account, user, role or session.`
}

/** The account of a principal that stands for a whole account; undefined for any other. */
export function accountNamed({ type, value }: PrincipalValue): string | undefined {
  if (type !== 'AWS') return undefined
  if (ACCOUNT.test(value)) return value
  return /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(value)?.[1]
}

/**
 * How a principal element takes in a caller. Each says more than yes or no, since AWS treats the four unalike:
 * `session`: named as the user or session that calls; `role`: by its role; `everyone`: by "*" or by not being
 * excepted; `account`: only its account is named, which delegates to that account's own policies.
 */
export type Naming = Readonly<Record<'session' | 'role' | 'everyone' | 'account', Tri>>

const NOBODY: Naming = { session: 'no', role: 'no', everyone: 'no', account: 'no' }

/** How `element` names `caller`. Root users are named by their account. */
export function naming(element: PrincipalElement, caller: Caller): Naming {
  if (element.except) return { ...NOBODY, everyone: notExcepted(element.values, caller) }
  const each = element.values.map((value) => namingOf(value, caller))
  return {
    session: some(each.map(({ session }) => session)),
    role: some(each.map(({ role }) => role)),
    everyone: some(each.map(({ everyone }) => everyone)),
    account: some(each.map(({ account }) => account)),
  }
}

function namingOf(principal: PrincipalValue, caller: Caller): Naming {
  if (principal.type === '*') return { ...NOBODY, everyone: caller.kind === 'service' ? 'unknown' : 'yes' }
  if (principal.type === 'Service')
    return { ...NOBODY, session: tri(caller.kind === 'service' && caller.name === principal.value) }
  if (caller.kind === 'service') return NOBODY
  // A session may have begun at an identity provider; its ARN does not tell.
  if (principal.type === 'Federated' || principal.type === 'CanonicalUser')
    return { ...NOBODY, session: caller.kind === 'session' || caller.kind === 'role' ? 'unknown' : 'no' }
  const account = accountNamed(principal)
  if (account !== undefined) return { ...NOBODY, account: tri(account === caller.account) }
  if (isUniqueId(principal.value)) return { ...NOBODY, ...byUniqueId(principal.value, caller) }
  if (parseCaller(principal.value) === undefined) return { ...NOBODY, session: 'unknown' }
  return {
    ...NOBODY,
    session: namesItself(principal.value, caller),
    role: namesRole(principal.value, caller),
  }
}

function byUniqueId(id: string, caller: Caller): Partial<Naming> {
  if (caller.kind === 'root' || caller.kind === 'federated-user' || caller.kind === 'service') return {}
  const isRole = id.startsWith('AROA')
  if (isRole !== (caller.kind !== 'user')) return {}
  const known = caller.uniqueId === undefined ? 'unknown' : tri(caller.uniqueId === id)
  return isRole ? { role: known } : { session: known }
}

function namesItself(value: string, caller: Caller): Tri {
  if (caller.kind === 'service' || caller.kind === 'root') return 'no'
  if (caller.kind !== 'role') return tri(caller.arn === value)
  // Some session of the role: perhaps this one.
  const named = /^(arn:[a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(value)
  const own = `${named?.[1]}:iam::${named?.[2]}:role/`
  return named !== null && caller.arn.startsWith(own) && caller.arn.endsWith(`/${named[3]}`)
    ? 'unknown'
    : 'no'
}

function namesRole(value: string, caller: Caller): Tri {
  if (caller.kind === 'role') return tri(caller.arn === value)
  if (caller.kind !== 'session') return 'no'
  if (caller.roleArn !== undefined) return tri(caller.roleArn === value)
  const [, partition, account, role] =
    /^(arn:[a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(caller.arn) ?? []
  if (!value.startsWith(`${partition}:iam::${account}:role/`) || !value.endsWith(`/${role}`)) return 'no'
  // A session's ARN leaves out the path, but an account has one role of a name, and AWS keeps no policy that
  // names a role which isn't there.
  return 'yes'
}

/**
 * Whether NotPrincipal leaves the caller in. AWS checks the account, then the role, then the session, and asks
 * to list them all; of a list with only some of them it says that it may or may not take the caller in.
 */
function notExcepted(values: readonly PrincipalValue[], caller: Caller): Tri {
  if (values.some(({ type }) => type === '*')) return caller.kind === 'service' ? 'unknown' : 'no'
  const each = values.map((value) => namingOf(value, caller))
  const layers: Tri[] = [some(each.map(({ session }) => session))]
  if (caller.kind === 'role' || caller.kind === 'session') layers.push(some(each.map(({ role }) => role)))
  if (caller.kind === 'root') layers.splice(0)
  if (caller.kind !== 'service') layers.push(some(each.map(({ account }) => account)))
  const [all, any] = [every(layers), some(layers)]
  return all === any ? not(all) : 'unknown'
}
