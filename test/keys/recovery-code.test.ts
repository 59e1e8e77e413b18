import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, Secret, utf8Bytes } from '../../src/main/base/index.ts'
import { newRecoveryCode, parseRecoveryCode, writeRecoveryCode } from '../../src/main/keys/recovery-code.ts'
import { refusal } from '../support/refusal.ts'

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** c = 00 01 02 … 1f, and its code by Python's int and hashlib. */
const KNOWN_CODE = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('hex')

const secretOf = (bytes: Uint8Array) => Secret.take(new Uint8Array(bytes), 'test code')
const typed = (text: string) => Secret.take(utf8Bytes(text), 'typed')
const parse = (text: string) => parseRecoveryCode(typed(text)).use(hex)
const mistyped = (text: string) => {
  const error = refusal(() => parse(text))
  expect(error.code).toBe('RECOVERY_CODE_MISTYPED')
  expect(error.exit).toBe(3)
  return error
}

const code = fc.uint8Array({ minLength: 32, maxLength: 32 })
const codeAndText = code.map((bytes) => [hex(bytes), writeRecoveryCode(secretOf(bytes))] as const)

/** Base32 by big integers: shares nothing with the code under test. */
function independent(bytes: Buffer): string {
  const check = createHash('sha256').update(bytes).digest('hex').slice(0, 6)
  let number = BigInt(`0x${bytes.toString('hex')}${check}`)
  let digits = ''
  for (let i = 0; i < 56; i++) {
    digits = DIGITS.charAt(Number(number % 32n)) + digits
    number /= 32n
  }
  return digits.replace(/(.{4})(?!$)/g, '$1-')
}

describe('a recovery code', () => {
  it('is 14 groups of 4 digits and letters, and comes back from them', () => {
    fc.assert(
      fc.property(codeAndText, ([bytes, text]) => {
        expect(text).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){13}$/)
        expect(parse(text)).toBe(bytes)
      }),
    )
  })

  it('is what another way of computing base32 and its checksum gives', () => {
    fc.assert(
      fc.property(code, (bytes) => {
        expect(writeRecoveryCode(secretOf(bytes))).toBe(independent(Buffer.from(bytes)))
      }),
    )
    expect(writeRecoveryCode(secretOf(Buffer.from(KNOWN_CODE, 'hex')))).toBe(
      '000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFP-63ED',
    )
  })

  it('differs each time', () => {
    const codes = Array.from({ length: 20 }, () => writeRecoveryCode(newRecoveryCode()))
    expect(new Set(codes).size).toBe(20)
  })

  it('is read in any case, with or without dashes and spaces, and with the dashes of a word processor', () => {
    fc.assert(
      fc.property(
        codeAndText,
        fc.constantFrom('', '-', ' ', '  ', ' - ', '\t', '–', '—', '‑', '\u00a0'),
        fc.boolean(),
        ([bytes, text], separator, lower) => {
          const words = `  ${text.replaceAll('-', separator)} `
          expect(parse(lower ? words.toLowerCase() : words)).toBe(bytes)
        },
      ),
    )
  })

  it('is read with the letter O for 0 and with I, i, L or l for 1', () => {
    fc.assert(
      fc.property(codeAndText, fc.constantFrom('I', 'i', 'L', 'l'), ([bytes, text], one) => {
        const oh = one === one.toLowerCase() ? 'o' : 'O'
        expect(parse(text.replaceAll('0', oh).replaceAll('1', one))).toBe(bytes)
      }),
    )
  })

  it('with one character mistyped for another is refused, whichever it is', () => {
    const text = writeRecoveryCode(newRecoveryCode()).replaceAll('-', '')
    for (let at = 0; at < text.length; at++) {
      for (const other of DIGITS) {
        if (other === text[at]) continue
        const error = mistyped(text.slice(0, at) + other + text.slice(at + 1))
        expect(error.message).toMatch(/typing error/)
      }
    }
  })

  it('with two groups swapped is refused', () => {
    const groups = writeRecoveryCode(secretOf(Buffer.from(KNOWN_CODE, 'hex'))).split('-')
    for (let at = 1; at < groups.length; at++) {
      const swapped = [...groups]
      swapped.splice(at - 1, 2, groups[at] ?? '', groups[at - 1] ?? '')
      expect(mistyped(swapped.join('-')).message).toMatch(/typing error/)
    }
  })

  it('with a character that no code has is refused, and the group is named', () => {
    const text = writeRecoveryCode(newRecoveryCode())
    for (const stranger of ['U', 'u', '!', '.', '_', 'é', '\0', '😀']) {
      const error = mistyped(text.slice(0, 12) + stranger + text.slice(13))
      expect(error.message).toMatch(/a character that no code has, in group 3 of 14/)
      expect(error.facts).toEqual({ group: 3 })
    }
  })

  it('that is too short or too long is refused, and the message says how many there are', () => {
    const text = writeRecoveryCode(newRecoveryCode())
    expect(mistyped('').message).toMatch(/has 0 letters and digits.*missing/)
    expect(mistyped(text.slice(0, -5)).message).toMatch(/has 52 letters and digits.*missing/)
    expect(mistyped(`${text}-7`).message).toMatch(/has 57 letters and digits.*too many/)
    expect(mistyped('0'.repeat(1_000_000)).facts).toEqual({ count: 1_000_000 })
  })

  it('of any text whatever is read or refused as mistyped, nothing else', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 50, maxLength: 60 }))
    fc.assert(
      fc.property(anything, (text) => {
        mistyped(text)
      }),
    )
  })

  it('never says in an error what was typed', () => {
    const text = writeRecoveryCode(newRecoveryCode())
    const wrong = [text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'), text.slice(0, -2), `${text}?`]
    for (const each of wrong) {
      const { message, facts } = mistyped(each)
      for (const group of text.split('-')) expect(message + JSON.stringify(facts)).not.toContain(group)
    }
  })
})
