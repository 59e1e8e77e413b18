import type { VaultId } from '../contract/ids.ts'
import { type Decision, evaluate, type Policies } from './evaluate.ts'
import type { Caller } from './principal.ts'
import type { KmsRequest } from './request.ts'

/** A call to KMS that a vault makes of a key (docs/format.md §2, KMS EDK). */
export type Need = {
  readonly action: string
  /** What the person can't do without it. */
  readonly purpose: string
  readonly subject: 'file' | 'names' | 'key'
  /** Without it nothing of the vault opens; the others stop some of its uses. */
  readonly essential: boolean
  readonly encryptionContext: Readonly<Record<string, string | null>>
}

/**
 * What every call of Strongroom has in common: it comes from the app itself, not by way of an AWS service, over
 * TLS, names the key by its ARN, and the key is a symmetric one.
 */
export const DIRECT_CALL: Readonly<Record<string, readonly string[] | null>> = {
  'kms:ViaService': null,
  'kms:RequestAlias': null,
  'kms:EncryptionAlgorithm': ['SYMMETRIC_DEFAULT'],
  'kms:KeySpec': ['SYMMETRIC_DEFAULT'],
  'kms:KeyUsage': ['ENCRYPT_DECRYPT'],
  'kms:GrantIsForAWSResource': null,
  'aws:CalledVia': null,
  'aws:CalledViaFirst': null,
  'aws:CalledViaLast': null,
  'aws:ViaAWSService': ['false'],
  'aws:SecureTransport': ['true'],
  'aws:SourceArn': null,
  'aws:SourceAccount': null,
}

/** The calls of a vault, with the encryption context of each. Ids of versions are some value: null. */
export function whatVaultNeeds(vaultId: VaultId): readonly Need[] {
  const pairs = {
    file: { 'strongroom-vault': vaultId, 'strongroom-version': null },
    names: { 'strongroom-vault': vaultId, 'strongroom-metadata': null },
    key: {},
  } as const
  return NEEDS.map((need) => ({ ...need, encryptionContext: pairs[need.subject] }))
}

const NEEDS: readonly Omit<Need, 'encryptionContext'>[] = [
  { action: 'kms:Decrypt', purpose: 'open the vault and see its names', subject: 'names', essential: true },
  { action: 'kms:Decrypt', purpose: 'open files', subject: 'file', essential: true },
  { action: 'kms:GenerateDataKey', purpose: 'add files', subject: 'file', essential: false },
  { action: 'kms:Encrypt', purpose: 'add files that others open too', subject: 'file', essential: false },
  { action: 'kms:ReEncryptFrom', purpose: 'move files off this key', subject: 'file', essential: false },
  { action: 'kms:ReEncryptTo', purpose: 'move files to this key', subject: 'file', essential: false },
  {
    action: 'kms:GenerateDataKey',
    purpose: 'make vaults and new epochs',
    subject: 'names',
    essential: false,
  },
  { action: 'kms:Encrypt', purpose: 'let others see the names', subject: 'names', essential: false },
  { action: 'kms:ReEncryptFrom', purpose: 'move the names off this key', subject: 'names', essential: false },
  { action: 'kms:ReEncryptTo', purpose: 'move the names to this key', subject: 'names', essential: false },
  { action: 'kms:DescribeKey', purpose: 'see that the key is usable', subject: 'key', essential: false },
]

export type Simulated = { readonly need: Need; readonly decision: Decision }

/**
 * Answers for each call of a vault whether `caller` may make it.
 *
 * @param keyArn the key whose policy is `policies.keyPolicy`
 * @param context condition keys that are known of the caller's requests (address, tags, organization…)
 */
export function simulate(
  caller: Caller,
  keyArn: string,
  vaultId: VaultId,
  policies: Policies,
  context: NonNullable<KmsRequest['context']> = {},
): readonly Simulated[] {
  return whatVaultNeeds(vaultId).map((need) => {
    const { action, encryptionContext } = need
    // What is known of these very requests stands above what all calls have in common.
    const facts = { ...lowerNames(DIRECT_CALL), ...lowerNames(context) }
    const request = { caller, action, resource: keyArn, encryptionContext, context: facts }
    return { need, decision: evaluate(request, policies) }
  })
}

function lowerNames<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]))
}
