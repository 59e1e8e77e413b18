import { createECDH, ECDH } from 'node:crypto'
import { concat, Secret } from '../base/index.ts'

/**
 * The curve P-256, for the recovery recipient (docs/format.md §2, §3). A point is `04 ‖ x 32 ‖ y 32`.
 *
 * OpenSSL and BoringSSL keep their own copy of a private scalar while an ECDH object lives and clear it when
 * it is collected: so none is kept beyond a call.
 */
const CURVE = 'prime256v1'
const UNCOMPRESSED = 0x04

export const POINT_BYTES = 65
export const SCALAR_BYTES = 32

/** n − 1, n the order of the group; one byte more in front for the shift below. */
const ORDER_LESS_1 = concat(
  { u8: 0 },
  { u64: 0xffffffff00000000n },
  { u64: 0xffffffffffffffffn },
  { u64: 0xbce6faada7179e84n },
  { u64: 0xf3b9cac2fc632550n },
)

declare const onCurve: unique symbol
/** A point that is on the curve: made only by parsePoint and this file. */
export type Point = Uint8Array & { readonly [onCurve]: 'P-256' }

/**
 * The point in `bytes`; undefined unless they are 65, uncompressed, with coordinates that satisfy the curve.
 * A point off the curve would let its sender learn our scalar bit by bit.
 */
export function parsePoint(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== POINT_BYTES || bytes[0] !== UNCOMPRESSED) return undefined
  try {
    ECDH.convertKey(bytes, CURVE)
    return bytes as Point
  } catch {
    return undefined
  }
}

/** The public point of a scalar in 1..n−1. */
export function pointOf(scalar: Secret): Point {
  return new Uint8Array(ecdh(scalar).getPublicKey()) as Point
}

/** The x coordinate of scalar · point, 32 bytes: the shared secret of both sides. */
export function agree(scalar: Secret, point: Point): Secret {
  return Secret.take(new Uint8Array(ecdh(scalar).computeSecret(point)), 'ECDH x')
}

/** One agreement with a scalar of its own, which nobody keeps. */
export function agreeOnce(point: Point): { readonly ephemeral: Point; readonly shared: Secret } {
  const own = createECDH(CURVE)
  const ephemeral = new Uint8Array(own.generateKeys()) as Point
  return { ephemeral, shared: Secret.take(new Uint8Array(own.computeSecret(point)), 'ECDH x') }
}

/**
 * The scalar 1 + (wide mod (n − 1)): never 0, never n. From 48 uniform bytes its bias is below 2⁻¹²⁸.
 *
 * Bit by bit in bytes of our own, since a BigInt can't be zeroed; what it works in, it zeroes.
 *
 * @param wide big-endian; the caller zeroes it
 */
export function scalarFrom(wide: Uint8Array): Secret {
  const rest = new Uint8Array(ORDER_LESS_1.length)
  for (const byte of wide) {
    for (let bit = 7; bit >= 0; bit--) {
      shiftIn(rest, (byte >> bit) & 1)
      if (Buffer.compare(rest, ORDER_LESS_1) >= 0) subtract(rest, ORDER_LESS_1)
    }
  }
  addOne(rest)
  const scalar = rest.slice(1)
  rest.fill(0)
  return Secret.take(scalar, 'recovery scalar')
}

function ecdh(scalar: Secret): ECDH {
  const own = createECDH(CURVE)
  scalar.use((bytes) => own.setPrivateKey(bytes))
  return own
}

function shiftIn(number: Uint8Array, bit: number): void {
  let carry = bit
  for (let i = number.length - 1; i >= 0; i--) {
    const shifted = ((number[i] ?? 0) << 1) | carry
    number[i] = shifted
    carry = shifted >> 8
  }
}

function subtract(number: Uint8Array, less: Uint8Array): void {
  let borrow = 0
  for (let i = number.length - 1; i >= 0; i--) {
    const difference = (number[i] ?? 0) - (less[i] ?? 0) - borrow
    number[i] = difference
    borrow = difference < 0 ? 1 : 0
  }
}

function addOne(number: Uint8Array): void {
  for (let i = number.length - 1; i >= 0; i--) {
    number[i] = (number[i] ?? 0) + 1
    if (number[i] !== 0) return
  }
}
