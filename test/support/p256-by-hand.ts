/** P-256 by textbook arithmetic on big integers: shares nothing with OpenSSL. For tests only: slow, leaky. */
export const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
export const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

export type Affine = readonly [x: bigint, y: bigint] | 'infinity'
export const G: Affine = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
]

const mod = (a: bigint): bigint => ((a % P) + P) % P

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b)
  return result
}

const inverse = (a: bigint): bigint => power(a, P - 2n)

export function add(a: Affine, b: Affine): Affine {
  if (a === 'infinity') return b
  if (b === 'infinity') return a
  if (a[0] === b[0] && mod(a[1] + b[1]) === 0n) return 'infinity'
  const slope =
    a[0] === b[0]
      ? mod((3n * a[0] * a[0] - 3n) * inverse(2n * a[1]))
      : mod((b[1] - a[1]) * inverse(b[0] - a[0]))
  const x = mod(slope * slope - a[0] - b[0])
  return [x, mod(slope * (a[0] - x) - a[1])]
}

export function multiply(scalar: bigint, point: Affine): Affine {
  let result: Affine = 'infinity'
  for (let s = scalar, p = point; s > 0n; s >>= 1n, p = add(p, p)) if (s & 1n) result = add(result, p)
  return result
}

/** A point on the curve with this x, if there is one. */
export function withX(x: bigint): Affine | undefined {
  const square = mod(x * x * x - 3n * x + B)
  const y = power(square, (P + 1n) / 4n)
  return mod(y * y) === square ? [x, y] : undefined
}

export const bytes32 = (number: bigint): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(number.toString(16).padStart(64, '0'), 'hex'))

export const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

/** 04 ‖ x ‖ y; x and y as they are, also where they are above P. */
export function pointBytes(x: bigint, y: bigint): Uint8Array<ArrayBuffer> {
  return new Uint8Array([4, ...bytes32(x), ...bytes32(y)])
}
