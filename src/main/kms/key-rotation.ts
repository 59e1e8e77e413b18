import type { RotationsListEntry } from '@aws-sdk/client-kms'
import { VaultError } from '../base/index.ts'
import { allPages } from './key-lists.ts'
import type { Sender } from './sender.ts'

/** How a key gets new material. Rotation keeps the old material and re-encrypts nothing. */
export type KeyRotation =
  | { readonly kind: 'on'; readonly periodDays: number | null; readonly nextMs: number | null }
  | { readonly kind: 'off' }
  /** Not for keys of this kind: asymmetric, HMAC, in a key store of its own. */
  | { readonly kind: 'impossible' }

/** @property how AUTOMATIC or ON_DEMAND; null for the key's first material */
export type PastRotation = {
  readonly keyMaterialId: string | null
  readonly atMs: number | null
  readonly how: string | null
}

/** May name a key that is not trusted: a person asks about it. */
export async function rotationOf(
  sender: Sender,
  signal: AbortSignal | undefined,
  arn: string,
): Promise<KeyRotation> {
  const asked = { operation: 'GetKeyRotationStatus', key: arn }
  try {
    const answer = await sender.callUnpinned(asked, signal, (client, sdk, options) =>
      client.send(new sdk.GetKeyRotationStatusCommand({ KeyId: arn }), options),
    )
    if (answer.KeyRotationEnabled !== true) return { kind: 'off' }
    return {
      kind: 'on',
      periodDays: answer.RotationPeriodInDays ?? null,
      nextMs: answer.NextRotationDate?.getTime() ?? null,
    }
  } catch (error) {
    if (isUnsupported(error)) return { kind: 'impossible' }
    throw error
  }
}

/** Every material the key has had, the first one too, oldest first. May name a key that is not trusted. */
export async function pastRotations(
  sender: Sender,
  signal: AbortSignal | undefined,
  arn: string,
): Promise<readonly PastRotation[]> {
  const asked = { operation: 'ListKeyRotations', key: arn }
  try {
    const entries = await allPages((marker) =>
      sender.callUnpinned(asked, signal, async (client, sdk, options) => {
        const request = { KeyId: arn, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' as const, ...marker }
        const answer = await client.send(new sdk.ListKeyRotationsCommand(request), options)
        return { ...answer, rows: answer.Rotations }
      }),
    )
    return entries.map(rotationIn).sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0))
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

function rotationIn(entry: RotationsListEntry): PastRotation {
  return {
    keyMaterialId: entry.KeyMaterialId ?? null,
    atMs: entry.RotationDate?.getTime() ?? null,
    how: entry.RotationType ?? null,
  }
}

const isUnsupported = (error: unknown): boolean =>
  error instanceof VaultError &&
  error.code === 'KMS_KEY_UNSUITABLE' &&
  error.facts.aws === 'UnsupportedOperationException'
