import { argon2Sync, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, type Secret } from '../../src/main/base/index.ts'
import {
  commitmentHolds,
  demandBounds,
  derivePassphrase,
  newPassphraseKdf,
  type PassphraseKdf,
  parsePassphraseKdf,
  passphraseSecret,
  sealingKey,
  writePassphraseKdf,
} from '../../src/main/keys/passphrase.ts'
import { secretOf } from '../support/key-values.ts'
import { refusal, refusalOf } from '../support/refusal.ts'

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text))
const textOf = (secret: Secret): string => secret.use((bytes) => Buffer.from(bytes).toString('utf8'))
const hexOf = (secret: Secret): string => secret.use((bytes) => hex(bytes))
const typed = (text: string): string => textOf(passphraseSecret(utf8(text)))

const SALT = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const SALT_TEXT = 'AAECAwQFBgcICQoLDA0ODw=='
const cost = (changes: Partial<PassphraseKdf> = {}): PassphraseKdf => ({
  memoryKiB: 262_144,
  passes: 3,
  lanes: 4,
  salt: SALT,
  ...changes,
})

describe('the passphrase parameters in a file', () => {
  it('are written as the format says, and read back', () => {
    const text = `argon2id$v=19$m=262144,t=3,p=4$${SALT_TEXT}`
    expect(writePassphraseKdf(cost())).toBe(text)
    expect(parsePassphraseKdf(text)).toEqual(cost({ salt: new Uint8Array(SALT) }))
  })

  it('are read back whatever they are, within the bounds', () => {
    const within = fc.record({
      memoryKiB: fc.integer({ min: 65_536, max: 2_097_152 }),
      passes: fc.integer({ min: 1, max: 16 }),
      lanes: fc.integer({ min: 1, max: 16 }),
      salt: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    })
    fc.assert(
      fc.property(within, (parameters) => {
        const back = parsePassphraseKdf(writePassphraseKdf(parameters))
        expect({ ...back, salt: hex(back.salt) }).toEqual({ ...parameters, salt: hex(parameters.salt) })
      }),
    )
  })

  it.each([
    { memoryKiB: 65_536 },
    { memoryKiB: 2_097_152 },
    { passes: 1 },
    { passes: 16 },
    { lanes: 1 },
    { lanes: 16 },
  ])('are taken at the very bound: %j', (edge) => {
    expect(parsePassphraseKdf(writePassphraseKdf(cost(edge)))).toMatchObject(edge)
  })

  it.each([
    { memoryKiB: 65_535 },
    { memoryKiB: 2_097_153 },
    { memoryKiB: 2 ** 32 },
    { memoryKiB: 9_999_999_999 },
    { passes: 17 },
    { passes: 2 ** 31 },
    { lanes: 17 },
    { salt: Buffer.alloc(15) },
    { salt: Buffer.alloc(17) },
    { salt: Buffer.alloc(32) },
  ])('are refused beyond it, before any work: %j', (beyond) => {
    expect(refusal(() => parsePassphraseKdf(writePassphraseKdf(cost(beyond))))).toMatchObject({
      code: 'KDF_BOUNDS',
      exit: 4,
    })
  })

  it.each([
    ['nothing', ''],
    ['no salt', 'argon2id$v=19$m=262144,t=3,p=4$'],
    ['no lanes', `argon2id$v=19$m=262144,t=3$${SALT_TEXT}`],
    ['zero lanes', `argon2id$v=19$m=262144,t=3,p=0$${SALT_TEXT}`],
    ['zero passes', `argon2id$v=19$m=262144,t=0,p=4$${SALT_TEXT}`],
    ['a negative cost', `argon2id$v=19$m=-262144,t=3,p=4$${SALT_TEXT}`],
    ['a fraction', `argon2id$v=19$m=262144.5,t=3,p=4$${SALT_TEXT}`],
    ['an exponent', `argon2id$v=19$m=26e4,t=3,p=4$${SALT_TEXT}`],
    ['hexadecimal', `argon2id$v=19$m=0x40000,t=3,p=4$${SALT_TEXT}`],
    ['a leading zero', `argon2id$v=19$m=0262144,t=3,p=4$${SALT_TEXT}`],
    ['a plus', `argon2id$v=19$m=+262144,t=3,p=4$${SALT_TEXT}`],
    ['a space', `argon2id$v=19$m=262144, t=3,p=4$${SALT_TEXT}`],
    ['a line end', `argon2id$v=19$m=262144,t=3,p=4$${SALT_TEXT}\n`],
    ['another order', `argon2id$v=19$t=3,m=262144,p=4$${SALT_TEXT}`],
    ['argon2i', `argon2i$v=19$m=262144,t=3,p=4$${SALT_TEXT}`],
    ['argon2d', `argon2d$v=19$m=262144,t=3,p=4$${SALT_TEXT}`],
    ['version 1.0', `argon2id$v=16$m=262144,t=3,p=4$${SALT_TEXT}`],
    ['capital letters', `Argon2id$v=19$m=262144,t=3,p=4$${SALT_TEXT}`],
    ['a leading dollar', `$argon2id$v=19$m=262144,t=3,p=4$${SALT_TEXT}`],
    ['more at the end', `argon2id$v=19$m=262144,t=3,p=4$${SALT_TEXT}$x`],
    ['unpadded base64', `argon2id$v=19$m=262144,t=3,p=4$${SALT_TEXT.slice(0, -2)}`],
    ['base64 with bits left over', 'argon2id$v=19$m=262144,t=3,p=4$AAECAwQFBgcICQoLDA0ODx=='],
    ['no base64', 'argon2id$v=19$m=262144,t=3,p=4$AAECAwQFBgcICQoLDA0OD-=='],
  ])('are refused when they are %s', (_, text) => {
    expect(refusal(() => parsePassphraseKdf(text))).toMatchObject({ code: 'KDF_BOUNDS', exit: 4 })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 262_144.5])('are never the number %d', (memoryKiB) => {
    expect(refusal(() => demandBounds(cost({ memoryKiB }))).code).toBe('KDF_BOUNDS')
  })

  it('are 256 MiB, 3 passes, 4 lanes for a new job, with a salt of its own', () => {
    const [one, two] = [newPassphraseKdf(), newPassphraseKdf()]
    expect(one).toMatchObject({ memoryKiB: 262_144, passes: 3, lanes: 4 })
    expect([one.salt.length, two.salt.length]).toEqual([16, 16])
    expect(hex(one.salt)).not.toBe(hex(two.salt))
  })
})

