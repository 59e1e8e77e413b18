import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hex,
  type JsonValue,
  parseCanonicalJson,
  Secret,
  utf8Bytes,
  writeCanonicalJson,
} from '../../src/main/base/index.ts'

const { STRONGROOM_VECTORS } = process.env
const JCS = join(resolve(STRONGROOM_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors')), 'jcs')
const MAX_BYTES = 64 * 1024

const parse = (text: string) => parseCanonicalJson(utf8Bytes(text))
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    // There is no -0 in canonical JSON: it is written as 0.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed()),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5, noNullPrototype: true })
      .filter((object) => !Object.hasOwn(object, '__proto__'))
      .map((object) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k.toWellFormed(), v]))),
  ),
})).value

describe('canonical JSON', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parseCanonicalJson(writeCanonicalJson(value))).toEqual(value)
      }),
    )
  })

  it('writes one value in one way, whatever the order its members came in', () => {
    expect(writeCanonicalJson({ b: 1, a: [true, null, 'x'], '€': 2, '10': 3, '9': 4 })).toEqual(
      writeCanonicalJson({ '9': 4, '€': 2, a: [true, null, 'x'], '10': 3, b: 1 }),
    )
  })

  it('refuses or reads back to the very bytes it came from, whatever the bytes', () => {
    const mutated = fc
      .tuple(json, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('set', 'insert', 'cut'))
      .map(([value, at, byte, how]) => {
        const bytes = [...writeCanonicalJson(value)]
        bytes.splice(at % bytes.length, how === 'insert' ? 0 : 1, ...(how === 'cut' ? [] : [byte]))
        return new Uint8Array(bytes)
      })
    fc.assert(
      fc.property(mutated, (bytes) => {
        const value = parseCanonicalJson(bytes)
        if (value !== undefined) expect(hex(writeCanonicalJson(value))).toBe(hex(bytes))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, the second spelled with an escape', '{"a":1,"\\u0061":1}'],
    ['members out of order', '{"b":1,"a":2}'],
    ['a space', '{"a": 1}'],
    ['a line end after it', '{"a":1}\n'],
    ['a byte order mark before it', '\uFEFF{"a":1}'],
    ['another spelling of a number', '{"a":1.0}'],
    ['minus zero', '{"a":-0}'],
    ['a number that no double holds', '{"a":1e400}'],
    ['a number of more digits than a double holds', '{"a":12345678901234567890}'],
    ['an escape that is not needed', '{"a":"\\u0062"}'],
    ['an escape in upper case', '{"a":"\\u001F"}'],
    ['half of a surrogate pair', '{"a":"\\ud800"}'],
    ['two values', '1 2'],
    ['nothing', ''],
    ['a value cut short', '{"a":1'],
    ['a comment', '{"a":1/**/}'],
    ['a member __proto__', '{"__proto__":{"a":1}}'],
    ['a member __proto__ further in', '{"a":[{"__proto__":1}]}'],
  ])('refuses %s', (_, text) => {
    expect(parse(text)).toBeUndefined()
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(parseCanonicalJson(new Uint8Array([0x22, 0xff, 0x22]))).toBeUndefined()
    expect(parseCanonicalJson(new Uint8Array([0x22, 0xc0, 0x80, 0x22]))).toBeUndefined()
  })

  it('reads values 16 deep and refuses deeper ones, 10,000 deep and 32,768 deep included', () => {
    expect(parse(nested(16))).toBeDefined()
    for (const depth of [17, 10_000, MAX_BYTES / 2]) expect(parse(nested(depth))).toBeUndefined()
    expect(parse(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)).toBeUndefined()
  })

  it('reads 64 KiB and refuses one byte more', () => {
    const ofSize = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`
    expect(parse(ofSize(MAX_BYTES))).toBe('x'.repeat(MAX_BYTES - 2))
    expect(parse(ofSize(MAX_BYTES + 1))).toBeUndefined()
  })

  it.each<[string, () => JsonValue]>([
    ['over 64 KiB', () => 'x'.repeat(MAX_BYTES)],
    ['17 deep', () => JSON.parse(nested(17))],
    ['with a member __proto__', () => JSON.parse('{"__proto__":1}')],
    ['with a number that is not finite', () => Number.NaN],
  ])('never writes what it would not read: a value %s', (_, value) => {
    expect(() => writeCanonicalJson(value())).toThrow()
  })

  it('never writes a secret', () => {
    using secret = Secret.random('a key')
    const smuggled: JsonValue = JSON.parse('{}')
    Object.assign(Object(smuggled), { key: secret })
    expect(() => writeCanonicalJson(smuggled)).toThrow(/secret a key was turned into JSON/)
  })
})

describe.skipIf(!existsSync(JCS))(
  `the examples of RFC 8785’s author${existsSync(JCS) ? '' : ` — SKIPPED: no vectors at ${JCS}`}`,
  () => {
    const names = existsSync(JCS) ? readdirSync(join(JCS, 'input')) : []
    const file = (...path: readonly string[]) => readFileSync(join(JCS, ...path))

    it.each(names)('%s has the canonical bytes that the author gives', (name) => {
      const value: JsonValue = JSON.parse(file('input', name).toString('utf8'))
      const written = hex(writeCanonicalJson(value))
      expect(written).toBe(file('outhex', name.replace('.json', '.txt')).toString().replace(/\s/g, ''))
    })

    it.each(names)('%s is read in its canonical form', (name) => {
      const bytes = new Uint8Array(file('output', name))
      expect(parseCanonicalJson(bytes)).toEqual(JSON.parse(file('input', name).toString('utf8')))
    })
  },
)
