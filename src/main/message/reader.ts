import { bug, equalBytes, fail, type Secret } from '../base/index.ts'
import { Carry } from './carry.ts'
import { type Context, joinContexts, NO_CONTEXT, notStored, writeContext } from './context.ts'
import { deriveKeys, headerTagHolds, TAG_BYTES } from './derive.ts'
import { BlockOpener, parseFrameHead, parseUnframedHead, type UnverifiedBlock } from './frames.ts'
import { parseHeader, type UnverifiedHeader } from './header.ts'
import { parseFooter, SignatureCheck } from './signature.ts'

/** A header whose key commitment and tag hold. */
export type Header = Omit<UnverifiedHeader, 'kind'> & { readonly kind: 'verified' }

/**
 * Plain bytes. 'verified' ones may be shown; 'unverified' ones come from a block too large for memory and
 * must stay out of sight until `end` has returned.
 */
export type Piece = { readonly kind: 'verified' | 'unverified'; readonly bytes: Uint8Array }

type OnPiece = (piece: Piece) => void

/** Finds the data key of a message. @throws KEY_MISMATCH … when none of its EDKs opens */
export type UnwrapDataKey = (header: UnverifiedHeader) => Secret

export type ReadOptions = {
  readonly unwrap: UnwrapDataKey
  /** Pairs that the header authenticates without storing them; the reader must be told. */
  readonly requiredContext?: Context
}

/** Larger blocks are opened piece by piece. */
const WHOLE_BLOCK_MAX_BYTES = 16 * 1024 * 1024
const HEADER_STEP_BYTES = 64 * 1024

type Stream = ReturnType<BlockOpener['stream']>
type State =
  | { readonly at: 'header' }
  | { readonly at: 'block' }
  | { readonly at: 'stream'; readonly block: UnverifiedBlock; readonly stream: Stream; readonly left: number }
  | { readonly at: 'footer'; readonly held: Uint8Array | undefined }
  | { readonly at: 'end' }
  | { readonly at: 'refused' }

/**
 * Reads one message as its bytes arrive, in any chunks (docs/format.md §1.8). Memory: one block of at most
 * 16 MiB, and no more than has arrived.
 *
 * Every refusal is a VaultError; after one the reader is of no further use, and says so: read on, it could
 * give out frames behind a missing one.
 */
export class MessageReader {
  readonly #options: ReadOptions
  readonly #carry = new Carry()
  #state: State = { at: 'header' }
  #header: Header | undefined
  #opener: BlockOpener | undefined
  #signature: SignatureCheck | undefined
  #seq = 1
  /** Bytes that the next step can't do without. */
  #need = 0

  constructor(options: ReadOptions) {
    this.#options = options
  }

  /** The header, once it was verified. */
  get header(): Header | undefined {
    return this.#header
  }

  /** Takes the next bytes, as `feed` does. @returns the plain text they complete, in order */
  push(chunk: Uint8Array): readonly Piece[] {
    const pieces: Piece[] = []
    this.feed(chunk, (piece) => pieces.push(piece))
    return pieces
  }

  /**
   * Takes the next bytes of the message. `chunk` isn't kept.
   *
   * @param onPiece given each piece of plain text as soon as it is complete, and before the next one takes memory
   * @throws MESSAGE_UNSUPPORTED · MESSAGE_MALFORMED · MESSAGE_COMMITMENT · MESSAGE_TAMPERED, and what
   *   `unwrap` throws
   */
  feed(chunk: Uint8Array, onPiece: OnPiece): void {
    try {
      this.#take(chunk, onPiece)
    } catch (error) {
      this.#state = { at: 'refused' }
      throw error
    }
  }

  /** Says that nothing follows. @returns the verified header @throws MESSAGE_TRUNCATED the end is missing */
  end(): Header {
    if (this.#state.at !== 'end' || this.#header === undefined) {
      fail('MESSAGE_TRUNCATED', 'This message ends before its end: the rest of it is missing.')
    }
    return this.#header
  }

  #take(chunk: Uint8Array, out: OnPiece): void {
    let rest = chunk
    for (;;) {
      if (this.#carry.length === 0) {
        if (rest.length === 0) return
        const used = this.#step(rest, out)
        if (used === 0) {
          this.#carry.add(rest)
          return
        }
        rest = rest.subarray(used)
      } else {
        const wanted = Math.min(rest.length, Math.max(0, this.#need - this.#carry.length))
        this.#carry.add(rest.subarray(0, wanted))
        rest = rest.subarray(wanted)
        const used = this.#step(this.#carry.bytes, out)
        this.#carry.drop(used)
        if (used === 0 && rest.length === 0) return
      }
    }
  }

  /** Takes one structure off the front of `input`. @returns bytes used; 0 if it isn't whole yet */
  #step(input: Uint8Array, out: OnPiece): number {
    const state = this.#state
    switch (state.at) {
      case 'header':
        return this.#readHeader(input)
      case 'block':
        return this.#readBlock(input, out)
      case 'stream':
        return this.#readStream(input, state, out)
      case 'footer':
        return this.#readFooter(input, state.held, out)
      case 'end':
        return fail('MESSAGE_TAMPERED', 'Bytes were added after the end of this message.')
      case 'refused':
        return bug('a message was read on after its refusal')
    }
  }

