import { createCipheriv } from 'node:crypto'

/**
 * A box (nonce 12 ‖ ciphertext 32 ‖ tag 16) that opens under two AES-256-GCM keys: the attack on everything
 * that decrypts without a commitment ("partitioning oracle"). The second block of the ciphertext is chosen so
 * that both keys give the same tag.
 */
export function boxUnderTwoKeys(one: Uint8Array, two: Uint8Array, aad: Uint8Array): Uint8Array<ArrayBuffer> {
  if (aad.length !== 32) throw new Error('made for an AAD of two blocks')
  const nonce = Buffer.alloc(12, 7)
  const first = Buffer.alloc(16, 9)
  const lengths = Buffer.alloc(16)
  lengths.writeBigUInt64BE(BigInt(aad.length * 8), 0)
  lengths.writeBigUInt64BE(256n, 8)
  const sides = [one, two].map((key) => {
    const h = field(block(key, Buffer.alloc(16)))
    const mask = field(block(key, Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])])))
    // Tag without the free block: its place in the sum is times h².
    const blocks = [aad.subarray(0, 16), aad.subarray(16), first, Buffer.alloc(16), lengths]
    const sum = blocks.reduce((state, next) => multiply(state ^ field(next), h), 0n) ^ mask
    return { h2: multiply(h, h), sum }
  })
  const [a, b] = sides
  if (a === undefined || b === undefined) throw new Error('there are two sides')
  const free = multiply(a.sum ^ b.sum, inverse(a.h2 ^ b.h2))
  const tag = a.sum ^ multiply(free, a.h2)
  return new Uint8Array(Buffer.concat([nonce, first, bytes(free), bytes(tag)]))
}

function block(key: Uint8Array, input: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(input)
}

const field = (input: Uint8Array): bigint => BigInt(`0x${Buffer.from(input).toString('hex')}`)
const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(32, '0'), 'hex')

/** In GHASH's field: bit 0 is the leftmost. */
function multiply(x: bigint, y: bigint): bigint {
  let product = 0n
  let shifted = y
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n
  }
  return product
}

/** x to the power 2^128 − 2. */
function inverse(x: bigint): bigint {
  let result = 1n << 127n
  let square = x
  for (let i = 1; i < 128; i++) {
    square = multiply(square, square)
    result = multiply(result, square)
  }
  return result
}
