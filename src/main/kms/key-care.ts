import type { GrantListEntry, KMSClient } from '@aws-sdk/client-kms'
import { fail } from '../base/index.ts'
import { allPages } from './key-lists.ts'
import { type PastRotation, pastRotations } from './key-rotation.ts'
import type { Sdk, Sender, SendOptions } from './sender.ts'

/** A grant: leave to use a key that no policy shows. */
export type KmsGrant = {
  readonly id: string
  readonly name: string | null
  readonly grantee: string
  readonly retiring: string | null
  readonly operations: readonly string[]
  /** Pairs of encryption context that a call must have; null when any will do. */
  readonly context: {
    readonly match: 'equals' | 'subset'
    readonly pairs: Readonly<Record<string, string>>
  } | null
  readonly createdMs: number | null
}

/**
 * What an administrator does to a key: one call of KMS each. All but the lists demand that the key is trusted;
 * all may fail as KmsClient's do.
 */
export class KeyCare {
  readonly #sender: Sender
  readonly #signal: AbortSignal | undefined

  constructor(sender: Sender, signal: AbortSignal | undefined) {
    this.#sender = sender
    this.#signal = signal
  }

  /** @param periodDays 90 to 2,560; KMS's default is 365 */
  async enableRotation(arn: string, periodDays?: number): Promise<void> {
    demandWithin('Rotation period', periodDays, 90, 2_560)
    await this.#call('EnableKeyRotation', arn, (client, sdk, options) => {
      const period = periodDays === undefined ? {} : { RotationPeriodInDays: periodDays }
      return client.send(new sdk.EnableKeyRotationCommand({ KeyId: arn, ...period }), options)
    })
  }

  async disableRotation(arn: string): Promise<void> {
    await this.#call('DisableKeyRotation', arn, (client, sdk, options) =>
      client.send(new sdk.DisableKeyRotationCommand({ KeyId: arn }), options),
    )
  }

  /** Asks for new key material now; KMS makes it within moments. @throws KMS_LIMIT_REACHED after 25 times */
  async rotateOnDemand(arn: string): Promise<void> {
    await this.#call('RotateKeyOnDemand', arn, (client, sdk, options) =>
      client.send(new sdk.RotateKeyOnDemandCommand({ KeyId: arn }), options),
    )
  }

  /** Every material the key has had, oldest first. */
  async listRotations(arn: string): Promise<readonly PastRotation[]> {
    this.#sender.demandTrusted(arn)
    return await pastRotations(this.#sender, this.#signal, arn)
  }

  /**
   * Starts the wait after which KMS deletes the key for ever; until then it can't be used.
   *
   * @param days 7 to 30
   * @returns when it is deleted, in ms since 1970
   */
  async scheduleDeletion(arn: string, days: number): Promise<number | null> {
    demandWithin('The wait', days, 7, 30)
    const answer = await this.#call('ScheduleKeyDeletion', arn, (client, sdk, options) =>
      client.send(new sdk.ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: days }), options),
    )
    return answer.DeletionDate?.getTime() ?? null
  }

  /** The key is disabled afterwards: KMS leaves enabling to a second call. */
  async cancelDeletion(arn: string): Promise<void> {
    await this.#call('CancelKeyDeletion', arn, (client, sdk, options) =>
      client.send(new sdk.CancelKeyDeletionCommand({ KeyId: arn }), options),
    )
  }

  async enableKey(arn: string): Promise<void> {
    await this.#call('EnableKey', arn, (client, sdk, options) =>
      client.send(new sdk.EnableKeyCommand({ KeyId: arn }), options),
    )
  }

  async disableKey(arn: string): Promise<void> {
    await this.#call('DisableKey', arn, (client, sdk, options) =>
      client.send(new sdk.DisableKeyCommand({ KeyId: arn }), options),
    )
  }

  /** The key policy: JSON, as its author wrote it. */
  async getPolicy(arn: string): Promise<string> {
    const answer = await this.#call('GetKeyPolicy', arn, (client, sdk, options) =>
      client.send(new sdk.GetKeyPolicyCommand({ KeyId: arn, PolicyName: 'default' }), options),
    )
    return answer.Policy ?? fail('KMS_ANSWER_WRONG', `AWS KMS gave no policy of ${arn}.`, { key: arn })
  }

  /** KMS's own check against locking everybody out stays on. @throws KMS_POLICY_REFUSED */
  async putPolicy(arn: string, policy: string): Promise<void> {
    await this.#call('PutKeyPolicy', arn, (client, sdk, options) =>
      client.send(
        new sdk.PutKeyPolicyCommand({
          KeyId: arn,
          PolicyName: 'default',
          Policy: policy,
          BypassPolicyLockoutSafetyCheck: false,
        }),
        options,
      ),
    )
  }

  async listGrants(arn: string): Promise<readonly KmsGrant[]> {
    const rows = await allPages((marker) =>
      this.#call('ListGrants', arn, async (client, sdk, options) => {
        const answer = await client.send(new sdk.ListGrantsCommand({ KeyId: arn, ...marker }), options)
        return { ...answer, rows: answer.Grants }
      }),
    )
    return rows.map(grantIn)
  }

  /** ARNs of every key of the account in the SDK's region. */
  async listKeys(): Promise<readonly string[]> {
    const rows = await allPages((marker) =>
      this.#list('ListKeys', async (client, sdk, options) => {
        const answer = await client.send(new sdk.ListKeysCommand({ ...marker }), options)
        return { ...answer, rows: answer.Keys }
      }),
    )
    return rows.flatMap(({ KeyArn: arn }) => arn ?? [])
  }

  /** Every alias of the account in the SDK's region, with the id of its key; AWS's own may have none yet. */
  async listAliases(): Promise<readonly { readonly name: string; readonly keyId: string | null }[]> {
    const rows = await allPages((marker) =>
      this.#list('ListAliases', async (client, sdk, options) => {
        const answer = await client.send(new sdk.ListAliasesCommand({ ...marker }), options)
        return { ...answer, rows: answer.Aliases }
      }),
    )
    return rows.flatMap(({ AliasName: name, TargetKeyId: keyId }) =>
      name === undefined ? [] : { name, keyId: keyId ?? null },
    )
  }

  #call<T extends { readonly $metadata: { readonly requestId?: string | undefined } }>(
    operation: string,
    arn: string,
    send: (client: KMSClient, sdk: Sdk, options: SendOptions) => Promise<T>,
  ): Promise<T> {
    return this.#sender.call({ operation, key: arn }, this.#signal, send)
  }

  #list<T extends { readonly $metadata: { readonly requestId?: string | undefined } }>(
    operation: string,
    send: (client: KMSClient, sdk: Sdk, options: SendOptions) => Promise<T>,
  ): Promise<T> {
    return this.#sender.callUnpinned({ operation, key: '' }, this.#signal, send)
  }
}

function demandWithin(what: string, days: number | undefined, least: number, most: number): void {
  if (days === undefined || (Number.isInteger(days) && days >= least && days <= most)) return
  fail('USAGE', `${what} must be ${least} to ${most} days, not ${days}.`, { days })
}

function grantIn(entry: GrantListEntry): KmsGrant {
  const equals = entry.Constraints?.EncryptionContextEquals
  const subset = entry.Constraints?.EncryptionContextSubset
  const match = equals === undefined ? 'subset' : 'equals'
  const pairs = equals ?? subset
  return {
    id: entry.GrantId ?? '',
    name: entry.Name ?? null,
    grantee: entry.GranteePrincipal ?? '',
    retiring: entry.RetiringPrincipal ?? null,
    operations: entry.Operations ?? [],
    context: pairs === undefined ? null : { match, pairs },
    createdMs: entry.CreationDate?.getTime() ?? null,
  }
}
