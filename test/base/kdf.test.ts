import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commit, equalBytes, hex, kdf, Secret, sha256, utf8Bytes } from '../../src/main/base/index.ts'

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i)
const SALT = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i)
const keyOf = (bytes: Uint8Array = KEY) => Secret.take(new Uint8Array(bytes), 'key')

function derived(label: string, info?: Uint8Array, salt = SALT, bytes = KEY): string {
  using key = keyOf(bytes)
  using out = kdf(key, salt, label, info)
  return out.use(hex)
}

/** RFC 5869 by its two HMACs: 32 bytes are one block of SHA-256. */
function byHand(bytes: Uint8Array, salt: Uint8Array, info: Uint8Array): string {
  const prk = createHmac('sha256', salt).update(bytes).digest()
  return createHmac('sha256', prk).update(info).update(Buffer.of(1)).digest('hex')
}

describe('KDF', () => {
  it('gives what Python’s hmac gives for the same key, vault id, label and info', () => {
    expect(derived('strongroom/wrap', utf8Bytes('subject'))).toBe(
      '9505024ffb57518f4ec583b3d01cdea95ce91446bc7ef1578862f44b017b9e5f',
    )
    expect(derived('strongroom/seal')).toBe(
      'b1977d1d41b91aacd617771a4bb0c2587c6ed74787b761567a92cf604fa1b391',
    )
  })

  it('is HKDF-SHA256 over label ‖ 00 ‖ info, for any of them', () => {
    const some = fc.uint8Array({ minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(
        some,
        some,
        fc.string({ unit: 'grapheme-ascii' }),
        fc.uint8Array(),
        (key, salt, label, info) => {
          const all = Buffer.concat([Buffer.from(label), Buffer.of(0), info])
          expect(derived(label, info, salt, key)).toBe(byHand(key, salt, all))
        },
      ),
    )
  })

  it('gives another key for another key, vault, label or info; the end of a label is no beginning of info', () => {
    const all = [
      derived('strongroom/wrap'),
      derived('strongroom/wrap', utf8Bytes('a')),
      derived('strongroom/wrapa'),
      derived('strongroom/wrap', utf8Bytes('\0')),
      derived('strongroom/seal'),
      derived('strongroom/wrap', undefined, SALT.toReversed()),
      derived('strongroom/wrap', undefined, SALT, KEY.toReversed()),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it('gives a secret of 32 bytes that bears the label and ends for itself', () => {
    const key = keyOf()
    using out = kdf(key, SALT, 'strongroom/entry')
    key[Symbol.dispose]()
    expect(out.label).toBe('strongroom/entry')
    expect(out.length).toBe(32)
  })
})

describe('a commitment', () => {
  it('is the KDF under “strongroom/commit”, as Python’s hmac gives it', () => {
    expect(hex(commit(keyOf(), SALT))).toBe(
      '305208e648a6b06acfc90a1244a13190a056a8d01655b2699ec3ce7fc903dd9c',
    )
    expect(hex(commit(keyOf(), SALT))).toBe(derived('strongroom/commit'))
  })

  it('differs from key to key and from vault to vault', () => {
    const all = Array.from({ length: 200 }, () => hex(commit(Secret.random('x'), SALT)))
    expect(new Set(all).size).toBe(200)
    expect(hex(commit(keyOf(), SALT.toReversed()))).not.toBe(hex(commit(keyOf(), SALT)))
  })
})

describe('comparing', () => {
  it('says equal for the same bytes only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
        expect(equalBytes(a, new Uint8Array(a))).toBe(true)
        expect(equalBytes(a, b)).toBe(hex(a) === hex(b))
      }),
    )
    for (let i = 0; i < 256; i++) {
      const other = new Uint8Array(KEY)
      other.set([(KEY[i >> 3] ?? 0) ^ (1 << (i & 7))], i >> 3)
      expect(equalBytes(KEY, other)).toBe(false)
    }
    expect(equalBytes(KEY, KEY.subarray(1))).toBe(false)
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true)
  })
})

describe('SHA-256', () => {
  it('of parts is that of the whole', () => {
    expect(hex(sha256(utf8Bytes('a'), utf8Bytes(''), utf8Bytes('bc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    expect(hex(sha256())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})
