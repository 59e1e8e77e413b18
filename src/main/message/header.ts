import { type ByteReader, bug, concat, fail, orShort } from '../base/index.ts'
import { type Context, parseContext, writeContext } from './context.ts'
import { type Edk, parseEdk, writeEdk } from './edk.ts'
import { type Suite, suiteOf, VERSION_1, VERSION_2, WRITTEN_SUITE } from './suite.ts'

/**
 * The header of a message (docs/format.md §1.4):
 *
 *     02 ‖ suite u16 ‖ message id 32 ‖ length u16 ‖ context ‖ count u16 ‖ EDKs
 *        ‖ content type u8 (01 unframed, 02 framed) ‖ frame length u32 ‖ commit key 32 ‖ tag 16
 */
/** A header as it stands on disk. Only its commit key and tag, checked by a MessageReader, make it true. */
export type UnverifiedHeader = {
  readonly kind: 'unverified'
  readonly suite: Suite
  readonly messageId: Uint8Array
  readonly context: Context
  readonly edks: readonly Edk[]
  readonly framed: boolean
  /** Plain bytes in a regular frame; 0 for an unframed body. */
  readonly frameLength: number
  readonly commitKey: Uint8Array
  /** What the tag authenticates: everything before it. */
  readonly signedBytes: Uint8Array
  readonly tag: Uint8Array
  /** Bytes of the whole header. */
  readonly sizeBytes: number
}

const MAX_EDKS = 16
const UNFRAMED = 0x01
const FRAMED = 0x02

/**
 * Parses the header that starts `input`. The parts are views into it.
 *
 * @returns 'short' if `input` ends before the header does
 * @throws MESSAGE_UNSUPPORTED version 1, or a suite without key commitment
 * @throws MESSAGE_MALFORMED what no writer of version 2 writes
 */
export function parseHeader(input: Uint8Array): UnverifiedHeader | 'short' {
  return orShort(input, (reader) => {
    parseVersion(reader)
    const suite = suiteOf(reader.u16())
    const messageId = reader.bytes(32)
    const context = parseContext(reader.bytes(reader.u16()))
    const count = reader.u16()
    // Checked before anything is read for it: 65,535 EDKs could claim 12 GB.
    if (count === 0 || count > MAX_EDKS) {
      malformed(`This message names ${count} encrypted data keys; 1 to ${MAX_EDKS} are read.`)
    }
    const edks = Array.from({ length: count }, () => parseEdk(reader))
    const contentType = reader.u8()
    if (contentType !== FRAMED && contentType !== UNFRAMED) {
      malformed(`The content type of this message is ${contentType}; only 1 and 2 exist.`)
    }
    const framed = contentType === FRAMED
    const frameLength = reader.u32()
    if (framed !== frameLength > 0) malformed(`This message claims frames of ${frameLength} bytes.`)
    const commitKey = reader.bytes(32)
    const signedBytes = input.subarray(0, reader.offset)
    const tag = reader.bytes(16)
    const sizeBytes = reader.offset
    return {
      kind: 'unverified',
      suite,
      messageId,
      context,
      edks,
      framed,
      frameLength,
      commitKey,
      signedBytes,
      tag,
      sizeBytes,
    }
  })
}

/**
 * Writes a framed header up to its tag, which the writer computes over these bytes.
 *
 * @throws BUG fields that the parser above would refuse: nobody could read that message again
 */
export function writeHeaderBody(fields: {
  readonly messageId: Uint8Array
  readonly context: Context
  readonly edks: readonly Edk[]
  readonly frameLength: number
  readonly commitKey: Uint8Array
}): Uint8Array<ArrayBuffer> {
  const context = writeContext(fields.context)
  const { edks, frameLength } = fields
  if (edks.length === 0 || edks.length > MAX_EDKS) bug(`a header of ${edks.length} encrypted data keys`)
  if (frameLength === 0) bug('a header of frames of 0 bytes')
  return concat(
    { u8: VERSION_2 },
    { u16: WRITTEN_SUITE.id },
    fields.messageId,
    { u16: context.length },
    context,
    { u16: edks.length },
    ...edks.flatMap(writeEdk),
    { u8: FRAMED },
    { u32: frameLength },
    fields.commitKey,
  )
}

function parseVersion(reader: ByteReader): void {
  const version = reader.u8()
  if (version === VERSION_2) return
  if (version === VERSION_1) {
    fail('MESSAGE_UNSUPPORTED', 'This is a message of format version 1, which does not commit to its key.', {
      version,
    })
  }
  const byte = version.toString(16).padStart(2, '0')
  malformed(
    `This is not a sealed file, or its beginning is damaged: it starts with ${byte}, a message with 02.`,
  )
}

function malformed(message: string): never {
  return fail('MESSAGE_MALFORMED', message)
}
