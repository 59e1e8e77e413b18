import type { KeyMetadata } from '@aws-sdk/client-kms'
import { fail, VaultError } from '../base/index.ts'
import { type KeyName, parseKeyName } from './arn.ts'
import { aliasesOf } from './key-lists.ts'
import { type KeyRotation, type PastRotation, pastRotations, rotationOf } from './key-rotation.ts'
import type { Sender } from './sender.ts'

/** What could be learnt, or why not: a missing permission is never shown as "no" or "off". */
export type Checked<T> =
  | { readonly kind: 'known'; readonly value: T }
  | { readonly kind: 'unchecked'; readonly reason: VaultError }

/** What AWS says of a key. Times are milliseconds since 1970. */
export type KmsKeyFacts = {
  readonly arn: string
  readonly account: string
  readonly manager: 'customer' | 'aws'
  /** As KMS names it: Enabled, Disabled, PendingDeletion, PendingImport, PendingReplicaDeletion, Unavailable, … */
  readonly state: string
  readonly enabled: boolean
  /** AWS_KMS; EXTERNAL: imported material, which AWS does not keep for you; AWS_CLOUDHSM, EXTERNAL_KEY_STORE. */
  readonly origin: string
  readonly spec: string
  readonly usage: string
  readonly description: string
  readonly createdMs: number | null
  readonly multiRegion: MultiRegion | null
  /** When KMS deletes it; null when nobody asked for that. */
  readonly deletionMs: number | null
  /** When imported material expires; null when it doesn't. */
  readonly materialExpiresMs: number | null
  readonly keyMaterialId: string | null
  readonly aliases: Checked<readonly string[]>
  readonly rotation: Checked<KeyRotation>
  readonly rotations: Checked<readonly PastRotation[]>
}

export type MultiRegion = {
  readonly role: 'primary' | 'replica'
  readonly primaryArn: string
  readonly replicaArns: readonly string[]
}

export async function describeKey(
  sender: Sender,
  signal: AbortSignal | undefined,
  text: string,
): Promise<KmsKeyFacts> {
  const metadata = await describe(sender, signal, parseName(text))
  const arn = arnIn(metadata, text)
  const [aliases, rotation, rotations] = await Promise.all([
    checked(aliasesOf(sender, signal, arn)),
    checked(rotationOf(sender, signal, arn)),
    checked(pastRotations(sender, signal, arn)),
  ])
  return { ...factsIn(metadata, arn), aliases, rotation, rotations }
}

export async function resolveAlias(
  sender: Sender,
  signal: AbortSignal | undefined,
  alias: string,
  pinned: string | undefined,
): Promise<string> {
  const arn = arnIn(await describe(sender, signal, parseName(alias)), alias)
  if (pinned !== undefined && arn !== pinned) {
    fail('KMS_ALIAS_MOVED', `The alias ${alias} stood for ${pinned}; now it stands for ${arn}.`, {
      alias,
      pinned,
      arn,
    })
  }
  return arn
}

/**
 * Refuses what no vault may depend on: keys of AWS's own, of another kind, or that can't be used now.
 *
 * @throws KMS_KEY_UNSUITABLE · KMS_KEY_PENDING_DELETION · KMS_KEY_DISABLED · KMS_KEY_UNAVAILABLE
 */
export function demandUsable(facts: KmsKeyFacts): void {
  const { arn, state } = facts
  const because = unsuitable(facts)
  if (because !== undefined)
    fail('KMS_KEY_UNSUITABLE', `The KMS key ${arn} can’t be used: ${because}`, { arn })
  if (/^Pending(?:Replica)?Deletion$/.test(state)) {
    fail('KMS_KEY_PENDING_DELETION', `The KMS key ${arn} is about to be deleted.`, {
      arn,
      ...(facts.deletionMs !== null && { deletionMs: facts.deletionMs }),
    })
  }
  if (state === 'Disabled') fail('KMS_KEY_DISABLED', `The KMS key ${arn} is disabled.`, { arn })
  if (state === 'Enabled' || state === 'Updating') return
  fail('KMS_KEY_UNAVAILABLE', `The KMS key ${arn} can’t be used now: its state is ${state}.`, { arn, state })
}

