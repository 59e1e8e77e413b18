import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, Secret } from '../../src/main/base/index.ts'
import {
  bodySize,
  framesOf,
  MessageWriter,
  openMessage,
  parseHeader,
  sealMessage,
  unwrapByRawAes,
  WRITTEN_FRAME_LENGTH,
  type WriteOptions,
  wrapRawAes,
} from '../../src/main/message/index.ts'
import { foreignMessage, sorted } from '../support/foreign-message.ts'
import { plainBytes, testKey } from './feed.ts'

const KEY = testKey()
const READ = { unwrap: unwrapByRawAes([KEY]) }
const OPTIONS: WriteOptions = {
  wrap: (dataKey, context) => [wrapRawAes(KEY, dataKey, context)],
  context: new Map([['purpose', 'test']]),
  frameLength: 64,
}

/** Where a body's frames are final, and how long each is, by its own marks. */
function framesIn(message: Buffer, frameLength: number): { seq: number; final: boolean; length: number }[] {
  const header = parseHeader(message)
  if (header === 'short') throw new Error('no header')
  const frames: { seq: number; final: boolean; length: number }[] = []
  for (let at = header.sizeBytes; at < message.length; ) {
    const final = message.readUInt32BE(at) === 0xffffffff
    const length = final ? message.readUInt32BE(at + 20) : frameLength
    frames.push({ seq: message.readUInt32BE(at + (final ? 4 : 0)), final, length })
    at += length + (final ? 40 : 32)
  }
  return frames
}

