import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BOX_OVERHEAD_BYTES,
  hex,
  openBox,
  randomBytes,
  Secret,
  sealBox,
  utf8Bytes,
} from '../../src/main/base/index.ts'

const key = Secret.take(
  Uint8Array.from({ length: 32 }, (_, i) => i),
  'box key',
)
const AAD = utf8Bytes('vault ‖ subject')

describe('a box', () => {
  it('gives back what was put in, for any content and AAD, and adds 28 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 60 }), (content, aad) => {
        const box = sealBox(key, aad, content)
        expect(box).toHaveLength(content.length + BOX_OVERHEAD_BYTES)
        expect(openBox(key, aad, box)).toEqual(content)
      }),
      { numRuns: 300 },
    )
    expect(BOX_OVERHEAD_BYTES).toBe(28)
  })

  it('is nonce ‖ AES-256-GCM ‖ tag, as Python’s cryptography writes it', () => {
    // AESGCM(bytes(range(32))).encrypt(bytes(range(12)), b'strongroom', b'aad')
    const box = Buffer.from(
      '000102030405060708090a0b3476a474ab82b074e22c5d93b08deb19aa83ca6788e02489a7e1',
      'hex',
    )
    expect(Buffer.from(openBox(key, utf8Bytes('aad'), box) ?? []).toString()).toBe('strongroom')
  })

  it('changed in any bit does not open', () => {
    const box = sealBox(key, AAD, utf8Bytes('a small thing'))
    for (let bit = 0; bit < box.length * 8; bit++) {
      const changed = Buffer.from(box)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(openBox(key, AAD, changed)).toBeUndefined()
    }
  })

  it('cut anywhere, or longer by a byte, does not open', () => {
    const box = sealBox(key, AAD, utf8Bytes('a small thing'))
    for (let length = 0; length < box.length; length++) {
      expect(openBox(key, AAD, box.subarray(0, length))).toBeUndefined()
      expect(openBox(key, AAD, box.subarray(box.length - length))).toBeUndefined()
    }
    expect(openBox(key, AAD, Buffer.concat([box, Buffer.of(0)]))).toBeUndefined()
  })

  it('does not open with another AAD or key', () => {
    const box = sealBox(key, AAD, utf8Bytes('x'))
    for (const aad of [new Uint8Array(), AAD.subarray(1), utf8Bytes('vault ‖ Subject')]) {
      expect(openBox(key, aad, box)).toBeUndefined()
    }
    expect(openBox(Secret.random('other'), AAD, box)).toBeUndefined()
    expect(openBox(key, AAD, box)).toBeDefined()
  })

  it('of the same content twice has two nonces and no ciphertext in common', () => {
    const boxes = Array.from({ length: 2_000 }, () => hex(sealBox(key, AAD, new Uint8Array(16))))
    expect(new Set(boxes.map((box) => box.slice(0, 24))).size).toBe(2_000)
    expect(new Set(boxes.map((box) => box.slice(24, 56))).size).toBe(2_000)
  })

  it('gives its content in a buffer of its own, so that a key in it becomes a Secret', () => {
    const content = randomBytes(32)
    const opened = openBox(key, AAD, sealBox(key, AAD, content))
    using inner = Secret.take(opened ?? new Uint8Array(), 'key in a box')
    expect(inner.use(hex)).toBe(hex(content))
  })
})
