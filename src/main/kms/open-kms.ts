import { copyOffHeap, fail, Secret, VaultError } from '../base/index.ts'
import { accountOf, keyIdOf, regionOf } from './arn.ts'
import { KeyCare } from './key-care.ts'
import { demandUsable, describeKey, type KmsKeyFacts, resolveAlias } from './key-facts.ts'
import type { Kms, KmsCall, KmsContext, KmsUnwrapped, KmsWrapped, ReEncryptRequest } from './kms.ts'
import { PATIENCE_MS } from './patience.ts'
import { ANSWER_WITHIN_MS, Sender } from './sender.ts'

const KEY_BYTES = 32

export type KmsOptions = {
  /** ARNs that the vault pins, asked before each call: nothing is sent to any other key. */
  readonly trusted: () => ReadonlySet<string>
  /** How long throttling is waited out, for each call; two minutes by default. */
  readonly patienceMs?: number
  /** How long one answer is waited for, in each of the SDK's three attempts; ten seconds by default. */
  readonly answerWithinMs?: number
}

/** AWS KMS. Loads the SDK at its first call; ends with its connections. */
export function openKms(options: KmsOptions): KmsClient {
  const { trusted, patienceMs = PATIENCE_MS, answerWithinMs = ANSWER_WITHIN_MS } = options
  return new KmsClient(new Sender({ trusted, patienceMs, answerWithinMs }), undefined)
}

export type UsableKmsKey = { readonly arn: string; readonly label: string; readonly facts: KmsKeyFacts }

/**
 * The key that a person named for a vault, by ARN, alias or key id, if a vault may depend on it. From then on its
 * ARN is pinned; the label is only what to call it: its alias, else the start of its id.
 *
 * @throws as describeKey and demandUsable do
 */
export async function usableKmsKey(name: string): Promise<UsableKmsKey> {
  using kms = openKms({ trusted: () => new Set() })
  const facts = await kms.describeKey(name)
  demandUsable(facts)
  const { arn, aliases } = facts
  const alias = aliases.kind === 'known' ? aliases.value[0]?.replace('alias/', '') : undefined
  return { arn, label: alias ?? `KMS key ${keyIdOf(arn).slice(0, 8)}`, facts }
}

/**
 * AWS KMS for one vault. Every call may fail with what errors.ts translates (KMS_ACCESS_DENIED,
 * KMS_KEY_DISABLED, KMS_UNREACHABLE, …), with KMS_KEY_NOT_TRUSTED before anything is sent, and with
 * KMS_ANSWER_WRONG when what comes back is not of the key that was asked.
 */
export class KmsClient implements Kms, Disposable {
  /** What an administrator of keys does: rotation, deletion, policies, grants. */
  readonly care: KeyCare
  readonly #sender: Sender
  readonly #signal: AbortSignal | undefined

  constructor(sender: Sender, signal: AbortSignal | undefined) {
    this.#sender = sender
    this.#signal = signal
    this.care = new KeyCare(sender, signal)
  }

  /** The same client for one job: `signal` stops its calls with INTERRUPTED. */
  during(signal: AbortSignal): KmsClient {
    return new KmsClient(this.#sender, signal)
  }

  async generateDataKey(arn: string, context: KmsContext): Promise<KmsWrapped & { readonly key: Secret }> {
    const asked = { operation: 'GenerateDataKey', key: arn }
    const answer = await this.#sender.call(
      asked,
      this.#signal,
      (client, { GenerateDataKeyCommand }, options) =>
        client.send(
          new GenerateDataKeyCommand({
            KeyId: arn,
            NumberOfBytes: KEY_BYTES,
            EncryptionContext: { ...context },
          }),
          options,
        ),
    )
    const key = takeKey(answer.Plaintext, asked.operation, arn)
    try {
      demandKey(answer.KeyId, asked.operation, arn)
      const blob = blobOf(answer.CiphertextBlob, asked.operation, arn)
      return { key, blob, keyMaterialId: answer.KeyMaterialId ?? null }
    } catch (error) {
      key[Symbol.dispose]()
      throw error
    }
  }

