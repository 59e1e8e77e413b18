import { assertNever, parseUtf8, utf8Bytes } from '../base/index.ts'
import type { KmsContext } from '../kms/index.ts'
import type { Edk } from '../message/index.ts'
import type { Place } from './wrapped-key.ts'

/**
 * A key that AWS KMS wrapped (docs/format.md §2), as any AWS Encryption SDK writes it:
 *
 *     provider id    aws-kms
 *     provider info  the key's ARN
 *     ciphertext     KMS's own
 */
export const KMS_PROVIDER = utf8Bytes('aws-kms')

export function kmsEdk(arn: string, blob: Uint8Array): Edk {
  return { providerId: KMS_PROVIDER, providerInfo: utf8Bytes(arn), ciphertext: blob }
}

/** The ARN that a KMS EDK is for; undefined if its info is no text. */
export function kmsEdkArn(edk: Edk): string | undefined {
  return parseUtf8(edk.providerInfo)
}

/** What a key record is the record of: a version's file key, or a metadata key. */
export type Purpose = 'version' | 'metadata'

/** A record that a KMS EDK stands in; `name` for what is said. */
export type KmsRecord = { readonly place: Place; readonly purpose: Purpose; readonly name: string }

/** The encryption context of a wrapped key: ids alone, which CloudTrail shows to whoever reads it. */
export function kmsContext({ vaultId, subject }: Place, purpose: Purpose): KmsContext {
  switch (purpose) {
    case 'version':
      return { 'strongroom-vault': vaultId, 'strongroom-version': subject }
    case 'metadata':
      return { 'strongroom-vault': vaultId, 'strongroom-metadata': subject }
    default:
      return assertNever(purpose)
  }
}
