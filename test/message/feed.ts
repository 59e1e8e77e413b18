import { createSecretKey } from 'node:crypto'
import { Secret, VaultError } from '../../src/main/base/index.ts'
import {
  type Header,
  MessageReader,
  type Piece,
  type RawAesKey,
  type ReadOptions,
} from '../../src/main/message/index.ts'

/** What came of a message: its header and plain text, or the refusal and what was let out before it. */
export type Outcome = {
  readonly header: Header | undefined
  readonly error: VaultError | undefined
  readonly pieces: readonly Piece[]
  /** All plain text that may be shown before the end. */
  readonly verified: Buffer
  readonly plain: Buffer
}

/** The three ways a message arrives: at once, in odd pieces of many sizes, byte by byte. */
export const WAYS = ['whole', 'in odd pieces', 'byte by byte'] as const
export type Way = (typeof WAYS)[number]

const PRIMES = [1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79]

/** Sizes of chunks without end. The odd ones: primes upwards, then sizes up to 400 that look random. */
export function* chunkSizes(way: Way): Generator<number, never> {
  if (way === 'in odd pieces') {
    yield* PRIMES
    for (let state = 1; ; ) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      yield 1 + ((state >>> 16) % 400)
    }
  }
  for (;;) yield way === 'whole' ? Number.MAX_SAFE_INTEGER : 1
}

/**
 * Feeds `message` to a new reader in chunks of `sizes`. All chunks come in one buffer that is overwritten
 * after each: whatever the reader kept of it would come out wrong. An error that is no VaultError, or a BUG,
 * is thrown on and fails the test.
 */
export function feed(message: Uint8Array, options: ReadOptions, sizes: Iterable<number>): Outcome {
  const reader = new MessageReader(options)
  const pieces: Piece[] = []
  let error: VaultError | undefined
  const scratch = Buffer.alloc(message.length)
  try {
    let at = 0
    for (const size of sizes) {
      if (at === message.length) break
      const used = Math.min(size, message.length - at)
      scratch.set(message.subarray(at, at + used))
      pieces.push(...reader.push(scratch.subarray(0, used)))
      scratch.fill(0x5a, 0, used)
      at += used
    }
    reader.end()
  } catch (thrown) {
    if (!(thrown instanceof VaultError) || thrown.code === 'BUG') throw thrown
    error = thrown
  }
  const bytesOf = (some: readonly Piece[]) => Buffer.concat(some.map((piece) => piece.bytes))
  return {
    header: reader.header,
    error,
    pieces,
    verified: bytesOf(pieces.filter((piece) => piece.kind === 'verified')),
    plain: bytesOf(pieces),
  }
}

/** The unwrapping of whoever has the data key already. Each call gives a Secret of its own. */
export function byDataKey(dataKey: Uint8Array): ReadOptions {
  return { unwrap: () => Secret.take(new Uint8Array(dataKey), 'data key') }
}

/** A Raw-AES key for tests, of bytes that count up. */
export function testKey(name = 'key-1', length = 32, namespace = 'test'): RawAesKey {
  return { namespace, name, key: createSecretKey(Uint8Array.from({ length }, (_, i) => i + name.length)) }
}

/** Bytes with no two blocks alike, the same in every run. */
export function plainBytes(length: number): Buffer {
  const out = Buffer.alloc(length)
  for (let i = 0; i < length; i++) out[i] = (i * 31 + (i >>> 8) * 17 + (i >>> 16)) & 0xff
  return out
}