  /** KMS does not say which key material it wrapped with: `keyMaterialId` is null. */
  async encrypt(arn: string, key: Secret, context: KmsContext): Promise<KmsWrapped> {
    const asked = { operation: 'Encrypt', key: arn }
    // The SDK reads it after this call returns, so it can't be lent.
    const plaintext = key.use(copyOffHeap)
    try {
      const answer = await this.#sender.call(asked, this.#signal, (client, { EncryptCommand }, options) =>
        client.send(
          new EncryptCommand({ KeyId: arn, Plaintext: plaintext, EncryptionContext: { ...context } }),
          options,
        ),
      )
      demandKey(answer.KeyId, asked.operation, arn)
      return { blob: blobOf(answer.CiphertextBlob, asked.operation, arn), keyMaterialId: null }
    } finally {
      plaintext.fill(0)
    }
  }

  async decrypt(arn: string, blob: Uint8Array, context: KmsContext): Promise<KmsUnwrapped> {
    const asked = { operation: 'Decrypt', key: arn }
    const answer = await this.#sender.call(asked, this.#signal, (client, { DecryptCommand }, options) =>
      client.send(
        new DecryptCommand({ KeyId: arn, CiphertextBlob: blob, EncryptionContext: { ...context } }),
        options,
      ),
    )
    const key = takeKey(answer.Plaintext, asked.operation, arn)
    try {
      demandKey(answer.KeyId, asked.operation, arn)
      return { key, keyMaterialId: answer.KeyMaterialId ?? null }
    } catch (error) {
      key[Symbol.dispose]()
      throw error
    }
  }

  /** @throws KMS_WRONG_REGION the two keys are of two regions: KMS can't, decrypt and encrypt can */
  async reEncrypt({ from, blob, to, context }: ReEncryptRequest): Promise<KmsWrapped> {
    const asked = { operation: 'ReEncrypt', key: from }
    this.#sender.demandTrusted(to)
    if (regionOf(from) !== regionOf(to)) {
      fail('KMS_WRONG_REGION', `KMS re-encrypts within a region only: not from ${from} to ${to}.`, {
        from,
        to,
      })
    }
    const answer = await this.#sender.call(asked, this.#signal, (client, { ReEncryptCommand }, options) =>
      client.send(
        new ReEncryptCommand({
          SourceKeyId: from,
          SourceEncryptionContext: { ...context },
          CiphertextBlob: blob,
          DestinationKeyId: to,
          DestinationEncryptionContext: { ...context },
        }),
        options,
      ),
    )
    demandKey(answer.SourceKeyId, asked.operation, from)
    demandKey(answer.KeyId, asked.operation, to)
    const keyMaterialId = answer.DestinationKeyMaterialId ?? null
    return { blob: blobOf(answer.CiphertextBlob, asked.operation, to), keyMaterialId }
  }

  async currentMaterial(arn: string): Promise<string | null> {
    const asked = { operation: 'DescribeKey', key: arn }
    try {
      const answer = await this.#sender.call(asked, this.#signal, (client, { DescribeKeyCommand }, options) =>
        client.send(new DescribeKeyCommand({ KeyId: arn }), options),
      )
      demandKey(answer.KeyMetadata?.Arn, asked.operation, arn)
      return answer.KeyMetadata?.CurrentKeyMaterialId ?? null
    } catch (error) {
      // A role that may only wrap and unwrap is a sound one.
      if (error instanceof VaultError && error.code === 'KMS_ACCESS_DENIED') return null
      throw error
    }
  }

  /**
   * What AWS says of the key that a person named: ARN, alias or key id. With `resolveAlias` the only call
   * to a key that need not be trusted yet.
   *
   * @throws KMS_NAME_INVALID · KMS_KEY_UNSUITABLE an alias that AWS keeps for itself; nothing is sent
   */
  describeKey(name: string): Promise<KmsKeyFacts> {
    return describeKey(this.#sender, this.#signal, name)
  }

  /**
   * The ARN that an alias stands for now: asked once, then the ARN is pinned.
   *
   * @param pinned the ARN it stood for
   * @throws KMS_ALIAS_NOT_FOUND · KMS_ALIAS_MOVED it stands for another key than `pinned`
   */
  resolveAlias(alias: string, pinned?: string): Promise<string> {
    return resolveAlias(this.#sender, this.#signal, alias, pinned)
  }

  takeCalls(): readonly KmsCall[] {
    return this.#sender.takeCalls()
  }

  [Symbol.dispose](): void {
    this.#sender.close()
  }
}

/**
 * The key in an answer, in a buffer of its own; the SDK's is zeroed. The base64 text that it came in can't be:
 * strings never can, and the threat model says so.
 */
function takeKey(plaintext: Uint8Array | undefined, operation: string, arn: string): Secret {
  const right = plaintext?.length === KEY_BYTES
  const own = copyOffHeap(plaintext ?? new Uint8Array())
  plaintext?.fill(0)
  if (right) return Secret.take(own, 'key from KMS')
  own.fill(0)
  return wrong(operation, arn, `a key of ${plaintext?.length ?? 0} bytes instead of ${KEY_BYTES}`)
}

/** An answer of another key than the one asked is not believed, whatever it holds. */
function demandKey(answered: string | undefined, operation: string, arn: string): void {
  if (answered !== arn) wrong(operation, arn, `the answer of another key: ${answered ?? 'none named'}`)
}

/** Ciphertexts of KMS are at most 6,144 bytes: a longer one is none. */
const LONGEST_BLOB_BYTES = 6_144

function blobOf(blob: Uint8Array | undefined, operation: string, arn: string): Uint8Array {
  const length = blob?.length ?? 0
  if (blob === undefined || length === 0 || length > LONGEST_BLOB_BYTES) {
    return wrong(operation, arn, `a wrapped key of ${length} bytes`)
  }
  return blob
}

function wrong(operation: string, arn: string, what: string): never {
  const account = accountOf(arn)
  return fail('KMS_ANSWER_WRONG', `AWS KMS was asked for ${operation} with ${arn} and gave ${what}.`, {
    operation,
    key: arn,
    ...(account !== undefined && { account }),
  })
}