describe('one header per message id and data key', () => {
  it('a writer takes no message id, by its type or by the back door', () => {
    // @ts-expect-error: there is no such option
    const withId: WriteOptions = { ...OPTIONS, messageId: new Uint8Array(32) }
    const headers = [new MessageWriter(withId).header, new MessageWriter(withId).header]
    const [a, b] = headers.map((header) => parseHeader(header))
    if (a === 'short' || b === 'short' || !a || !b) throw new Error('no header')
    expect(hex(a.messageId)).not.toBe(hex(b.messageId))
    expect(hex(a.messageId)).not.toMatch(/^0+$/)
  })

  it('one data key given twice, as KMS made it, still makes two headers with keys of their own', () => {
    using dataKey = Secret.random('data key')
    const headers = [OPTIONS, OPTIONS].map((each) => new MessageWriter({ ...each, dataKey }).header)
    const [a, b] = headers.map((header) => parseHeader(header))
    if (a === 'short' || b === 'short' || !a || !b) throw new Error('no header')
    expect(hex(a.messageId)).not.toBe(hex(b.messageId))
    expect(hex(a.commitKey)).not.toBe(hex(b.commitKey))
  })

  it('a thousand writers of the same options share no message id, data key, commit key or EDK', () => {
    const seen = {
      messageId: new Set(),
      dataKey: new Set(),
      commitKey: new Set(),
      edk: new Set(),
      tag: new Set(),
    }
    for (let i = 0; i < 1_000; i++) {
      const { header } = new MessageWriter({
        ...OPTIONS,
        wrap: (dataKey, context) => {
          seen.dataKey.add(dataKey.use(hex))
          return OPTIONS.wrap(dataKey, context)
        },
      })
      const parsed = parseHeader(header)
      if (parsed === 'short') throw new Error('no header')
      seen.messageId.add(hex(parsed.messageId))
      seen.commitKey.add(hex(parsed.commitKey))
      seen.tag.add(hex(parsed.tag))
      for (const edk of parsed.edks) seen.edk.add(hex(edk.providerInfo)).add(hex(edk.ciphertext))
    }
    expect(Object.values(seen).map((set) => set.size)).toEqual([1_000, 1_000, 1_000, 2_000, 1_000])
  })

  it('the same plain text sealed twice gives bodies that have no frame in common', () => {
    const plain = plainBytes(640)
    const [a, b] = [sealMessage(plain, OPTIONS), sealMessage(plain, OPTIONS)]
    expect(a.length).toBe(b.length)
    const blocks = (message: Buffer) =>
      Array.from({ length: Math.floor(message.length / 16) }, (_, i) =>
        message.toString('hex', i * 16, i * 16 + 16),
      )
    const bodyOf = (message: Buffer) => message.subarray(message.length - bodySize(640, 64))
    const ciphertexts = (message: Buffer) =>
      new Set(
        framesIn(message, 64).map((_, i) =>
          blocks(bodyOf(message).subarray(i * 96 + 16, i * 96 + 80)).join(),
        ),
      )
    const shared = [...ciphertexts(a)].filter((text) => ciphertexts(b).has(text))
    expect(ciphertexts(a).size).toBe(10)
    expect(shared).toEqual([])
  })

  it('a writer never seals a second final frame, nor anything after it', () => {
    const writer = new MessageWriter(OPTIONS)
    const out = Buffer.alloc(400)
    writer.finish(new Uint8Array(64), out, 0)
    const before = hex(out)
    expect(() => writer.finish(new Uint8Array(1), out, 0)).toThrow(expect.objectContaining({ code: 'BUG' }))
    expect(() => writer.frame(new Uint8Array(64), out, 0)).toThrow(expect.objectContaining({ code: 'BUG' }))
    expect(hex(out)).toBe(before)
  })

  it('a writer numbers its frames itself: the same plain text again is another frame', () => {
    const writer = new MessageWriter({ ...OPTIONS, frameLength: 8 })
    const out = Buffer.alloc(3 * 40)
    writer.frame(new Uint8Array(8), out, 0)
    writer.frame(new Uint8Array(8), out, 40)
    writer.frame(new Uint8Array(8), out, 80)
    const seqs = [0, 40, 80].map((at) => out.readUInt32BE(at))
    const ivs = [0, 40, 80].map((at) => out.toString('hex', at + 4, at + 16))
    expect(seqs).toEqual([1, 2, 3])
    expect(ivs).toEqual([1, 2, 3].map((seq) => `${'00'.repeat(11)}0${seq}`))
    expect(new Set([0, 40, 80].map((at) => out.toString('hex', at + 16, at + 24))).size).toBe(3)
  })

  it('a frame of another length than the header says is refused before anything is written', () => {
    const writer = new MessageWriter(OPTIONS)
    const out = Buffer.alloc(400)
    for (const length of [0, 1, 63, 65]) {
      expect(() => writer.frame(new Uint8Array(length), out, 0)).toThrow(
        expect.objectContaining({ code: 'BUG' }),
      )
    }
    expect(() => writer.finish(new Uint8Array(65), out, 0)).toThrow(expect.objectContaining({ code: 'BUG' }))
    expect(out.every((byte) => byte === 0)).toBe(true)
  })

  it('the data key ends with the making of the header', () => {
    let kept: Secret | undefined
    let view: Uint8Array | undefined
    new MessageWriter({
      ...OPTIONS,
      wrap: (dataKey, context) => {
        kept = dataKey
        view = dataKey.use((bytes) => bytes)
        return OPTIONS.wrap(dataKey, context)
      },
    })
    expect(() => kept?.length).toThrow(expect.objectContaining({ code: 'BUG' }))
    expect(hex(view ?? new Uint8Array())).toBe('00'.repeat(32))
  })
})

describe('a message that no reader could read again', () => {
  const edk = {
    providerId: new Uint8Array(1),
    providerInfo: new Uint8Array(1),
    ciphertext: new Uint8Array(1),
  }
  const tooLong = new Uint8Array(65_536)
  it.each([
    ['no data key', { wrap: () => [] }],
    ['17 data keys', { wrap: () => Array.from({ length: 17 }, () => edk) }],
    ['a provider id above 65,535 bytes', { wrap: () => [{ ...edk, providerId: tooLong }] }],
    ['a provider info above 65,535 bytes', { wrap: () => [{ ...edk, providerInfo: tooLong }] }],
    ['a ciphertext above 65,535 bytes', { wrap: () => [{ ...edk, ciphertext: tooLong }] }],
    ['frames of 0 bytes', { frameLength: 0 }],
    ['frames of 4 GiB', { frameLength: 2 ** 32 }],
    ['frames of half a byte', { frameLength: 0.5 }],
  ] satisfies [string, Partial<WriteOptions>][])('with %s is not begun', (_, options) => {
    expect(() => new MessageWriter({ ...OPTIONS, ...options })).toThrow(
      expect.objectContaining({ code: 'BUG' }),
    )
  })

  it('with too large a context is not begun, and the person is told', () => {
    const context = new Map([['k', 'v'.repeat(65_530)]])
    expect(() => new MessageWriter({ ...OPTIONS, context })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    )
  })

  it('with 16 data keys of 65,535 bytes is one that is read', () => {
    const full = {
      providerId: tooLong.subarray(1),
      providerInfo: tooLong.subarray(1),
      ciphertext: tooLong.subarray(1),
    }
    const message = sealMessage(plainBytes(9), {
      ...OPTIONS,
      wrap: (dataKey, context) => [
        ...Array.from({ length: 15 }, () => full),
        wrapRawAes(KEY, dataKey, context),
      ],
    })
    expect(openMessage(message, READ).plain.equals(plainBytes(9))).toBe(true)
  })
})