describe('the key from a passphrase', () => {
  it.each([cost({ memoryKiB: 65_536 }), cost({ memoryKiB: 65_536, passes: 1, lanes: 1 })])(
    'is what node:crypto’s Argon2id 1.3 gives for %j',
    async (parameters) => {
      using passphrase = secretOf(utf8('correct horse'))
      using derived = await derivePassphrase(passphrase, parameters)
      const theirs = argon2Sync('argon2id', {
        message: utf8('correct horse'),
        nonce: parameters.salt,
        memory: parameters.memoryKiB,
        passes: parameters.passes,
        parallelism: parameters.lanes,
        tagLength: 32,
      })
      expect(hexOf(derived)).toBe(theirs.toString('hex'))
    },
  )

  it('is not derived at a cost out of bounds, whoever asks', async () => {
    using passphrase = secretOf(utf8('x'))
    const startedAtMs = performance.now()
    const { code } = await refusalOf(derivePassphrase(passphrase, cost({ passes: 2 ** 31 })))
    expect(code).toBe('KDF_BOUNDS')
    expect(performance.now() - startedAtMs).toBeLessThan(100)
  })

  it('gives the sealing key and the commitment by HKDF-SHA256 under the salt, as the format says', () => {
    const derived = Buffer.alloc(32, 7)
    using secret = secretOf(derived)
    const { key, commitment } = sealingKey(secret, SALT)
    using _ = key
    const hkdf = (info: string) => Buffer.from(hkdfSync('sha256', derived, SALT, info, 32)).toString('hex')
    expect(hexOf(key)).toBe(hkdf('strongroom/seal\0'))
    expect(hex(commitment)).toBe(hkdf('strongroom/commit\0'))
  })

  it('is held by its commitment, and no other key or salt is', () => {
    using derived = secretOf(Buffer.alloc(32, 7))
    using other = secretOf(Buffer.alloc(32, 8))
    const { key, commitment } = sealingKey(derived, SALT)
    using _ = key
    expect(commitmentHolds(derived, SALT, commitment)).toBe(true)
    expect(commitmentHolds(other, SALT, commitment)).toBe(false)
    expect(commitmentHolds(derived, Buffer.alloc(16), commitment)).toBe(false)
    expect(commitmentHolds(derived, SALT, commitment.subarray(0, 31))).toBe(false)
    expect(commitmentHolds(derived, SALT, new Uint8Array())).toBe(false)
  })
})

describe('a typed passphrase', () => {
  it.each([
    ['a ligature', 'ﬁve', 'five'],
    ['an accent of its own', 'cafe\u0301', 'caf\u00e9'],
    ['wide letters', 'ＡＢＣ１', 'ABC1'],
    ['a superscript', 'x²', 'x2'],
    ['a no-break space', 'a\u00a0b', 'a b'],
    ['the Ångström sign', '\u212b', '\u00c5'],
    ['Hangul in parts', '\u1112\u1161\u11ab', '\ud55c'],
    ['accents in another order', 'a\u0323\u0307', 'a\u0307\u0323'],
  ])('is the same with %s, whichever keyboard it comes from', (_, one, other) => {
    expect(typed(one)).toBe(typed(other))
  })

  it.each([
    ['capitals', 'Secret', 'secret'],
    ['a space at the end', 'secret ', 'secret'],
    ['a space at the beginning', ' secret', 'secret'],
    ['a sharp s', 'straße', 'strasse'],
    ['a dotless i', 'ı', 'i'],
    ['a tab', 'a\tb', 'a b'],
  ])('is another one with %s', (_, one, other) => {
    expect(typed(one)).not.toBe(typed(other))
  })

  it('is the same in every normal form, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const forms = (['NFC', 'NFD', 'NFKC', 'NFKD'] as const).map((form) => typed(text.normalize(form)))
        expect(new Set(forms)).toEqual(new Set([text.normalize('NFKC')]))
      }),
    )
  })

  it('that is ASCII stays byte for byte what it is', () => {
    const all = Uint8Array.from({ length: 128 }, (_, i) => i)
    using secret = passphraseSecret(all.slice())
    expect(hexOf(secret)).toBe(hex(all))
  })

  it.each(['plain', 'schön'])('leaves nothing in the buffer it came in: %s', (text) => {
    const bytes = utf8(text)
    passphraseSecret(bytes)[Symbol.dispose]()
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it.each([
    ['a lone continuation', [0x61, 0x80]],
    ['a cut character', [0x61, 0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a byte that UTF-8 never has', [0xff, 0x61]],
    ['a number beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin-1', [0x63, 0x61, 0x66, 0xe9]],
  ])('that is not UTF-8 is refused and wiped: %s', (_, values) => {
    const bytes = Uint8Array.from(values)
    expect(refusal(() => passphraseSecret(bytes))).toMatchObject({ code: 'USAGE', facts: {} })
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it('is never empty', () => {
    expect(refusal(() => passphraseSecret(new Uint8Array())).code).toBe('PASSPHRASE_EMPTY')
  })
})
