import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, Secret } from '../../src/main/base/index.ts'
import {
  type Edk,
  openMessage,
  type RawAesKey,
  rawAesName,
  sealMessage,
  unwrapByRawAes,
  unwrapRawAes,
  wrapRawAes,
} from '../../src/main/message/index.ts'
import { foreignRawAesEdk, u32 } from '../support/foreign-message.ts'
import { plainBytes, testKey } from './feed.ts'

const CONTEXT = new Map([['purpose', 'test']])
const refusal = (code: string, exit: number) => expect.objectContaining({ code, exit })
const keyOf = (length: number, byte: number, name = 'key-1', namespace = 'test'): RawAesKey => ({
  namespace,
  name,
  key: createSecretKey(Buffer.alloc(length, byte)),
})

/** The data key in hex, or undefined. */
function unwrapped(key: RawAesKey, edk: Edk, context = CONTEXT): string | undefined {
  using secret = unwrapRawAes(key, edk, context)
  return secret?.use(hex)
}

describe('a data key wrapped by a Raw-AES key', () => {
  const DATA_KEY_HEX = hex(Uint8Array.from({ length: 32 }, (_, i) => i))
  const edk = wrapRawAes(testKey(), secretOf(DATA_KEY_HEX), CONTEXT)

  it.each([16, 24, 32])('opens under the key of %i bytes that wrapped it', (length) => {
    const key = keyOf(length, 5)
    const wrapped = wrapRawAes(key, secretOf(DATA_KEY_HEX), CONTEXT)
    expect(unwrapped(key, wrapped)).toBe(DATA_KEY_HEX)
    expect(unwrapped(keyOf(length, 6), wrapped)).toBeUndefined()
  })

  it('is laid out as every SDK lays it out', () => {
    const iv = Buffer.from(edk.providerInfo.subarray(-12))
    const again = foreignRawAesEdk(
      { namespace: 'test', name: 'key-1', key: testKey().key.export() },
      Buffer.from(DATA_KEY_HEX, 'hex'),
      [...CONTEXT],
      iv,
    )
    expect([edk.providerId, edk.providerInfo, edk.ciphertext].map(hex)).toEqual(
      [again.providerId, again.info, again.ciphertext].map(hex),
    )
    expect(rawAesName(edk)).toEqual({ namespace: 'test', name: 'key-1' })
  })

  it('does not open under another name, namespace, key or context', () => {
    expect(unwrapped(testKey(), edk)).toBe(DATA_KEY_HEX)
    expect(unwrapped({ ...testKey(), name: 'key-2' }, edk)).toBeUndefined()
    expect(unwrapped({ ...testKey(), name: 'key-' }, edk)).toBeUndefined()
    expect(unwrapped({ ...testKey(), namespace: 'tesu' }, edk)).toBeUndefined()
    expect(unwrapped({ ...testKey(), key: keyOf(32, 1).key }, edk)).toBeUndefined()
    expect(unwrapped(testKey(), edk, new Map())).toBeUndefined()
    expect(unwrapped(testKey(), edk, new Map([['purpose', 'Test']]))).toBeUndefined()
  })

  it('changed in any bit, or cut anywhere, does not open', () => {
    for (const field of ['providerId', 'providerInfo', 'ciphertext'] as const) {
      const bytes = edk[field]
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = Buffer.from(bytes)
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        expect(unwrapped(testKey(), { ...edk, [field]: changed })).toBeUndefined()
      }
      for (let length = 0; length < bytes.length; length++) {
        expect(unwrapped(testKey(), { ...edk, [field]: bytes.subarray(0, length) })).toBeUndefined()
      }
    }
  })

  it('of other than 32 bytes is not taken, though it authenticates', () => {
    for (const length of [0, 16, 31, 33]) {
      const raw = { namespace: 'test', name: 'key-1', key: testKey().key.export() }
      const { providerId, info, ciphertext } = foreignRawAesEdk(raw, Buffer.alloc(length), [...CONTEXT])
      expect(unwrapped(testKey(), { providerId, providerInfo: info, ciphertext })).toBeUndefined()
    }
  })

  it('has a fresh IV each time', () => {
    const ivs = Array.from({ length: 500 }, () =>
      hex(wrapRawAes(testKey(), secretOf(DATA_KEY_HEX), CONTEXT).providerInfo),
    )
    expect(new Set(ivs).size).toBe(500)
  })

  it('bears no name if its info is not a Raw-AES key’s: too short, other tag or IV length, no text', () => {
    const info = (tagBits: number, ivLength: number) =>
      Buffer.concat([Buffer.from('key-1'), u32(tagBits), u32(ivLength), Buffer.alloc(12)])
    const bad = [Buffer.alloc(0), Buffer.alloc(19), info(96, 12), info(128, 16), info(0x80000000, 12)]
    for (const providerInfo of bad) expect(rawAesName({ ...edk, providerInfo })).toBeUndefined()
    expect(rawAesName({ ...edk, providerId: Buffer.of(0xff) })).toBeUndefined()
    const nameless = { ...edk, providerInfo: edk.providerInfo.subarray(5) }
    expect(rawAesName(nameless)).toEqual({ namespace: 'test', name: '' })
  })

  it('of arbitrary bytes opens under no key and never throws', () => {
    const field = fc.uint8Array({ maxLength: 70 })
    fc.assert(
      fc.property(field, field, field, (providerId, providerInfo, ciphertext) => {
        expect(unwrapped(testKey(), { providerId, providerInfo, ciphertext })).toBeUndefined()
      }),
    )
  })
})

