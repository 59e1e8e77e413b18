/**
 * Crockford's base32: 5 bits a digit, most significant first, without I, L, O, U. For what a person reads
 * aloud or types: recovery codes and fingerprints (docs/format.md §3, §5).
 */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUP = 4

/** Values by ASCII code, either case; O is read as 0, I and L as 1. */
const VALUES: ReadonlyMap<number, number> = new Map(
  [...DIGITS, 'O', 'I', 'L'].flatMap((digit) => {
    const value = digit === 'O' ? 0 : digit === 'I' || digit === 'L' ? 1 : DIGITS.indexOf(digit)
    return [digit, digit.toLowerCase()].map((letter) => [letter.charCodeAt(0), value] as const)
  }),
)

/** Writes `bytes` (a multiple of 5 bits is taken, the rest of the last byte is left out) in groups of 4. */
export function writeCrockford(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let pending = 0
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) {
      text += (text.length % (GROUP + 1) === GROUP ? '-' : '') + DIGITS.charAt((pending >> (bits - 5)) & 31)
    }
  }
  return text
}

/** The value, 0 to 31, of the digit with this ASCII code; undefined for what is no digit. */
export function crockfordValue(asciiCode: number): number | undefined {
  return VALUES.get(asciiCode)
}

/** Packs values of 5 bits into whole bytes. The caller owns the buffer (and zeroes it, if it is a secret). */
export function packCrockford(values: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.floor((values.length * 5) / 8))
  let at = 0
  let bits = 0
  let pending = 0
  for (const value of values) {
    pending = ((pending << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out[at++] = pending >> bits
    }
  }
  return out
}
