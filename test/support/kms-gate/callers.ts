import { refuse } from './answers.ts'
import type { Policy } from './policy.ts'

/** Somebody who calls KMS: an IAM user or role with a policy of their own. */
export type Caller = {
  readonly accessKeyId: string
  readonly arn: string
  iam: Policy
  expired: boolean
}

/** Keeps a program from the profiles, files and cloud metadata of whoever runs the tests. */
export const NO_AWS_OF_OURS = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const

export const ALL_OF_KMS: Policy = { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] }
export const NOTHING: Policy = { Statement: [] }
export const ACCOUNT = '123456789012'

/** Everybody the gate knows. Signatures are not checked: the access key id says who calls. */
export class Callers {
  readonly #byKey = new Map<string, Caller>()
  #next = 1

  add(name: string, iam: Policy, account = ACCOUNT): Caller {
    const accessKeyId = `AKIAGATE${String(this.#next++).padStart(12, '0')}`
    const arn = name.includes('/')
      ? `arn:aws:sts::${account}:assumed-role/${name}`
      : `arn:aws:iam::${account}:user/${name}`
    const caller: Caller = { accessKeyId, arn, iam, expired: false }
    this.#byKey.set(accessKeyId, caller)
    return caller
  }

  /** Whoever signed a request. */
  who(authorization: string | undefined): Caller {
    const accessKeyId = /Credential=([^/]+)\//.exec(authorization ?? '')?.[1]
    if (accessKeyId === undefined) {
      return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token')
    }
    const caller = this.#byKey.get(accessKeyId)
    if (caller === undefined) {
      return refuse('UnrecognizedClientException', 'The security token included in the request is invalid.')
    }
    if (caller.expired)
      refuse('ExpiredTokenException', 'The security token included in the request is expired')
    return caller
  }
}

/** The region that a request was signed for. */
export const regionOf = (authorization: string | undefined): string =>
  /Credential=[^/]+\/\d+\/([a-z0-9-]+)\//.exec(authorization ?? '')?.[1] ?? ''
