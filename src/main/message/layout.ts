import { FINAL_OVERHEAD_BYTES, REGULAR_OVERHEAD_BYTES, UNFRAMED_OVERHEAD_BYTES } from './frames.ts'
import type { UnverifiedHeader } from './header.ts'

/** How much plain text a message holds by its size alone, unverified: enough to show and to compare. */
export type Layout = { readonly frames: number; readonly plainBytes: number }

/**
 * The layout of an unsigned message of `sizeBytes` (docs/format.md §1.5).
 *
 * @returns undefined when no body of that size exists, or when a signature of unknown length follows it
 */
export function layoutOf(header: UnverifiedHeader, sizeBytes: number): Layout | undefined {
  const body = sizeBytes - header.sizeBytes
  if (header.suite.signed || body < 0) return undefined
  if (!header.framed) {
    const plainBytes = body - UNFRAMED_OVERHEAD_BYTES
    return plainBytes < 0 ? undefined : { frames: 1, plainBytes }
  }
  const stride = header.frameLength + REGULAR_OVERHEAD_BYTES
  const last = body - FINAL_OVERHEAD_BYTES
  if (last < 0) return undefined
  const regular = Math.floor(last / stride)
  const finalBytes = last - regular * stride
  if (finalBytes <= header.frameLength) {
    return { frames: regular + 1, plainBytes: regular * header.frameLength + finalBytes }
  }
  return undefined
}
