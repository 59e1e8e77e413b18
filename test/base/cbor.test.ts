import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CborValue,
  cborArrayBytes,
  hex,
  parseCbor,
  parseCborArrayHead,
  parseCborStart,
  writeCbor,
  writeCborArray,
} from '../../src/main/base/index.ts'
import { VECTORS_ROOT } from '../support/vectors.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

const scalar: fc.Arbitrary<CborValue> = fc.oneof(
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.string({ unit: 'binary' }),
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }),
)
const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 30 }),
    fc.uniqueArray(fc.tuple(fc.nat(), tie('value')), { selector: ([key]) => key, maxLength: 5 }).map(asMap),
  ),
}))

/** Keys in rising order, as a Map read back has them. */
function asMap(entries: [number, CborValue][]): ReadonlyMap<number, CborValue> {
  return new Map(entries.sort(([a], [b]) => a - b))
}

describe('what is written is read back', () => {
  it('the same value comes back from the bytes it was written to', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(parseCbor(writeCbor(given))).toEqual(given)
      }),
      { numRuns: 1000 },
    )
  })

  it('bytes that can be read are exactly the bytes that would be written', () => {
    const soup = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(value, fc.nat(), fc.integer({ min: 0, max: 7 })).map(([given, at, bit]) => {
        const written = writeCbor(given)
        const place = at % written.length
        written[place] = (written[place] ?? 0) ^ (1 << bit)
        return written
      }),
    )
    let read = 0
    fc.assert(
      fc.property(soup, (input) => {
        const parsed = parseCbor(input)
        if (parsed === undefined) return
        read++
        expect(hex(writeCbor(parsed))).toBe(hex(input))
      }),
      { numRuns: 5000 },
    )
    expect(read).toBeGreaterThan(500)
  })

  it('a byte order mark at the start of a text stays there', () => {
    for (const text of ['\uFEFFa', `\uFEFF${'long enough for the other decoder '.repeat(3)}`]) {
      expect(parseCbor(writeCbor(text))).toBe(text)
    }
  })

  it('text of every head length is read whole', () => {
    for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
      for (const letter of ['a', 'ä']) {
        const text = letter.repeat(length)
        expect(parseCbor(writeCbor(text)) === text).toBe(true)
      }
    }
  })

  it('bytes that were read are copies: the input may change afterwards, also when it is a Buffer', () => {
    const input = Buffer.from(writeCbor(bytes('0102030405')))
    const parsed = parseCbor(input)
    input.fill(0xff)
    expect(parsed).toEqual(bytes('0102030405'))
  })

  it('an array put together from written values is the array written at once', () => {
    for (const count of [0, 1, 23, 24, 255, 256, 65_536]) {
      const values = Array.from({ length: count }, (_, index) => index)
      const parts = values.map((each) => writeCbor(each))
      const whole = writeCborArray(parts)
      expect(hex(whole) === hex(writeCbor(values))).toBe(true)
      expect(
        cborArrayBytes(
          count,
          parts.reduce((sum, part) => sum + part.length, 0),
        ),
      ).toBe(whole.length)
    }
  })

  it('the number of values in an array is known from its head alone, however long it says it is', () => {
    for (const count of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
      const whole = writeCborArray(Array.from({ length: count }, () => new Uint8Array([0])))
      const head = parseCborArrayHead(whole)
      expect([head?.count, head?.rest.length]).toEqual([count, count])
    }
    expect(parseCborArrayHead(bytes('9affffffff00'))?.count).toBe(2 ** 32 - 1)
    for (const wrong of ['', '00', 'a0', '9801', '98', '990018', '9bffffffffffffffff', '9f', '9a0000ffff']) {
      expect(parseCborArrayHead(bytes(wrong)), wrong).toBeUndefined()
    }
  })

  it('what follows a value is handed back, for padding', () => {
    expect(parseCborStart(bytes('820102000000'))).toEqual({ value: [1, 2], rest: bytes('000000') })
    expect(parseCbor(bytes('820102000000'))).toBeUndefined()
  })
})

