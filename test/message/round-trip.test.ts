import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sealMessage, unwrapByRawAes, type WriteOptions, wrapRawAes } from '../../src/main/message/index.ts'
import { chunkSizes, feed, plainBytes, testKey, WAYS } from './feed.ts'

const KEY = testKey()
const READ = { unwrap: unwrapByRawAes([KEY]) }
const write = (frameLength: number, context: ReadonlyMap<string, string> = new Map()): WriteOptions => ({
  wrap: (dataKey, authenticated) => [wrapRawAes(KEY, dataKey, authenticated)],
  context,
  frameLength,
})

const contexts = fc
  .uniqueArray(
    fc.tuple(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 40 })),
    {
      selector: ([key]) => key,
      maxLength: 8,
    },
  )
  // Lone halves of surrogate pairs aren't text and have no UTF-8.
  .map((pairs) => new Map(pairs.map(([key, value]) => [key.toWellFormed(), value.toWellFormed()])))

/** Plain sizes around the multiples of a frame length, where cutting goes wrong if it does. */
const sizesAndFrames = fc.integer({ min: 1, max: 300 }).chain((frameLength) =>
  fc.record({
    frameLength: fc.constant(frameLength),
    plain: fc
      .oneof(
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 0, max: 5 }).map((n) => n * frameLength),
        fc.integer({ min: 1, max: 5 }).map((n) => n * frameLength - 1),
        fc.integer({ min: 0, max: 5 }).map((n) => n * frameLength + 1),
      )
      .chain((size) => fc.uint8Array({ minLength: size, maxLength: size })),
  }),
)

describe('a message', () => {
  it('comes back the same, whatever its size, frames, context, and the chunks it arrives in', () => {
    fc.assert(
      fc.property(
        sizesAndFrames,
        contexts,
        fc.infiniteStream(fc.integer({ min: 1, max: 700 })),
        ({ plain, frameLength }, context, chunks) => {
          const message = sealMessage(plain, write(frameLength, context))
          const opened = feed(message, READ, chunks)
          expect(opened.error).toBeUndefined()
          expect(opened.plain.equals(plain)).toBe(true)
          expect(opened.pieces.every((piece) => piece.kind === 'verified')).toBe(true)
          expect(opened.header?.context).toEqual(context)
          expect(opened.header?.frameLength).toBe(frameLength)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('comes back the same with empty chunks between its bytes', () => {
    const plain = plainBytes(100)
    const message = sealMessage(plain, write(30))
    const chunks = (function* () {
      for (;;) yield* [0, 1, 0, 0, 5]
    })()
    expect(feed(message, READ, chunks).plain.equals(plain)).toBe(true)
  })
})

describe('a message of three frames that was', () => {
  const plain = plainBytes(53)
  const message = sealMessage(
    plain,
    write(
      20,
      new Map([
        ['purpose', 'a test'],
        ['who', 'vitest'],
      ]),
    ),
  )

  const outcomes = (changed: Buffer) => WAYS.map((way) => feed(changed, READ, chunkSizes(way)))
  const isTrue = (part: Buffer) => plain.subarray(0, part.length).equals(part)

  it('changed in any one bit is refused, and what got out before is true', () => {
    const codes = new Set<string>()
    for (let byte = 0; byte < message.length; byte++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(message)
        changed.writeUInt8(changed.readUInt8(byte) ^ (1 << bit), byte)
        for (const { error, plain: out } of outcomes(changed)) {
          if (error === undefined || !isTrue(out) || out.length >= plain.length) {
            expect.fail(`byte ${byte}, bit ${bit}: ${error?.code ?? 'opened'}, ${out.length} bytes got out`)
          }
          codes.add(error.code)
        }
      }
    }
    // Version and suite say so, key name and namespace say so; all the rest is the integrity of the message.
    expect([...codes].sort()).toEqual([
      'KEY_MISMATCH',
      'KEY_REFUSED',
      'MESSAGE_COMMITMENT',
      'MESSAGE_MALFORMED',
      'MESSAGE_TAMPERED',
      'MESSAGE_TRUNCATED',
      'MESSAGE_UNSUPPORTED',
    ])
  })

  it('changed in any one byte to any other value is refused', () => {
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Buffer.from(message)
        changed.writeUInt8(changed.readUInt8(at) ^ mask, at)
        const { error, plain: out } = feed(changed, READ, chunkSizes('in odd pieces'))
        expect(error).toBeDefined()
        expect(isTrue(out)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('cut anywhere is truncated, and its whole frames before the cut are true', () => {
    for (let length = 0; length < message.length; length++) {
      for (const { error, plain: out } of outcomes(message.subarray(0, length))) {
        expect(error).toMatchObject({ code: 'MESSAGE_TRUNCATED', exit: 4 })
        expect(isTrue(out)).toBe(true)
      }
    }
  })

  it('made longer is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (more) => {
        for (const { error } of outcomes(Buffer.concat([message, more]))) {
          expect(error).toMatchObject({ code: 'MESSAGE_TAMPERED', exit: 4 })
        }
      }),
      { numRuns: 50 },
    )
    for (const { error } of outcomes(Buffer.concat([message, message]))) {
      expect(error?.code).toBe('MESSAGE_TAMPERED')
    }
  })

  it('cut out anywhere inside, or filled with other bytes there, is refused', () => {
    const part = fc.tuple(fc.nat(message.length - 1), fc.integer({ min: 1, max: 90 }))
    fc.assert(
      fc.property(part, fc.uint8Array({ maxLength: 90 }), ([at, length], fill) => {
        const changed = Buffer.concat([message.subarray(0, at), fill, message.subarray(at + length)])
        fc.pre(!changed.equals(message))
        const { error, plain: out } = feed(changed, READ, chunkSizes('in odd pieces'))
        expect(error).toBeDefined()
        expect(isTrue(out)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('bytes that never were a message', () => {
  it('are refused with a typed error, and nothing comes of them', () => {
    const beginnings = [[], [2], [2, 4, 0x78], [2, 5, 0x78], [1]].map((bytes) => Uint8Array.from(bytes))
    fc.assert(
      fc.property(
        fc.constantFrom(...beginnings),
        fc.uint8Array({ maxLength: 600 }),
        fc.boolean(),
        (beginning, rest, zeros) => {
          const bytes = Buffer.concat([beginning, zeros ? rest.map((byte) => (byte < 200 ? 0 : byte)) : rest])
          const { error, pieces } = feed(bytes, READ, chunkSizes('in odd pieces'))
          expect(error).toBeDefined()
          expect(pieces).toEqual([])
        },
      ),
      { numRuns: 3_000 },
    )
  })
})
