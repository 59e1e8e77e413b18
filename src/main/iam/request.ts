import type { Caller } from './principal.ts'

/** A call to be judged: who, what, on which key, and what AWS would know of it. */
export type KmsRequest = {
  readonly caller: Caller
  /** Such as `kms:Decrypt`. */
  readonly action: string
  /** ARN of the key; `*` for a call on none, such as kms:ListKeys. */
  readonly resource: string
  /** Pairs sent with the call, null: some value; none if the operation takes none; not given: not known. */
  readonly encryptionContext?: Readonly<Record<string, string | null>>
  /** Condition keys and their values, null: surely not part of this request. What is not here is not known. */
  readonly context?: Readonly<Record<string, readonly string[] | null>>
}

/** What a request has under a condition key. */
export type KeyValues =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' }

const ABSENT: KeyValues = { kind: 'absent' }
const UNKNOWN: KeyValues = { kind: 'unknown' }
const PAIR_PREFIX = 'kms:encryptioncontext:'

/** Condition keys that hold a list (KMS guide and IAM guide, "multivalued"); the names of pairs among them. */
const LISTS = new Set([
  'kms:encryptioncontextkeys',
  'kms:grantoperations',
  'kms:resourcealiases',
  'aws:tagkeys',
  'aws:calledvia',
  'aws:principalorgpaths',
  'aws:principalservicenameslist',
])

/** Whether a condition key holds a list and so needs ForAllValues or ForAnyValue. */
export const isListKey = (key: string): boolean => LISTS.has(key.toLowerCase())

/**
 * The values of a condition key, whose name ignores case: as given in `context`, or as they follow from the
 * caller, the key's ARN and the encryption context.
 */
export function valuesOf(request: KmsRequest, key: string): KeyValues {
  const name = key.toLowerCase()
  for (const [given, values] of Object.entries(request.context ?? {}))
    if (given.toLowerCase() === name) return values === null ? ABSENT : { kind: 'values', values }
  if (name === 'kms:encryptioncontextkeys') return namesOfPairs(request)
  if (name.startsWith(PAIR_PREFIX)) return valueOfPair(request, name.slice(PAIR_PREFIX.length))
  return ofCaller(request.caller, name) ?? ofResource(request.resource, name) ?? UNKNOWN
}

const one = (value: string): KeyValues => ({ kind: 'values', values: [value] })

function namesOfPairs({ encryptionContext }: KmsRequest): KeyValues {
  if (encryptionContext === undefined) return UNKNOWN
  const values = Object.keys(encryptionContext)
  return values.length === 0 ? ABSENT : { kind: 'values', values }
}

/** In a condition the name of a pair ignores case, though KMS itself does not. */
function valueOfPair({ encryptionContext }: KmsRequest, lowerName: string): KeyValues {
  if (encryptionContext === undefined) return UNKNOWN
  const values = Object.entries(encryptionContext)
    .filter(([name]) => name.toLowerCase() === lowerName)
    .map(([, value]) => value)
  const [value, another] = values
  if (value === undefined) return ABSENT
  return value === null || another !== undefined ? UNKNOWN : one(value)
}

const PRINCIPAL_TYPES = {
  root: 'Account',
  user: 'User',
  role: 'AssumedRole',
  session: 'AssumedRole',
  'federated-user': 'FederatedUser',
} as const

function ofCaller(caller: Caller, name: string): KeyValues | undefined {
  if (name === 'aws:principalisawsservice') return one(String(caller.kind === 'service'))
  if (caller.kind === 'service') return undefined
  switch (name) {
    case 'aws:principalarn':
      // For a session this key holds the ARN of its role, path and all.
      if (caller.kind !== 'session') return one(caller.arn)
      return caller.roleArn === undefined ? undefined : one(caller.roleArn)
    case 'aws:principalaccount':
    case 'kms:calleraccount':
      return one(caller.account)
    case 'aws:principaltype':
      return one(PRINCIPAL_TYPES[caller.kind])
    case 'aws:username':
      return caller.kind === 'user' ? one(caller.arn.slice(caller.arn.lastIndexOf('/') + 1)) : ABSENT
    default:
      return undefined
  }
}

function ofResource(resource: string, name: string): KeyValues | undefined {
  const [, region, account] = /^arn:[^:]+:kms:([^:]+):(\d{12}):/.exec(resource) ?? []
  if (region === undefined || account === undefined) return undefined
  if (name === 'aws:requestedregion') return one(region)
  return name === 'aws:resourceaccount' ? one(account) : undefined
}
