/** A policy of AWS as its text says it: what parsePolicy makes and all else in this room reads. */

/** Where a policy hangs: that decides which elements it may have. */
export type PolicyKind = 'key' | 'identity' | 'boundary' | 'session' | 'scp' | 'rcp'

export type Policy = {
  readonly kind: PolicyKind
  /** In words, for traces: "key policy", "policy ReadOnly of role Papers". */
  readonly name: string
  /** Variables such as `${aws:username}` are read only from 2012-10-17 on; before, they are plain text. */
  readonly version: '2012-10-17' | '2008-10-17'
  readonly statements: readonly Statement[]
}

export type Statement = {
  /** Place in the policy, from 1. */
  readonly number: number
  readonly sid: string | null
  readonly effect: 'Allow' | 'Deny'
  readonly principal: PrincipalElement | null
  readonly action: ListElement
  /** null: the element is missing, which in a key policy makes the statement one without effect. */
  readonly resource: ListElement | null
  readonly conditions: readonly Condition[]
  /** What of this statement could not be read. While there is any, nobody can say whether it applies. */
  readonly unread: readonly string[]
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: all but the values if `except`. */
export type ListElement = { readonly except: boolean; readonly values: readonly string[] }

export type PrincipalElement = { readonly except: boolean; readonly values: readonly PrincipalValue[] }

export type PrincipalValue = {
  readonly type: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser' | '*'
  readonly value: string
}

/** One operator on one key: true if the request's value fits one of `values`. */
export type Condition = {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** A grant, as ListGrants reports it. */
export type Grant = {
  readonly id: string
  readonly grantee: string
  readonly operations: readonly string[]
  /** Account that issued it; null if not known. */
  readonly issuingAccount: string | null
  readonly contextEquals?: Readonly<Record<string, string>>
  readonly contextSubset?: Readonly<Record<string, string>>
}

/** How a statement is called in a sentence: by number, and by its Sid where it has one. */
export function nameOf(statement: Pick<Statement, 'number' | 'sid'>): string {
  return statement.sid === null
    ? `statement ${statement.number}`
    : `statement ${statement.number} (“${statement.sid}”)`
}
