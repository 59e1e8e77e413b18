import { type FrameChain, GREATEST_FRAME_BYTES } from './frame-chain.ts'
import type { Hash } from './hash.ts'
import type { JournalSource } from './port.ts'

/** A verified frame, and where the file stands after it. */
export type WalkedFrame = {
  readonly content: Uint8Array
  /** All its bytes as they stand in the file. */
  readonly frame: Uint8Array
  readonly seq: number
  readonly hash: Hash
  /** Bytes of the file up to its end. */
  readonly bytes: number
}

/** Why a walk stopped: the file ends there, or ends inside a frame, or what follows isn't what was written. */
export type WalkEnd = 'whole' | 'arriving' | 'damaged'

const WINDOW_BYTES = 4 * GREATEST_FRAME_BYTES

/**
 * Reads the frames of a file in order, as far as they verify: stops at the first that doesn't, never skips.
 *
 * @param chain stands at byte `from`; moves along
 * @param sizeBytes the file's length; what grows beyond it meanwhile is for the next walk
 * @param visit takes each frame; false: verified, but no writer writes such a thing, so it counts as damaged
 */
export async function walkFrames(
  source: JournalSource,
  file: { readonly name: string; readonly sizeBytes: number },
  chain: FrameChain,
  from: number,
  visit: (frame: WalkedFrame) => boolean,
): Promise<WalkEnd> {
  let at = from
  let window: Uint8Array = new Uint8Array()
  for (;;) {
    const opened = chain.open(window)
    if (opened === 'damaged') return 'damaged'
    if (opened !== 'arriving') {
      const frame = window.subarray(0, opened.frameBytes)
      at += opened.frameBytes
      window = window.subarray(opened.frameBytes)
      const { seq, hash } = chain
      if (!visit({ content: opened.content, frame, seq, hash, bytes: at })) return 'damaged'
      continue
    }
    const length = Math.min(WINDOW_BYTES, file.sizeBytes - at)
    const refilled = length > window.length ? await source.read(file.name, { offset: at, length }) : window
    if (refilled.length <= window.length) return window.length === 0 ? 'whole' : 'arriving'
    window = refilled
  }
}
