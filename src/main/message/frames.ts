import { createCipheriv, createDecipheriv, type DecipherGCM, type KeyObject } from 'node:crypto'
import { bug, concat, fail, orShort, release, utf8Bytes } from '../base/index.ts'
import { GCM, IV_BYTES, TAG_BYTES } from './derive.ts'

/**
 * Frames and blocks of a message body (docs/format.md §1.5, §1.6):
 *
 *     regular             seq u32 ‖ IV 12 ‖              ciphertext (frame length) ‖ tag 16
 *     final    FFFFFFFF ‖ seq u32 ‖ IV 12 ‖ length u32 ‖ ciphertext (length)       ‖ tag 16
 *     unframed                      IV 12 ‖ length u64 ‖ ciphertext (length)       ‖ tag 16
 *
 *     AAD = message id 32 ‖ the kind in words ‖ seq u32 (unframed: 1) ‖ plain length u64
 */
export type BlockKind = 'regular' | 'final' | 'unframed'

/** The beginning of a block as it stands on disk. Only its tag, checked by a BlockOpener, makes it true. */
export type UnverifiedBlock = {
  readonly kind: BlockKind
  readonly seq: number
  readonly iv: Uint8Array
  readonly lengthBytes: number
  /** Bytes before the ciphertext. */
  readonly headBytes: number
}

const FINAL_MARK = 0xffffffff
const REGULAR_HEAD_BYTES = 4 + IV_BYTES
const FINAL_HEAD_BYTES = 4 + 4 + IV_BYTES + 4
const SEQ_MAX = 0xfffffffe
/** AES-GCM's own bound on one plain text: 2^36 − 32 bytes. */
const GCM_MAX_BYTES = 2n ** 36n - 32n

export const REGULAR_OVERHEAD_BYTES = REGULAR_HEAD_BYTES + TAG_BYTES
export const FINAL_OVERHEAD_BYTES = FINAL_HEAD_BYTES + TAG_BYTES
export const UNFRAMED_OVERHEAD_BYTES = IV_BYTES + 8 + TAG_BYTES

/**
 * Parses the beginning of the frame that starts `input`.
 *
 * @param frameLength plain bytes in a regular frame, from the verified header
 * @param seq the one sequence number accepted here, from 1
 * @returns 'short' if `input` ends before the ciphertext begins
 * @throws MESSAGE_TAMPERED another sequence number, or a final length above `frameLength`
 */
export function parseFrameHead(
  input: Uint8Array,
  frameLength: number,
  seq: number,
): UnverifiedBlock | 'short' {
  return orShort(input, (reader) => {
    const first = reader.u32()
    const final = first === FINAL_MARK
    const found = final ? reader.u32() : first
    if (found !== seq) {
      fail(
        'MESSAGE_TAMPERED',
        `Frame ${seq} of this message calls itself ${found}: frames were moved or dropped.`,
        {
          seq,
          found,
        },
      )
    }
    const iv = new Uint8Array(reader.bytes(IV_BYTES))
    const lengthBytes = final ? reader.u32() : frameLength
    // Memory is bounded by the header we verified, never by what this frame claims.
    if (lengthBytes > frameLength) {
      fail(
        'MESSAGE_TAMPERED',
        `The final frame claims ${lengthBytes} bytes; a frame has at most ${frameLength}.`,
        {
          lengthBytes,
          frameLength,
        },
      )
    }
    return { kind: final ? 'final' : 'regular', seq, iv, lengthBytes, headBytes: reader.offset }
  })
}

/** Parses the beginning of an unframed body. @throws MESSAGE_TAMPERED a length that AES-GCM can't have */
export function parseUnframedHead(input: Uint8Array): UnverifiedBlock | 'short' {
  return orShort(input, (reader) => {
    const iv = new Uint8Array(reader.bytes(IV_BYTES))
    const length = reader.u64()
    if (length > GCM_MAX_BYTES)
      fail('MESSAGE_TAMPERED', `The body claims ${length} bytes, more than AES-GCM can hold.`)
    return { kind: 'unframed', seq: 1, iv, lengthBytes: Number(length), headBytes: reader.offset }
  })
}

const WORDS = {
  regular: utf8Bytes('AWSKMSEncryptionClient Frame'),
  final: utf8Bytes('AWSKMSEncryptionClient Final Frame'),
  unframed: utf8Bytes('AWSKMSEncryptionClient Single Block'),
} as const satisfies Record<BlockKind, Uint8Array>