describe('a message under several Raw-AES keys', () => {
  const [a, b, c] = [testKey('a'), testKey('b'), testKey('c')]
  const plain = plainBytes(10)
  const message = sealMessage(plain, {
    context: CONTEXT,
    wrap: (dataKey, context) => [
      {
        providerId: Buffer.from('aws-kms'),
        providerInfo: Buffer.from('arn:aws:kms:…'),
        ciphertext: Buffer.alloc(99),
      },
      wrapRawAes(a, dataKey, context),
      wrapRawAes(b, dataKey, context),
    ],
  })
  const open = (...keys: RawAesKey[]) => openMessage(message, { unwrap: unwrapByRawAes(keys) })

  it('opens with any of them, and with strangers’ keys beside it', () => {
    for (const keys of [[a], [b], [c, b], [a, b, c]]) expect(open(...keys).plain.equals(plain)).toBe(true)
  })

  it('tries every data key of that name: a broken one first does not hide the good one', () => {
    const wrongA = { ...a, key: keyOf(32, 99).key }
    const twoOfAName = sealMessage(plain, {
      context: CONTEXT,
      wrap: (dataKey, context) => [wrapRawAes(wrongA, dataKey, context), wrapRawAes(a, dataKey, context)],
    })
    expect(openMessage(twoOfAName, { unwrap: unwrapByRawAes([a]) }).plain.equals(plain)).toBe(true)
    expect(openMessage(message, { unwrap: unwrapByRawAes([wrongA, a]) }).plain.equals(plain)).toBe(true)
  })

  it('says that no key is named, that a named one is refused, or, if that one is proven, that it was changed', () => {
    expect(() => open()).toThrow(refusal('KEY_MISMATCH', 3))
    expect(() => open(c)).toThrow(refusal('KEY_MISMATCH', 3))
    const wrong = { ...a, key: keyOf(32, 99).key }
    expect(() => open(c, wrong)).toThrow(refusal('KEY_REFUSED', 3))
    expect(() => open({ ...wrong, proven: true })).toThrow(refusal('MESSAGE_TAMPERED', 4))
    expect(() => open(c, { ...c, proven: true })).toThrow(refusal('KEY_MISMATCH', 3))
  })
})

function secretOf(text: string): Secret {
  return Secret.take(new Uint8Array(Buffer.from(text, 'hex')), 'data key')
}

describe('a key that is only for messages of one context', () => {
  const own = new Map([['strongroom-kdf', 'mine']])
  const sealedWith = (context: ReadonlyMap<string, string>) =>
    sealMessage(plainBytes(3), { context, wrap: (dataKey, whole) => [wrapRawAes(testKey(), dataKey, whole)] })
  const open = (message: Uint8Array) =>
    openMessage(message, { unwrap: unwrapByRawAes([{ ...testKey(), context: own }]) })

  it('opens a message that holds its pairs', () => {
    expect(open(sealedWith(own)).plain).toHaveLength(3)
  })

  it('is not tried on a message that holds others, though the name fits', () => {
    expect(() => open(sealedWith(new Map([['strongroom-kdf', 'other']])))).toThrow(refusal('KEY_MISMATCH', 3))
  })
})

describe('contexts that no reader would take are not written', () => {
  it.each([
    ['half a character', new Map([['\uD800', 'x']])],
    ['the key of signed messages', new Map([['aws-crypto-public-key', 'x']])],
  ])('%s', (_, context) => {
    const wrap = (dataKey: Secret, whole: ReadonlyMap<string, string>) => [
      wrapRawAes(testKey(), dataKey, whole),
    ]
    expect(() => sealMessage(plainBytes(3), { context, wrap })).toThrow(refusal('USAGE', 2))
  })
})
