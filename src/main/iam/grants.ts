import type { Grant } from './policy.ts'
import { type Caller, naming } from './principal.ts'
import type { KmsRequest } from './request.ts'
import { every, type Tri, tri } from './three-valued.ts'

/** @property allows whether the grant alone lets the call through; explicit denies and SCPs still stop it */
export type GrantTrace = {
  readonly id: string
  readonly allows: Tri
  readonly elements: readonly { readonly element: string; readonly outcome: Tri }[]
}

/** Operations to which a constraint on the encryption context does not apply: they take none. */
const WITHOUT_CONTEXT = new Set([
  'DescribeKey',
  'RetireGrant',
  'GetPublicKey',
  'Sign',
  'Verify',
  'GenerateMac',
  'VerifyMac',
])

/** Holds a grant against a request (KMS guide, "Grants"). */
export function traceGrant(grant: Grant, request: KmsRequest): GrantTrace {
  const operation = request.action.replace(/^kms:/i, '')
  const elements = [
    { element: 'GranteePrincipal', outcome: isGrantee(grant.grantee, request.caller) },
    {
      element: 'Operations',
      outcome: tri(grant.operations.some((name) => name.toLowerCase() === operation.toLowerCase())),
    },
    { element: 'Constraints', outcome: meetsConstraints(grant, operation, request) },
  ]
  return { id: grant.id, allows: every(elements.map(({ outcome }) => outcome)), elements }
}

function isGrantee(grantee: string, caller: Caller): Tri {
  if (caller.kind === 'service') return tri(grantee === caller.name)
  const named = naming({ except: false, values: [{ type: 'AWS', value: grantee }] }, caller)
  if (named.session === 'yes' || named.role === 'yes') return 'yes'
  // A grant to an account may stand for many identities; the guide does not say for which.
  if (named.account === 'yes') return caller.kind === 'root' ? 'yes' : 'unknown'
  return named.session === 'unknown' || named.role === 'unknown' ? 'unknown' : 'no'
}

function meetsConstraints(grant: Grant, operation: string, { encryptionContext }: KmsRequest): Tri {
  const { contextEquals, contextSubset } = grant
  if (contextEquals === undefined && contextSubset === undefined) return 'yes'
  if (WITHOUT_CONTEXT.has(operation)) return 'yes'
  // A grant made by way of this one must be at least as strict: what it would say is not known here.
  if (operation === 'CreateGrant' || encryptionContext === undefined) return 'unknown'
  const pairs = new Map(Object.entries(encryptionContext))
  const includes = (wanted: Readonly<Record<string, string>>): Tri =>
    every(
      Object.entries(wanted).map(([name, value]) => {
        const given = pairs.get(name)
        return given === null ? 'unknown' : tri(given === value)
      }),
    )
  const sameCount = contextEquals === undefined || pairs.size === Object.keys(contextEquals).length
  return every([tri(sameCount), includes(contextEquals ?? {}), includes(contextSubset ?? {})])
}