/** The AAD of one message's blocks: one buffer a kind that it has, of which only the last 12 bytes change. */
class BlockAad {
  readonly #messageId: Uint8Array
  readonly #byKind: Partial<Record<BlockKind, DataView>> = {}

  constructor(messageId: Uint8Array) {
    this.#messageId = messageId
  }

  of(kind: BlockKind, seq: number, lengthBytes: number): DataView {
    this.#byKind[kind] ??= new DataView(concat(this.#messageId, WORDS[kind], { u32: 0 }, { u64: 0n }).buffer)
    const aad = this.#byKind[kind]
    aad.setUint32(aad.byteLength - 12, seq)
    aad.setBigUint64(aad.byteLength - 8, BigInt(lengthBytes))
    return aad
  }
}

/** Seals the frames of one message: each sequence number once, in order. Only a MessageWriter makes one. */
export class FrameSealer {
  readonly #key: KeyObject
  readonly #aad: BlockAad
  readonly #iv = Buffer.alloc(IV_BYTES)
  #seq = 1

  constructor(encryptionKey: KeyObject, messageId: Uint8Array) {
    this.#key = encryptionKey
    this.#aad = new BlockAad(messageId)
  }

  /** Writes the next frame into `out` at `at`; `plain` isn't kept. @returns the offset behind it */
  seal(kind: 'regular' | 'final', plain: Uint8Array, out: Buffer, at: number): number {
    const seq = this.#seq++
    if (seq > SEQ_MAX) bug('a message of more than 2^32 − 2 frames')
    this.#iv.writeUInt32BE(seq, 8)
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#iv, GCM)
    cipher.setAAD(this.#aad.of(kind, seq, plain.length))
    let end = at
    if (kind === 'final') end = out.writeUInt32BE(FINAL_MARK, end)
    end = out.writeUInt32BE(seq, end)
    out.set(this.#iv, end)
    end += IV_BYTES
    if (kind === 'final') end = out.writeUInt32BE(plain.length, end)
    const ciphertext = cipher.update(plain)
    out.set(ciphertext, end)
    release(ciphertext)
    end += plain.length
    cipher.final()
    out.set(cipher.getAuthTag(), end)
    return end + TAG_BYTES
  }
}

/** Opens the blocks of one message whose header was verified. */
export class BlockOpener {
  readonly #key: KeyObject
  readonly #aad: BlockAad

  constructor(encryptionKey: KeyObject, messageId: Uint8Array) {
    this.#key = encryptionKey
    this.#aad = new BlockAad(messageId)
  }

  /**
   * Opens a block that is here whole.
   *
   * @param body its ciphertext and tag
   * @throws MESSAGE_TAMPERED the tag doesn't hold; the plain text is wiped
   */
  open(block: UnverifiedBlock, body: Uint8Array): Uint8Array {
    const decipher = this.#decipher(block)
    const plain = decipher.update(body.subarray(0, block.lengthBytes))
    try {
      finish(decipher, block, body.subarray(block.lengthBytes))
    } catch (error) {
      plain.fill(0)
      throw error
    }
    return plain
  }

  /** Opens a block too large for memory: its pieces are unverified until `finish` returns. */
  stream(block: UnverifiedBlock): {
    update(ciphertext: Uint8Array): Uint8Array
    finish(tag: Uint8Array): void
  } {
    const decipher = this.#decipher(block)
    return {
      update: (ciphertext) => decipher.update(ciphertext),
      finish: (tag) => finish(decipher, block, tag),
    }
  }

  #decipher(block: UnverifiedBlock): DecipherGCM {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, block.iv, GCM)
    decipher.setAAD(this.#aad.of(block.kind, block.seq, block.lengthBytes))
    return decipher
  }
}

function finish(decipher: DecipherGCM, block: UnverifiedBlock, tag: Uint8Array): void {
  decipher.setAuthTag(tag)
  try {
    decipher.final()
  } catch {
    const what = block.kind === 'unframed' ? 'The body' : `Frame ${block.seq}`
    fail('MESSAGE_TAMPERED', `${what} of this message was changed or damaged: its tag does not hold.`, {
      seq: block.seq,
    })
  }
}
