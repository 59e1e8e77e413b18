import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ByteReader,
  concat,
  hex,
  orShort,
  type Part,
  parseBase64,
  parseUtf8,
  utf8Bytes,
  writeBase64,
} from '../../src/main/base/index.ts'

const bytesOf = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('reading', () => {
  const input = bytesOf('01 0203 04050607 08090a0b0c0d0e0f ffee')
  const parse = (reader: ByteReader) => [
    reader.u8(),
    reader.u16(),
    reader.u32(),
    reader.u64(),
    hex(reader.bytes(2)),
  ]

  it('takes big-endian numbers and bytes from front to back', () => {
    expect(orShort(input, parse)).toEqual([0x01, 0x0203, 0x04050607, 0x08090a0b0c0d0e0fn, 'ffee'])
    expect(orShort(bytesOf('ffffffffffffffff'), (reader) => reader.u64())).toBe(2n ** 64n - 1n)
    expect(orShort(bytesOf('ffffffff'), (reader) => reader.u32())).toBe(2 ** 32 - 1)
  })

  it('of an input cut anywhere is short, never a wrong value', () => {
    for (let length = 0; length < input.length; length++) {
      expect(orShort(input.subarray(0, length), parse)).toBe('short')
    }
  })

  it('counts what was read and what is left; a short read takes nothing', () => {
    const reader = new ByteReader(input)
    expect([reader.offset, reader.rest]).toEqual([0, 17])
    reader.u32()
    expect([reader.offset, reader.rest]).toEqual([4, 13])
    expect(() => reader.bytes(14)).toThrow()
    expect([reader.offset, reader.rest]).toEqual([4, 13])
    expect(hex(reader.bytes(13))).toBe(hex(input.subarray(4)))
    expect(hex(reader.bytes(0))).toBe('')
    expect(() => reader.u8()).toThrow()
  })

  it('starts where a view starts, not where its buffer does', () => {
    const view = input.subarray(3, 7)
    expect(orShort(view, (reader) => reader.u32())).toBe(0x04050607)
    expect(orShort(view, (reader) => reader.u64())).toBe('short')
  })

  it('lends views, so that a length that lies costs no memory', () => {
    const all = orShort(input, (reader) => reader.bytes(17))
    expect(all === 'short' ? undefined : all.buffer).toBe(input.buffer)
    expect(orShort(input, (reader) => reader.bytes(0xffffffff))).toBe('short')
  })

  it('passes on every other error of a parser', () => {
    const broken = () =>
      orShort(input, () => {
        throw new RangeError('mine')
      })
    expect(broken).toThrow(RangeError)
  })
})

describe('writing', () => {
  const part: fc.Arbitrary<Part> = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.integer({ min: 0, max: 0xff }).map((u8) => ({ u8 })),
    fc.integer({ min: 0, max: 0xffff }).map((u16) => ({ u16 })),
    fc.integer({ min: 0, max: 0xffffffff }).map((u32) => ({ u32 })),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((u64) => ({ u64 })),
  )

  it('is what reading reads, for any parts', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const read = orShort(concat(...parts), (reader) => {
          const again = parts.map((written): Part => {
            if (written instanceof Uint8Array) return new Uint8Array(reader.bytes(written.length))
            if ('u8' in written) return { u8: reader.u8() }
            if ('u16' in written) return { u16: reader.u16() }
            if ('u32' in written) return { u32: reader.u32() }
            return { u64: reader.u64() }
          })
          return { again, rest: reader.rest }
        })
        expect(read).toEqual({ again: parts, rest: 0 })
      }),
      { numRuns: 500 },
    )
  })

  it('is big-endian, into a buffer of its own', () => {
    const out = concat(
      { u8: 1 },
      { u16: 0x0203 },
      { u32: 0x04050607 },
      { u64: 0x08090a0b0c0d0e0fn },
      bytesOf('ff'),
    )
    expect(hex(out)).toBe('0102030405060708090a0b0c0d0e0fff')
    expect(out.buffer.byteLength).toBe(out.length)
    expect(concat()).toHaveLength(0)
  })

  it.each([
    { u8: 0x100 },
    { u8: -1 },
    { u16: 0x10000 },
    { u16: 1.5 },
    { u32: 2 ** 32 },
    { u32: Number.NaN },
    { u64: 2n ** 64n },
    { u64: -1n },
  ])('refuses %o: cut to fit, a length would make a file that nobody can read', (number) => {
    expect(() => concat(number)).toThrow(expect.objectContaining({ code: 'BUG' }))
  })
})

describe('base64', () => {
  it('comes back the same for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const read = parseBase64(writeBase64(bytes))
        expect(read).toEqual(bytes)
        expect(read?.buffer.byteLength).toBe(bytes.length)
      }),
    )
    expect(writeBase64(Buffer.from('any carnal pleas'))).toBe('YW55IGNhcm5hbCBwbGVhcw==')
  })

  it('of a view is of the view only', () => {
    expect(writeBase64(bytesOf('00ffff00').subarray(1, 3))).toBe('//8=')
  })

  it.each([
    ['without its padding', 'QQ'],
    ['with too much padding', 'QQ==='],
    ['with padding in the middle', 'QQ==QUI='],
    ['with bits beyond its bytes', 'QR=='],
    ['with a line end', 'QUJD\n'],
    ['with spaces', 'QU JD'],
    ['of the URL kind', '-_-_'],
    ['with other characters', 'QU*D'],
    ['of a letter', 'Q'],
    ['of padding alone', '===='],
    ['with a NUL', 'QUJD\0'],
    ['in full-width letters', 'ＱＵＪＤ'],
  ])('%s is refused', (_, text) => {
    expect(parseBase64(text)).toBeUndefined()
  })

  it('of any text is refused, or is just what those bytes are written as', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'AQgw+/-_= \nB8'), maxLength: 12 })
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (text) => {
        const bytes = parseBase64(text)
        expect(bytes === undefined || writeBase64(bytes) === text).toBe(true)
        expect(bytes === undefined).toBe(
          !/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) || looseBits(text),
        )
      }),
      { numRuns: 2_000 },
    )
  })
})

/** Whether a text that looks like base64 holds bits beyond its last byte. */
function looseBits(text: string): boolean {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const last = ALPHABET.indexOf(text.replace(/=+$/, '').at(-1) ?? 'A')
  return text.endsWith('==') ? last % 16 !== 0 : text.endsWith('=') && last % 4 !== 0
}

describe('text', () => {
  it('comes back the same for any well-formed text, byte order marks and all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseUtf8(utf8Bytes(text))).toBe(text.toWellFormed())
      }),
    )
    expect(parseUtf8(bytesOf('efbbbf41'))).toBe('\ufeffA')
  })

  it.each([
    ['a lone continuation', '80'],
    ['half a character', 'c3'],
    ['an overlong NUL', 'c080'],
    ['a surrogate', 'eda080'],
    ['beyond U+10FFFF', 'f4908080'],
    ['a byte that UTF-8 never has', 'ff'],
  ])('with %s is no text', (_, bytes) => {
    expect(parseUtf8(bytesOf(`41${bytes}42`))).toBeUndefined()
  })

  it('in hex is lower-case, and of a view only', () => {
    expect(hex(bytesOf('00ABCDEF99').subarray(1, 4))).toBe('abcdef')
  })
})
