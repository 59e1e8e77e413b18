import { bug, concat, fail, randomBytes, Secret } from '../base/index.ts'
import type { Context } from './context.ts'
import { deriveKeys, headerTag } from './derive.ts'
import type { Edk } from './edk.ts'
import { FINAL_OVERHEAD_BYTES, FrameSealer, REGULAR_OVERHEAD_BYTES } from './frames.ts'
import { writeHeaderBody } from './header.ts'
import { PUBLIC_KEY } from './signature.ts'
import { WRITTEN_SUITE } from './suite.ts'

/** Plain bytes in a regular frame as Strongroom writes it (docs/format.md §1.9). */
export const WRITTEN_FRAME_LENGTH = 256 * 1024

/** Wraps the data key of a message that is about to be written. It must not keep the key. */
export type WrapDataKey = (dataKey: Secret, context: Context) => readonly Edk[]

export type WriteOptions = {
  readonly wrap: WrapDataKey
  readonly context: Context
  /**
   * One that KMS made for this message, lent; default: the writer makes one. Whoever gives the same one twice still gets
   * two messages with keys of their own, since the writer always makes the message id.
   */
  readonly dataKey?: Secret
  /** Plain bytes in a regular frame; tests use small ones. */
  readonly frameLength?: number
}

/**
 * Writes one message (docs/format.md §1). It makes the message id itself and never takes one, so
 * that no second header and no second plain text of a frame can exist for it and a data key: a repeated nonce would
 * give away the authentication key. An attempt that failed starts over with a new writer.
 */
export class MessageWriter {
  readonly header: Uint8Array
  readonly frameLength: number
  readonly #frames: FrameSealer
  #finished = false

  /** @throws USAGE a context that no reader would take */
  constructor(options: WriteOptions) {
    if (options.context.has(PUBLIC_KEY))
      fail('USAGE', `The context key ${PUBLIC_KEY} is reserved for signed messages.`)
    const messageId = randomBytes(32)
    const frameLength = options.frameLength ?? WRITTEN_FRAME_LENGTH
    using dataKey = options.dataKey?.copy() ?? Secret.random('data key')
    const edks = options.wrap(dataKey, options.context)
    const { encryptionKey, commitKey } = deriveKeys(dataKey, WRITTEN_SUITE.id, messageId)
    const body = writeHeaderBody({ messageId, context: options.context, edks, frameLength, commitKey })
    this.header = concat(body, headerTag(encryptionKey, body, new Uint8Array()))
    this.frameLength = frameLength
    this.#frames = new FrameSealer(encryptionKey, messageId)
  }

  /** Writes the next regular frame, of exactly `frameLength` plain bytes. @returns the offset behind it */
  frame(plain: Uint8Array, out: Buffer, at: number): number {
    if (this.#finished || plain.length !== this.frameLength) bug('a frame out of order')
    return this.#frames.seal('regular', plain, out, at)
  }

  /** Writes the final frame, of at most `frameLength` plain bytes. @returns the offset behind it */
  finish(plain: Uint8Array, out: Buffer, at: number): number {
    if (this.#finished || plain.length > this.frameLength) bug('a final frame out of order')
    this.#finished = true
    return this.#frames.seal('final', plain, out, at)
  }
}

/** How a plain text is cut: an exact multiple of the frame length ends with a full final frame. */
export function framesOf(plainBytes: number, frameLength: number): { regular: number; finalBytes: number } {
  const regular = plainBytes === 0 ? 0 : Math.ceil(plainBytes / frameLength) - 1
  return { regular, finalBytes: plainBytes - regular * frameLength }
}

/** Bytes of a body as Strongroom writes it. */
export function bodySize(plainBytes: number, frameLength: number): number {
  const { regular, finalBytes } = framesOf(plainBytes, frameLength)
  return regular * (frameLength + REGULAR_OVERHEAD_BYTES) + finalBytes + FINAL_OVERHEAD_BYTES
}

/** The message of a plain text that is in memory whole. */
export function sealMessage(plain: Uint8Array, options: WriteOptions): Buffer<ArrayBuffer> {
  const writer = new MessageWriter(options)
  const { regular } = framesOf(plain.length, writer.frameLength)
  const out = Buffer.alloc(writer.header.length + bodySize(plain.length, writer.frameLength))
  out.set(writer.header)
  let at = writer.header.length
  for (let i = 0; i < regular; i++) {
    at = writer.frame(plain.subarray(i * writer.frameLength, (i + 1) * writer.frameLength), out, at)
  }
  at = writer.finish(plain.subarray(regular * writer.frameLength), out, at)
  if (at !== out.length) bug(`a message of ${at} bytes where ${out.length} were expected`)
  return out
}
