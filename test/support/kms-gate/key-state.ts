import { createHash, randomBytes } from 'node:crypto'
import type { Json } from './answers.ts'
import { refuse } from './answers.ts'
import type { Grant, Policy } from './policy.ts'

export type Material = {
  readonly id: string
  readonly sinceMs: number
  readonly how: 'ON_DEMAND' | 'AUTOMATIC' | null
}
type Condition = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport' | 'Unavailable'

const CRYPTO = /^(?:Encrypt|Decrypt|ReEncrypt\w*|GenerateDataKey\w*)$/
const NOT_WHILE_DISABLED = /^(?:EnableKeyRotation|DisableKeyRotation|RotateKeyOnDemand)$/
const NOT_WHILE_DELETED = /^(?:EnableKey|DisableKey|CreateGrant|ScheduleKeyDeletion|UpdateAlias|CreateAlias)$/
const ON_DEMAND_LIMIT = 25

/** What moto does not keep of a key: state, policy, grants, materials and which of them wrapped what. */
export class GateKey {
  readonly arn: string
  policy: Policy
  policyText: string
  state: Condition = 'Enabled'
  /** AWS answers for a key that waits for its deletion with either. */
  deletedAs: 'KMSInvalidStateException' | 'DisabledException' = 'KMSInvalidStateException'
  deletionMs: number | undefined
  rotationDays: number | undefined
  grants: Grant[] = []
  readonly materials: Material[] = [{ id: newMaterialId(), sinceMs: Date.now(), how: null }]
  readonly #wrappedBy = new Map<string, string>()

  constructor(arn: string, policy: Policy = defaultPolicy(arn)) {
    this.arn = arn
    this.policy = policy
    this.policyText = JSON.stringify(policy)
  }

  setPolicy(policy: Policy): void {
    this.policy = policy
    this.policyText = JSON.stringify(policy)
  }

  /** The material that wraps now. */
  get material(): string {
    return this.materials.at(-1)?.id ?? ''
  }

  /** New material; what older material wrapped opens as before. */
  rotate(how: 'ON_DEMAND' | 'AUTOMATIC' = 'ON_DEMAND'): void {
    if (this.materials.filter((one) => one.how === 'ON_DEMAND').length >= ON_DEMAND_LIMIT) {
      refuse('LimitExceededException', 'On-demand rotation limit exceeded for this key.')
    }
    this.materials.push({ id: newMaterialId(), sinceMs: Date.now(), how })
  }

  /** Notes which material wrapped a ciphertext that was just made. */
  wrapped(blob: string): string {
    this.#wrappedBy.set(digest(blob), this.material)
    return this.material
  }

  /** The material that wrapped a ciphertext; the first one for what was made before the gate stood. */
  materialOf(blob: string): string {
    return this.#wrappedBy.get(digest(blob)) ?? this.materials[0]?.id ?? ''
  }

  demandState(operation: string): void {
    const crypto = CRYPTO.test(operation)
    const changing = NOT_WHILE_DISABLED.test(operation)
    if (this.state === 'Disabled' && (crypto || changing))
      refuse('DisabledException', `${this.arn} is disabled.`)
    if (this.state === 'PendingDeletion' && (crypto || changing || NOT_WHILE_DELETED.test(operation))) {
      refuse(this.deletedAs, `${this.arn} is pending deletion.`)
    }
    if (this.state === 'PendingImport' && crypto)
      refuse('KMSInvalidStateException', `${this.arn} is pending import.`)
    if (this.state === 'Unavailable' && crypto)
      refuse('KMSInvalidStateException', `${this.arn} is unavailable.`)
  }

  /** What DescribeKey says differently from moto. */
  described(metadata: Json): Json {
    return {
      ...metadata,
      Enabled: this.state === 'Enabled',
      KeyState: this.state,
      CurrentKeyMaterialId: this.material,
      ...(this.deletionMs !== undefined && { DeletionDate: this.deletionMs / 1000 }),
    }
  }
}

/** What a key has when nobody gave it a policy: everything is left to its account's IAM. */
export function defaultPolicy(arn: string): Policy {
  const account = arn.split(':')[4] ?? ''
  const root = { AWS: `arn:aws:iam::${account}:root` }
  const Sid = 'Enable IAM User Permissions'
  return {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [{ Sid, Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' }],
  }
}

const newMaterialId = (): string => randomBytes(32).toString('hex')
const digest = (blob: string): string => createHash('sha256').update(blob).digest('hex')