describe('what is not deterministic is refused', () => {
  it.each([
    ['an integer in more bytes than it needs', '1801'],
    ['a length in more bytes than it needs', '580100'],
    ['an array of open length', '9f01ff'],
    ['text of open length', '7f6161ff'],
    ['bytes of open length', '5f4101ff'],
    ['a map of open length', 'bf0102ff'],
    ['undefined', 'f7'],
    ['undefined in an array', '81f7'],
    ['a half float', 'f90000'],
    ['a float that is a whole number', 'fa47c35000'],
    ['a double', 'fb3ff199999999999a'],
    ['a tag', 'c074323031332d30332d32315432303a30343a30305a'],
    ['a simple value', 'f0'],
    ['an integer above 2⁵³ − 1', '1b0020000000000000'],
    ['an integer below −(2⁵³ − 1)', '3b001fffffffffffff'],
    ['a key twice in a map', 'a201000100'],
    ['map keys out of order', 'a202000100'],
    ['map keys out of order deep inside', '8181a202000100'],
    ['a negative map key', 'a12000'],
    ['a text map key', 'a1616100'],
    ['the map key __proto__', 'a1695f5f70726f746f5f5f00'],
    ['text that is not UTF-8', '62c328'],
    ['long text that is not UTF-8', `7828${'61'.repeat(39)}ff`],
    ['half a surrogate pair in UTF-8', '63eda080'],
    ['a value cut short', '8201'],
    ['a length beyond the end', '5affffffff00'],
    ['nothing', ''],
    ['a byte after the end', '0000'],
    ['ten thousand levels', `${'81'.repeat(10_000)}00`],
    ['a million levels', `${'81'.repeat(1_000_000)}00`],
  ])('%s', (_what, input) => {
    expect(parseCbor(bytes(input))).toBeUndefined()
  })

  it('the replacement character itself is ordinary text', () => {
    expect(parseCbor(writeCbor('\uFFFD'))).toBe('\uFFFD')
  })

  it('values without an encoding are a fault of ours, never written as something else', () => {
    for (const wrong of [0.5, Number.NaN, 2 ** 53, '\uD800', new Map([[-1, 0]]), [new Map([[0.5, 0]])]]) {
      expect(() => writeCbor(wrong)).toThrow('BUG')
    }
  })
})

const VECTORS = join(VECTORS_ROOT, 'cbor/appendix_a.json')

/** An example of RFC 8949 appendix A; `decoded` is absent where JSON has no such value. */
type Example = { hex: string; roundtrip: boolean; decoded?: unknown }

describe.skipIf(!existsSync(VECTORS))(`the RFC’s examples (needs ${VECTORS})`, () => {
  const examples: Example[] = existsSync(VECTORS) ? JSON.parse(readFileSync(VECTORS, 'utf8')) : []
  const ours = (each: unknown): boolean =>
    each === null ||
    typeof each === 'boolean' ||
    typeof each === 'string' ||
    Number.isSafeInteger(each) ||
    (Array.isArray(each) && each.every(ours))
  // 0.0 and the like are integers to JSON, but floats in CBOR; '1b…' with 2⁶⁴ is beyond a safe integer.
  const inProfile = examples.filter(
    ({ hex: text, decoded, roundtrip }) => roundtrip && ours(decoded) && !/^f[9ab]/.test(text),
  )
  const others = examples.filter((example) => !inProfile.includes(example))

  it('each example of the kinds we use is read and written as the RFC says', () => {
    expect(inProfile.length).toBe(28)
    for (const { hex: text, decoded } of inProfile) {
      expect(parseCbor(bytes(text)), text).toEqual(decoded)
      expect(hex(writeCbor(decoded as CborValue)), text).toBe(text)
    }
  })

  it('every other example is refused, or is bytes or a map of ours and comes back the same', () => {
    expect(others.length).toBe(examples.length - 28)
    let refused = 0
    for (const { hex: text } of others) {
      const parsed = parseCbor(bytes(text))
      if (parsed === undefined) refused++
      else {
        expect(parsed instanceof Uint8Array || parsed instanceof Map, text).toBe(true)
        expect(hex(writeCbor(parsed))).toBe(text)
      }
    }
    expect(others.length - refused).toBeLessThanOrEqual(4)
  })
})