  #readHeader(input: Uint8Array): number {
    const header = parseOwnHeader(input)
    if (header === 'short') return this.#short(input.length + HEADER_STEP_BYTES)
    const requiredContext = this.#options.requiredContext ?? NO_CONTEXT
    // Here too, whoever unwraps: `notStored` below passes over a required pair that a stored one contradicts.
    joinContexts(header.context, requiredContext)
    using dataKey = this.#options.unwrap(header)
    const { encryptionKey, commitKey } = deriveKeys(dataKey, header.suite.id, header.messageId)
    if (!equalBytes(commitKey, header.commitKey)) {
      fail(
        'MESSAGE_COMMITMENT',
        'The data key of this message is not the one it commits to: it was made or changed to deceive.',
      )
    }
    const required = writeContext(notStored(header.context, requiredContext))
    if (!headerTagHolds(encryptionKey, header.signedBytes, required, header.tag)) {
      fail('MESSAGE_TAMPERED', 'The header of this message was changed or damaged: its tag does not hold.')
    }
    this.#signature = SignatureCheck.for(header)
    this.#signature?.update(input.subarray(0, header.sizeBytes))
    this.#opener = new BlockOpener(encryptionKey, header.messageId)
    this.#header = { ...header, kind: 'verified' }
    this.#state = { at: 'block' }
    return header.sizeBytes
  }

  #readBlock(input: Uint8Array, out: OnPiece): number {
    const header = this.#verified()
    const block = header.framed
      ? parseFrameHead(input, header.frameLength, this.#seq)
      : parseUnframedHead(input)
    if (block === 'short') return this.#short(input.length + 1)
    if (block.lengthBytes > WHOLE_BLOCK_MAX_BYTES) {
      this.#seq++
      this.#signature?.update(input.subarray(0, block.headBytes))
      this.#state = { at: 'stream', block, stream: this.#blocks().stream(block), left: block.lengthBytes }
      return block.headBytes
    }
    const end = block.headBytes + block.lengthBytes + TAG_BYTES
    if (input.length < end) return this.#short(end)
    this.#seq++
    const plain = this.#blocks().open(block, input.subarray(block.headBytes, end))
    this.#signature?.update(input.subarray(0, end))
    if (block.kind === 'regular') out({ kind: 'verified', bytes: plain })
    else this.#finishBody(plain, out)
    return end
  }

  #readStream(input: Uint8Array, state: State & { at: 'stream' }, out: OnPiece): number {
    const { block, stream, left } = state
    if (left > 0) {
      const used = Math.min(left, input.length)
      const ciphertext = input.subarray(0, used)
      out({ kind: 'unverified', bytes: stream.update(ciphertext) })
      this.#signature?.update(ciphertext)
      this.#state = { at: 'stream', block, stream, left: left - used }
      return used
    }
    if (input.length < TAG_BYTES) return this.#short(TAG_BYTES)
    const tag = input.subarray(0, TAG_BYTES)
    stream.finish(tag)
    this.#signature?.update(tag)
    if (block.kind === 'regular') this.#state = { at: 'block' }
    else this.#finishBody(undefined, out)
    return TAG_BYTES
  }

  /** The last block of a signed message waits for the signature. */
  #finishBody(plain: Uint8Array | undefined, out: OnPiece): void {
    if (this.#verified().suite.signed) {
      this.#state = { at: 'footer', held: plain }
      return
    }
    if (plain !== undefined) out({ kind: 'verified', bytes: plain })
    this.#state = { at: 'end' }
  }

  #readFooter(input: Uint8Array, held: Uint8Array | undefined, out: OnPiece): number {
    const footer = parseFooter(input)
    if (footer === 'short') return this.#short(input.length + 1)
    const check = this.#signature ?? bug('a signed message without its check')
    check.finish(footer.signature)
    if (held !== undefined) out({ kind: 'verified', bytes: held })
    this.#state = { at: 'end' }
    return footer.sizeBytes
  }

  #short(need: number): 0 {
    this.#need = need
    return 0
  }

  #verified(): Header {
    return this.#header ?? bug('a body before its header')
  }

  #blocks(): BlockOpener {
    return this.#opener ?? bug('a body before its header')
  }
}

/** Parsed from a copy: the header outlives the caller's buffer. (A Buffer's own slice is no copy.) */
function parseOwnHeader(input: Uint8Array): UnverifiedHeader | 'short' {
  const header = parseHeader(new Uint8Array(input.subarray(0, HEADER_STEP_BYTES)))
  if (header !== 'short' || input.length <= HEADER_STEP_BYTES) return header
  return parseHeader(new Uint8Array(input))
}

/** Opens a message that is in memory whole. @throws as MessageReader, and MESSAGE_TRUNCATED */
export function openMessage(message: Uint8Array, options: ReadOptions): { header: Header; plain: Buffer } {
  const reader = new MessageReader(options)
  const pieces = reader.push(message)
  return { header: reader.end(), plain: Buffer.concat(pieces.map((piece) => piece.bytes)) }
}
