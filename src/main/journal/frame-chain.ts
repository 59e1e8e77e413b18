import { createHmac } from 'node:crypto'
import { BOX_OVERHEAD_BYTES, bug, concat, equalBytes, openBox, sealBox } from '../base/index.ts'
import { type Hash, hashBytes, hashOf } from './hash.ts'
import type { ChainKeys } from './segment-header.ts'

/**
 * Frames (docs/format.md §4), each bound to the one before:
 *
 *     u32 L ‖ check 8 ‖ box        box = nonce 12 ‖ ciphertext ‖ tag 16,  L = ciphertext + tag ≤ 1 MiB
 *
 *     prev  = SHA-256(all bytes of the frame before; of the header for seq 1)
 *     check = HMAC-SHA256(length key, u64 seq ‖ u32 L ‖ prev)[0..8]
 *     AAD   = header ‖ u64 seq ‖ prev ‖ u32 L
 *
 * The length has a check of its own, so that a file that is still arriving (check holds, bytes missing) and
 * one that was changed are never taken for each other.
 */
const HEAD_BYTES = 12
const NONCE_BYTES = 12
const TAG_BYTES = 16
const GREATEST_L = 1024 * 1024

/** What a frame adds to its content. */
export const FRAME_OVERHEAD_BYTES = HEAD_BYTES + BOX_OVERHEAD_BYTES
/** The most that one frame holds. */
export const GREATEST_CONTENT_BYTES = GREATEST_L - TAG_BYTES
/** The longest frame. */
export const GREATEST_FRAME_BYTES = GREATEST_CONTENT_BYTES + FRAME_OVERHEAD_BYTES

export type OpenedFrame = { readonly content: Uint8Array; readonly frameBytes: number }

/** Writes or reads the frames of one file in order; knows where the chain stands. */
export class FrameChain implements Disposable {
  readonly #keys: ChainKeys
  readonly #header: Uint8Array
  #seq: number
  #hash: Hash

  private constructor(keys: ChainKeys, header: Uint8Array, seq: number, hash: Hash) {
    this.#keys = keys
    this.#header = header
    this.#seq = seq
    this.#hash = hash
  }

  /**
   * @param keys are ended with the chain
   * @param header the 68 bytes as they stand in the file
   * @param after the frame that is known to be there and after which to go on; absent: from the first
   */
  static start(
    keys: ChainKeys,
    header: Uint8Array,
    after?: { readonly seq: number; readonly hash: Hash },
  ): FrameChain {
    return new FrameChain(keys, header, after?.seq ?? 0, after?.hash ?? hashOf(header))
  }

  /** Number of the last frame; 0 before the first. */
  get seq(): number {
    return this.#seq
  }

  /** Hash of the last frame, `prev` of the next; of the header before the first. */
  get hash(): Hash {
    return this.#hash
  }

  /** Seals the next frame and moves on to it. */
  seal(content: Uint8Array): Uint8Array<ArrayBuffer> {
    if (content.length > GREATEST_CONTENT_BYTES) bug(`a frame of ${content.length} bytes`)
    const length = content.length + TAG_BYTES
    const frame = concat(
      { u32: length },
      this.#check(length),
      sealBox(this.#keys.content, this.#aad(length), content),
    )
    this.#advance(frame)
    return frame
  }

  /**
   * Opens the next frame, which starts `input`, and moves on to it.
   *
   * @returns 'arriving' if `input` ends before the frame does (also if it is empty), 'damaged' if the frame
   *   isn't the one that was written here: the chain then stays where it is
   */
  open(input: Uint8Array): OpenedFrame | 'arriving' | 'damaged' {
    if (input.length < HEAD_BYTES) return 'arriving'
    const length = new DataView(input.buffer, input.byteOffset, 4).getUint32(0)
    if (!equalBytes(this.#check(length), input.subarray(4, HEAD_BYTES))) return 'damaged'
    if (length < TAG_BYTES || length > GREATEST_L) return 'damaged'
    const frameBytes = HEAD_BYTES + NONCE_BYTES + length
    if (input.length < frameBytes) return 'arriving'
    const frame = input.subarray(0, frameBytes)
    const content = openBox(this.#keys.content, this.#aad(length), frame.subarray(HEAD_BYTES))
    if (content === undefined) return 'damaged'
    this.#advance(frame)
    return { content, frameBytes }
  }

  [Symbol.dispose](): void {
    this.#keys[Symbol.dispose]()
  }

  #advance(frame: Uint8Array): void {
    this.#seq++
    this.#hash = hashOf(frame)
  }

  #check(length: number): Uint8Array {
    const seq = { u64: BigInt(this.#seq + 1) }
    const hmac = createHmac('sha256', this.#keys.length.keyObject())
    return hmac
      .update(concat(seq, { u32: length }, hashBytes(this.#hash)))
      .digest()
      .subarray(0, 8)
  }

  #aad(length: number): Uint8Array {
    return concat(this.#header, { u64: BigInt(this.#seq + 1) }, hashBytes(this.#hash), { u32: length })
  }
}
