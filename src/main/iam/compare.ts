import type { VaultId } from '../contract/ids.ts'
import { evaluate } from './evaluate.ts'
import { DIRECT_CALL, type Need, whatVaultNeeds } from './needs.ts'
import type { Grant, Policy } from './policy.ts'
import { type Caller, parseCaller } from './principal.ts'

/**
 * What a key policy gives somebody: `by-itself`: no other policy is needed; `with-own-policy`: if the caller's own
 * IAM policies allow it too; `unsure`: it hangs on facts that are not known.
 */
export type Access = 'none' | 'unsure' | 'with-own-policy' | 'by-itself'

export type AccessChange = {
  readonly principal: string
  readonly action: string
  readonly purpose: string
  readonly before: Access
  readonly after: Access
  readonly change: 'gains' | 'loses' | 'unclear'
}

/** Managing calls whose gain or loss matters most, beside those that a vault makes. */
const MANAGING: readonly Need[] = [
  ['kms:PutKeyPolicy', 'change the key policy'],
  ['kms:ScheduleKeyDeletion', 'schedule the key’s deletion'],
  ['kms:DisableKey', 'disable the key'],
  ['kms:CreateGrant', 'give access by grants'],
].map(([action = '', purpose = '']) => ({
  action,
  purpose,
  subject: 'key',
  essential: false,
  encryptionContext: {},
}))

/** Stands for anyone at all: a user of an account that no policy names. */
export const STRANGER = 'arn:aws:iam::000000000000:user/anyone'

/**
 * What each principal that one of two key policies names gains and loses by the change from `before` to `after`,
 * and anyone at all.
 *
 * @param others ARNs to look at besides, such as members and the person who edits
 */
export function compare(
  before: Policy,
  after: Policy,
  keyArn: string,
  vaultId: VaultId,
  {
    others = [],
    grants = [],
  }: { readonly others?: readonly string[]; readonly grants?: readonly Grant[] } = {},
): readonly AccessChange[] {
  const named = [before, after].flatMap(({ statements }) =>
    statements.flatMap(({ principal }) => (principal?.values ?? []).map(({ value }) => value)),
  )
  return [...new Set([...named, ...others, STRANGER])].flatMap((principal) => {
    const caller = parseCaller(principal)
    if (caller === undefined) return []
    return [...whatVaultNeeds(vaultId), ...MANAGING].flatMap((need): AccessChange[] => {
      const [was, is] = [before, after].map((policy) => accessOf(caller, need, keyArn, policy, grants))
      if (was === undefined || is === undefined || was === is) return []
      const change =
        was === 'unsure' || is === 'unsure' ? 'unclear' : RANK[is] > RANK[was] ? 'gains' : 'loses'
      return [{ principal, action: need.action, purpose: need.purpose, before: was, after: is, change }]
    })
  })
}

const RANK: Readonly<Record<Access, number>> = { none: 0, unsure: 1, 'with-own-policy': 2, 'by-itself': 3 }

/** The most that IAM policies can say. */
const ALLOW_ALL: Policy = {
  kind: 'identity',
  name: 'policy that allows everything',
  version: '2012-10-17',
  statements: [
    {
      number: 1,
      sid: null,
      effect: 'Allow',
      principal: null,
      action: { except: false, values: ['*'] },
      resource: { except: false, values: ['*'] },
      conditions: [],
      unread: [],
    },
  ],
}

/** What a key policy gives `caller`. */
export function accessOf(
  caller: Caller,
  { action, encryptionContext }: Pick<Need, 'action' | 'encryptionContext'>,
  keyArn: string,
  keyPolicy: Policy,
  grants: readonly Grant[] = [],
): Access {
  const request = { caller, action, encryptionContext, resource: keyArn, context: DIRECT_CALL }
  const [alone, helped] = [[], [ALLOW_ALL]].map(
    (identity) => evaluate(request, { keyPolicy, grants, identity }).answer,
  )
  if (alone === 'allowed') return 'by-itself'
  if (helped === 'denied') return 'none'
  return helped === 'allowed' && alone === 'denied' ? 'with-own-policy' : 'unsure'
}