describe('the body', () => {
  it('of nothing is one empty final frame', () => {
    const message = sealMessage(new Uint8Array(), OPTIONS)
    expect(framesIn(message, 64)).toEqual([{ seq: 1, final: true, length: 0 }])
    expect(openMessage(message, READ).plain).toHaveLength(0)
  })

  it('of an exact multiple ends with a full final frame', () => {
    const [full, three] = [64, 192].map((size) => framesIn(sealMessage(plainBytes(size), OPTIONS), 64))
    expect(full).toEqual([{ seq: 1, final: true, length: 64 }])
    expect(three).toEqual([
      { seq: 1, final: false, length: 64 },
      { seq: 2, final: false, length: 64 },
      { seq: 3, final: true, length: 64 },
    ])
  })

  it('has frames numbered from 1, one final frame, none but that one short, and the size foretold', () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.integer({ min: 1, max: 500 }), (size, frameLength) => {
        const message = sealMessage(new Uint8Array(size), { ...OPTIONS, frameLength })
        const header = parseHeader(message)
        const frames = framesIn(message, frameLength)
        expect(message.length - (header === 'short' ? 0 : header.sizeBytes)).toBe(bodySize(size, frameLength))
        expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, i) => i + 1))
        expect(frames.map(({ final }) => final)).toEqual(frames.map((_, i) => i === frames.length - 1))
        expect(frames.reduce((sum, { length }) => sum + length, 0)).toBe(size)
        const last = frames.at(-1)?.length ?? 0
        expect(last).toBeGreaterThanOrEqual(Math.min(size, 1))
        expect(framesOf(size, frameLength)).toEqual({ regular: frames.length - 1, finalBytes: last })
      }),
      { numRuns: 300 },
    )
  })

  it('has frames of 256 KiB unless told otherwise', () => {
    expect(WRITTEN_FRAME_LENGTH).toBe(262_144)
    const { frameLength: _, ...product } = OPTIONS
    const message = sealMessage(plainBytes(600_000), product)
    expect(framesIn(message, WRITTEN_FRAME_LENGTH).map(({ length }) => length)).toEqual([
      262_144, 262_144, 75_712,
    ])
  })
})

describe('every byte that is written', () => {
  it('is what a second implementation writes from the same data key, message id and context', () => {
    const pairs = fc.uniqueArray(
      fc.tuple(fc.string({ maxLength: 9 }), fc.string({ unit: 'grapheme', maxLength: 20 })),
      { selector: ([key]) => key, maxLength: 5 },
    )
    fc.assert(
      fc.property(fc.nat(700), fc.integer({ min: 1, max: 200 }), pairs, (size, frameLength, context) => {
        const plain = plainBytes(size)
        let dataKey = Buffer.alloc(0)
        const message = sealMessage(plain, {
          frameLength,
          context: new Map(context),
          wrap: (secret, authenticated) => {
            dataKey = Buffer.from(secret.use(hex), 'hex')
            return OPTIONS.wrap(secret, authenticated)
          },
        })
        const header = parseHeader(message)
        if (header === 'short') throw new Error('no header')
        const again = foreignMessage(plain, {
          frameLength,
          dataKey,
          messageId: message.subarray(3, 35),
          context: sorted(context),
          edks: () =>
            header.edks.map((edk) => ({
              providerId: Buffer.from(edk.providerId),
              info: Buffer.from(edk.providerInfo),
              ciphertext: Buffer.from(edk.ciphertext),
            })),
        })
        expect(message.toString('hex')).toBe(again.bytes.toString('hex'))
      }),
      { numRuns: 200 },
    )
  })
})
