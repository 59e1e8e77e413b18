/**
 * Where the parts of a message that Strongroom wrote lie (docs/format.md §1), read by hand: nothing of the
 * product's own parser, which is what is under attack.
 */
export type Anatomy = {
  readonly contextAt: number
  readonly edkCountAt: number
  readonly frameLengthAt: number
  readonly commitKeyAt: number
  readonly tagAt: number
  /** Bytes of the header. */
  readonly headerEnd: number
  readonly frames: readonly Frame[]
}

/** Offsets in the message. */
export type Frame = {
  readonly from: number
  readonly ivAt: number
  readonly cipherFrom: number
  readonly tagAt: number
  readonly end: number
}

export const FRAME_BYTES = 256 * 1024
const TAG_BYTES = 16
const FINAL_MARK = 0xffffffff

export function anatomyOf(message: Buffer): Anatomy {
  const contextAt = 37
  const edkCountAt = contextAt + message.readUInt16BE(35)
  let at = edkCountAt + 2
  for (let field = 0; field < 3 * message.readUInt16BE(edkCountAt); field++)
    at += 2 + message.readUInt16BE(at)
  const [frameLengthAt, commitKeyAt, tagAt, headerEnd] = [at + 1, at + 5, at + 37, at + 53]
  const frames: Frame[] = []
  for (let from = headerEnd; from < message.length; ) {
    const final = message.readUInt32BE(from) === FINAL_MARK
    const ivAt = from + (final ? 8 : 4)
    const cipherFrom = ivAt + (final ? 16 : 12)
    const tagFrom = cipherFrom + (final ? message.readUInt32BE(ivAt + 12) : FRAME_BYTES)
    frames.push({ from, ivAt, cipherFrom, tagAt: tagFrom, end: tagFrom + TAG_BYTES })
    from = tagFrom + TAG_BYTES
  }
  return { contextAt, edkCountAt, frameLengthAt, commitKeyAt, tagAt, headerEnd, frames }
}

/** One thing that is done to the message of one file. */
export type Attack = {
  readonly name: string
  readonly change: (message: Buffer, anatomy: Anatomy) => Uint8Array
  /** Frames before it that still hold: what `cat` may give out. */
  readonly wholeFrames?: number
}

/** Flips bits of one byte. */
export function flip(message: Buffer, at: number, bits = 1): Buffer {
  message.writeUInt8(message.readUInt8(at) ^ bits, at)
  return message
}

/** The message, of other frames than it has: each as it is given. */
export function withFrames(message: Buffer, { headerEnd }: Anatomy, frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat([message.subarray(0, headerEnd), ...frames])
}

export function framesOf(message: Buffer, { frames }: Anatomy): readonly Buffer[] {
  return frames.map(({ from, end }) => message.subarray(from, end))
}

/** A frame of the message, from its end if `index` is negative. */
export function frameOf<T>(frames: readonly T[], index: number): T {
  const frame = frames.at(index)
  if (frame === undefined) throw new Error(`the message has no frame ${index}`)
  return frame
}
