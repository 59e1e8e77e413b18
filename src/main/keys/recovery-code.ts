import { equalBytes, fail, Secret, sha256 } from '../base/index.ts'
import { crockfordValue, packCrockford, writeCrockford } from './crockford.ts'

/**
 * The recovery code (docs/format.md §3): 256 random bits for a person to keep on paper.
 *
 *     c 32 (random) ‖ SHA-256(c)[0..3]     in Crockford base32: 14 groups of 4 digits, joined by `-`
 */
const CODE_BYTES = 32
const CHECK_BYTES = 3
const GROUP = 4
const CODE_DIGITS = ((CODE_BYTES + CHECK_BYTES) * 8) / 5

/** A new code: the c above. */
export function newRecoveryCode(): Secret {
  return Secret.random('recovery code', CODE_BYTES)
}

/**
 * The code as a person reads it. The text can't be zeroed: show it, write it where the person asked, and
 * let go of it.
 */
export function writeRecoveryCode(code: Secret): string {
  return code.use((bytes) => {
    const whole = new Uint8Array(CODE_BYTES + CHECK_BYTES)
    whole.set(bytes)
    whole.set(sha256(bytes).subarray(0, CHECK_BYTES), CODE_BYTES)
    const text = writeCrockford(whole)
    whole.fill(0)
    return text
  })
}

/**
 * Reads a code as a person typed it: any case, with or without spaces and dashes, O for 0, I or L for 1.
 *
 * @param typed its text in UTF-8, without the line's end; stays the caller's
 * @throws RECOVERY_CODE_MISTYPED a character that no code has, too few or too many, or a wrong checksum: the
 *   text says which
 */
export function parseRecoveryCode(typed: Secret): Secret {
  return typed.use((text) => {
    const values = readDigits(text)
    const whole = packCrockford(values)
    values.fill(0)
    try {
      const code = whole.subarray(0, CODE_BYTES)
      if (!equalBytes(sha256(code).subarray(0, CHECK_BYTES), whole.subarray(CODE_BYTES))) {
        mistyped('The recovery code has a typing error: its last digits, a checksum, don’t fit the others.')
      }
      return Secret.take(code.slice(), 'recovery code')
    } finally {
      whole.fill(0)
    }
  })
}

/** The values of exactly 56 digits. */
function readDigits(text: Uint8Array): Uint8Array {
  const values = new Uint8Array(CODE_DIGITS)
  let count = 0
  for (let at = 0; at < text.length; ) {
    const skipped = separatorLength(text, at)
    const value = skipped === 0 ? crockfordValue(text[at] ?? 0) : undefined
    if (skipped === 0 && value === undefined) {
      values.fill(0)
      const group = Math.floor(count / GROUP) + 1
      mistyped(`The recovery code has a character that no code has, in group ${group} of 14.`, { group })
    }
    if (value !== undefined) {
      // Counted to the end, so that the message can say how many there are; kept only as far as they fit.
      if (count < CODE_DIGITS) values[count] = value
      count++
    }
    at += skipped || 1
  }
  if (count === CODE_DIGITS) return values
  values.fill(0)
  const which = count < CODE_DIGITS ? 'some are missing' : 'some are too many'
  return mistyped(`The recovery code has ${count} letters and digits; a whole one has 56: ${which}.`, {
    count,
  })
}

/** Bytes of the space or dash at `at`; 0 if none. Word processors put their own dashes and spaces in. */
function separatorLength(text: Uint8Array, at: number): number {
  const [first, second, third] = text.subarray(at, at + 3)
  if (first === 0x20 || first === 0x09 || first === 0x2d) return 1
  // U+00A0 no-break space
  if (first === 0xc2 && second === 0xa0) return 2
  // U+2010..U+2015 hyphens and dashes
  if (first === 0xe2 && second === 0x80 && third !== undefined && third >= 0x90 && third <= 0x95) return 3
  return 0
}

function mistyped(message: string, facts: Readonly<Record<string, number>> = {}): never {
  return fail('RECOVERY_CODE_MISTYPED', message, facts)
}