const OF_AWS =
  'AWS manages it for one of its own services, which alone may call it. It has no key policy of yours, and can’t be shared with another account.'

function unsuitable({ manager, spec, usage }: KmsKeyFacts): string | undefined {
  if (manager === 'aws') return OF_AWS
  if (spec.startsWith('HMAC')) return `it is an HMAC key (${spec}), which encrypts nothing.`
  if (spec !== 'SYMMETRIC_DEFAULT') return `it is an asymmetric key (${spec}).`
  return usage === 'ENCRYPT_DECRYPT' ? undefined : `it is not for encrypting and decrypting (${usage}).`
}

/** @throws KMS_NAME_INVALID · KMS_KEY_UNSUITABLE, before anything is sent */
function parseName(text: string): KeyName {
  const name = parseKeyName(text)
  if (name === undefined)
    return fail('KMS_NAME_INVALID', `“${text}” is no name of a KMS key.`, { name: text })
  if (name.ofAws) fail('KMS_KEY_UNSUITABLE', `The KMS key ${text} can’t be used: ${OF_AWS}`, { name: text })
  return name
}

async function describe(
  sender: Sender,
  signal: AbortSignal | undefined,
  { text }: KeyName,
): Promise<KeyMetadata> {
  const asked = { operation: 'DescribeKey', key: text }
  const answer = await sender.callUnpinned(asked, signal, (client, { DescribeKeyCommand }, options) =>
    client.send(new DescribeKeyCommand({ KeyId: text }), options),
  )
  return (
    answer.KeyMetadata ?? fail('KMS_ANSWER_WRONG', `AWS KMS described nothing for ${text}.`, { name: text })
  )
}

/** The described key's ARN. Asked by ARN, it must be that one: a proxy must not swap keys. */
function arnIn({ Arn: arn }: KeyMetadata, asked: string): string {
  const name = arn === undefined ? undefined : parseKeyName(arn)
  const asNamed = parseKeyName(asked)
  const sameKey = asNamed?.kind === 'alias' || arn === asked || arn?.endsWith(`:key/${asked}`) === true
  if (arn !== undefined && name?.kind === 'key' && name.region !== undefined && sameKey) return arn
  return fail('KMS_ANSWER_WRONG', `AWS KMS was asked for ${asked} and described ${arn ?? 'nothing'}.`, {
    name: asked,
  })
}

function factsIn(
  metadata: KeyMetadata,
  arn: string,
): Omit<KmsKeyFacts, 'aliases' | 'rotation' | 'rotations'> {
  const { MultiRegionConfiguration: regions } = metadata
  return {
    arn,
    account: metadata.AWSAccountId ?? '',
    manager: metadata.KeyManager === 'AWS' ? 'aws' : 'customer',
    state: metadata.KeyState ?? 'unknown',
    enabled: metadata.Enabled === true,
    origin: metadata.Origin ?? 'unknown',
    spec: metadata.KeySpec ?? 'unknown',
    usage: metadata.KeyUsage ?? 'unknown',
    description: metadata.Description ?? '',
    createdMs: metadata.CreationDate?.getTime() ?? null,
    multiRegion:
      regions === undefined
        ? null
        : {
            role: regions.MultiRegionKeyType === 'REPLICA' ? 'replica' : 'primary',
            primaryArn: regions.PrimaryKey?.Arn ?? '',
            replicaArns: (regions.ReplicaKeys ?? []).flatMap((replica) => replica.Arn ?? []),
          },
    deletionMs: metadata.DeletionDate?.getTime() ?? null,
    materialExpiresMs: metadata.ValidTo?.getTime() ?? null,
    keyMaterialId: metadata.CurrentKeyMaterialId ?? null,
  }
}

async function checked<T>(asking: Promise<T>): Promise<Checked<T>> {
  try {
    return { kind: 'known', value: await asking }
  } catch (error) {
    if (error instanceof VaultError && error.code === 'KMS_ACCESS_DENIED') {
      return { kind: 'unchecked', reason: error }
    }
    throw error
  }
}
