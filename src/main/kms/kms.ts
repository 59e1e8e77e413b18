import type { Secret } from '../base/index.ts'

/**
 * What the vault asks of AWS KMS (docs/format.md §2, KMS EDK). Every call names a key by its ARN, which must be one
 * that the vault trusts, and an encryption context of ids only: it stands in clear in CloudTrail.
 */
export type Kms = {
  /** A new data key of 32 bytes, and the same wrapped. The Secret is the caller's. */
  generateDataKey(arn: string, context: KmsContext): Promise<KmsWrapped & { readonly key: Secret }>
  /** Wraps a key that exists: for a second recipient. The Secret is lent. */
  encrypt(arn: string, key: Secret, context: KmsContext): Promise<KmsWrapped>
  /** Unwraps. The Secret is the caller's. @throws KMS_CIPHERTEXT_REFUSED not of this key and context, or changed */
  decrypt(arn: string, blob: Uint8Array, context: KmsContext): Promise<KmsUnwrapped>
  /** Wraps anew without the key reaching this computer. */
  reEncrypt(request: ReEncryptRequest): Promise<KmsWrapped>
  /** The version of a key that wraps now; null: KMS does not say, or this role may not ask. */
  currentMaterial(arn: string): Promise<string | null>
  /** Calls answered or refused since this was asked last: the journal's note of a job (docs/format.md §4, op 9). */
  takeCalls(): readonly KmsCall[]
}

/** Pairs of encryption context: ASCII, case counts. */
export type KmsContext = Readonly<Record<string, string>>

/** @property keyMaterialId the version of the KMS key; null where KMS does not say */
export type KmsWrapped = { readonly blob: Uint8Array; readonly keyMaterialId: string | null }
export type KmsUnwrapped = { readonly key: Secret; readonly keyMaterialId: string | null }

export type ReEncryptRequest = {
  readonly from: string
  readonly blob: Uint8Array
  readonly to: string
  readonly context: KmsContext
}

/** A call as CloudTrail knows it. */
export type KmsCall = { readonly operation: string; readonly arn: string; readonly requestId: string | null }
