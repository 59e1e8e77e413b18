import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 64 * 1024
const pool = Buffer.alloc(POOL_BYTES)
let used = POOL_BYTES

/**
 * Fills `target` with random bytes and returns it.
 *
 * Small requests are served from a pool: one call to the system for 64 KiB costs 40 times less a byte than
 * one for 32 B. What was handed out is wiped from the pool, so a key has one copy.
 */
export function fillRandom<T extends Uint8Array>(target: T): T {
  if (target.length > POOL_BYTES / 16) return randomFillSync(target)
  if (used + target.length > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const slice = pool.subarray(used, used + target.length)
  target.set(slice)
  slice.fill(0)
  used += target.length
  return target
}

/** `length` random bytes that own their whole buffer, outside V8's heap (see `copyOffHeap`). */
export function randomBytes(length: number): Buffer<ArrayBuffer> {
  return fillRandom(Buffer.from(new ArrayBuffer(length)))
}
