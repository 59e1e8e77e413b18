import type { KMSClient } from '@aws-sdk/client-kms'
import { fail, VaultError } from '../base/index.ts'
import { regionOf } from './arn.ts'
import { type Asked, asForeign, stopped, translate } from './errors.ts'
import type { KmsCall } from './kms.ts'
import { withPatience } from './patience.ts'
import { inSlot } from './slots.ts'

export type Sdk = typeof import('@aws-sdk/client-kms')

/** Of one answer. The SDK tries three times, so a KMS that hangs is given up after about half a minute. */
export const ANSWER_WITHIN_MS = 10_000
const CONNECT_WITHIN_MS = 5_000

export type SenderOptions = {
  readonly trusted: () => ReadonlySet<string>
  readonly patienceMs: number
  readonly answerWithinMs: number
}

/** What every answer of KMS has. */
type Answered = { readonly $metadata: { readonly requestId?: string | undefined } }
/** Sends one command. `signal` goes to the SDK's `send`. */
export type Send<T> = (client: KMSClient, sdk: Sdk, options: SendOptions) => Promise<T>
export type SendOptions = { readonly abortSignal?: AbortSignal }

/**
 * The one way to AWS KMS: demands that the key is trusted, loads the SDK at the first call (it takes as long as
 * starting Node), takes the region from the key's ARN, waits for a slot, is patient, translates what fails and
 * keeps the record of calls.
 *
 * Credentials, profiles, SSO, region and endpoint are the SDK's own resolution: AWS_PROFILE, AWS_REGION,
 * AWS_ENDPOINT_URL_KMS and the rest.
 */
export class Sender {
  readonly #options: SenderOptions
  /** By region; '' is the one that the SDK is set to. */
  readonly #clients = new Map<string, KMSClient>()
  #calls: KmsCall[] = []

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** @throws KMS_KEY_NOT_TRUSTED before anything is sent, and without a record: AWS saw no call */
  demandTrusted(arn: string): void {
    if (this.#options.trusted().has(arn)) return
    fail('KMS_KEY_NOT_TRUSTED', `This vault does not trust the KMS key ${arn}: it was not called.`, { arn })
  }

  /** One call that names a trusted key. */
  call<T extends Answered>(asked: Asked, signal: AbortSignal | undefined, send: Send<T>): Promise<T> {
    this.demandTrusted(asked.key)
    return this.callUnpinned(asked, signal, send)
  }

  /** One call that names no key, or one that a person typed: describing is all that is done to those. */
  async callUnpinned<T extends Answered>(
    asked: Asked,
    signal: AbortSignal | undefined,
    send: Send<T>,
  ): Promise<T> {
    const region = asked.region ?? regionOf(asked.key)
    try {
      return await inSlot(signal, () =>
        withPatience(this.#options.patienceMs, signal, () => this.#send(asked, region, signal, send)),
      )
    } catch (error) {
      // Stopped while it waited for its turn or for KMS to be less busy: the reason may be anything.
      if (signal?.aborted === true && !(error instanceof VaultError)) throw stopped(asked, error)
      throw translate(error, asked)
    }
  }

  takeCalls(): readonly KmsCall[] {
    const calls = this.#calls
    this.#calls = []
    return calls
  }

  /** Closes the connections that are kept open. */
  close(): void {
    for (const client of this.#clients.values()) client.destroy()
    this.#clients.clear()
  }

  async #send<T extends Answered>(
    asked: Asked,
    region: string | undefined,
    signal: AbortSignal | undefined,
    send: Send<T>,
  ): Promise<T> {
    const sdk = await import('@aws-sdk/client-kms')
    const client = this.#clientFor(sdk, region)
    try {
      const answer = await send(client, sdk, signal === undefined ? {} : { abortSignal: signal })
      this.#record(asked, answer.$metadata.requestId)
      return answer
    } catch (error) {
      const { requestId, reached } = traceOf(sdk, error)
      // Without an answer KMS may have done it all the same: the record says so by a request id of null.
      if (reached) this.#record(asked, requestId)
      throw translate(error, asked)
    }
  }

  #record({ operation, key }: Asked, requestId: string | undefined): void {
    this.#calls.push({ operation, arn: key, requestId: requestId ?? null })
  }

  #clientFor(sdk: Sdk, region: string | undefined): KMSClient {
    const known = this.#clients.get(region ?? '')
    if (known !== undefined) return known
    const client = new sdk.KMSClient({
      ...(region !== undefined && { region }),
      requestHandler: {
        connectionTimeout: CONNECT_WITHIN_MS,
        requestTimeout: this.#options.answerWithinMs,
        throwOnRequestTimeout: true,
      },
    })
    this.#clients.set(region ?? '', client)
    return client
  }
}

/** The id that KMS gave a call that failed, and whether the call may have got as far as KMS. */
function traceOf(
  sdk: Sdk,
  error: unknown,
): { readonly requestId: string | undefined; readonly reached: boolean } {
  if (error instanceof sdk.KMSServiceException) return { requestId: error.$metadata.requestId, reached: true }
  const { name, code } = asForeign(error)
  return { requestId: undefined, reached: CUT_SHORT.test(name) || CUT_SHORT.test(code) }
}

/** What ends a call after it began; others (no credentials, no such host, refused) end it before. */
const CUT_SHORT = /^(?:TimeoutError|AbortError|ETIMEDOUT|ECONNRESET|EPIPE)$/
