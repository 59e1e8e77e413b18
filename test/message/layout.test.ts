import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  framesOf,
  layoutOf,
  parseHeader,
  sealMessage,
  type UnverifiedHeader,
} from '../../src/main/message/index.ts'
import { foreignMessage } from '../support/foreign-message.ts'

const EDK = { providerId: randomBytes(4), providerInfo: randomBytes(9), ciphertext: randomBytes(48) }

function headerOf(message: Uint8Array): UnverifiedHeader {
  const header = parseHeader(message)
  if (header === 'short') throw new Error('no header')
  return header
}

describe('the layout of a message', () => {
  it('read from its size is what was written, whatever the size and frame length', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.integer({ min: 1, max: 700 }), (size, frameLength) => {
        const message = sealMessage(new Uint8Array(size), {
          wrap: () => [EDK],
          context: new Map(),
          frameLength,
        })
        const { regular } = framesOf(size, frameLength)
        expect(layoutOf(headerOf(message), message.length)).toEqual({ frames: regular + 1, plainBytes: size })
      }),
      { numRuns: 500 },
    )
  })

  it('of other SDKs’ messages too: an empty final frame after full ones, an unframed body', () => {
    for (const size of [0, 1, 9, 10, 11, 20, 30, 31]) {
      const plain = Buffer.alloc(size)
      const empty = foreignMessage(plain, { frameLength: 10, emptyFinal: true })
      expect(layoutOf(headerOf(empty.bytes), empty.bytes.length)).toEqual({
        frames: Math.floor(size / 10) + 1,
        plainBytes: size,
      })
      const unframed = foreignMessage(plain, { frameLength: 0 })
      expect(layoutOf(headerOf(unframed.bytes), unframed.bytes.length)).toEqual({
        frames: 1,
        plainBytes: size,
      })
    }
  })

  it.each([1, 2, 7, 8, 9, 31, 32, 33, 100])(
    'in frames of %i is undefined for just those sizes that no body has',
    (frameLength) => {
      const { header } = foreignMessage(Buffer.alloc(0), { frameLength })
      const parsed = headerOf(header)
      // Every body there is of up to 6 frames, by its rule and not by arithmetic on sizes.
      const bodies = new Map<number, { frames: number; plainBytes: number }>()
      for (let regular = 0; regular < 6; regular++) {
        for (let last = 0; last <= frameLength; last++) {
          const plainBytes = regular * frameLength + last
          bodies.set(regular * (frameLength + 32) + last + 40, { frames: regular + 1, plainBytes })
        }
      }
      const most = 6 * (frameLength + 32) + 39
      for (let body = -header.length; body <= most; body++) {
        expect(layoutOf(parsed, header.length + body), `a body of ${body}`).toEqual(bodies.get(body))
      }
      expect(bodies.size).toBeLessThan(most)
    },
  )

  it('of an unframed body is undefined below IV, length and tag', () => {
    const { header } = foreignMessage(Buffer.alloc(0), { frameLength: 0 })
    const parsed = headerOf(header)
    expect(layoutOf(parsed, header.length + 35)).toBeUndefined()
    expect(layoutOf(parsed, header.length + 36)).toEqual({ frames: 1, plainBytes: 0 })
    expect(layoutOf(parsed, header.length + 2 ** 40)).toEqual({ frames: 1, plainBytes: 2 ** 40 - 36 })
  })

  it('of a signed message is not known: the length of a signature varies', () => {
    const { bytes, header } = foreignMessage(Buffer.alloc(30), { frameLength: 10, signed: true })
    const parsed = headerOf(bytes)
    for (let body = 0; body < 400; body++) expect(layoutOf(parsed, header.length + body)).toBeUndefined()
  })

  it('of a terabyte in frames of 256 KiB is exact', () => {
    const frameLength = 256 * 1024
    const parsed = headerOf(foreignMessage(Buffer.alloc(0), { frameLength }).header)
    const frames = 4 * 1024 * 1024
    const size = parsed.sizeBytes + (frames - 1) * (frameLength + 32) + frameLength + 40
    expect(layoutOf(parsed, size)).toEqual({ frames, plainBytes: 2 ** 40 })
    expect(layoutOf(parsed, size + 1)).toBeUndefined()
  })
})
