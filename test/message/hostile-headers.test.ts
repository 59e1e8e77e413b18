/** Headers made to mislead (SECURITY T4): each is refused by its kind, at once, and without the memory it claims. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { VaultError } from '../../src/main/base/index.ts'
import { MessageReader, openMessage, parseHeader } from '../../src/main/message/index.ts'
import {
  COMMITTING,
  type ForeignEdk,
  foreignContext,
  foreignHeaderBody,
  foreignHeaderTag,
  foreignKeys,
  foreignMessage,
  u16,
  u32,
  u64,
} from '../support/foreign-message.ts'
import { byDataKey, chunkSizes, feed, plainBytes } from './feed.ts'

const DATA_KEY = Buffer.alloc(32, 7)
const READ = byDataKey(DATA_KEY)
const EDK: ForeignEdk = { providerId: Buffer.from('p'), info: Buffer.from('i'), ciphertext: Buffer.from('c') }

type Fields = Partial<Parameters<typeof foreignHeaderBody>[0]>

/** A header that is authentic under DATA_KEY, whatever its fields say. */
function header(fields: Fields = {}): Buffer {
  const suite = fields.suite ?? COMMITTING
  const messageId = Buffer.alloc(32, 9)
  const keys = foreignKeys(DATA_KEY, suite, messageId)
  const sound = { suite, messageId, context: Buffer.alloc(0), edks: [EDK], contentType: 2, frameLength: 64 }
  const body = foreignHeaderBody({ ...sound, commitKey: keys.commitKey, ...fields })
  return Buffer.concat([body, foreignHeaderTag(keys, body)])
}

/** The refusal of what has arrived so far, without waiting for more. */
function refusalOf(bytes: Buffer): VaultError {
  try {
    new MessageReader(READ).push(bytes)
  } catch (error) {
    if (error instanceof VaultError) return error
    throw error
  }
  throw new Error('the reader waits for more')
}

describe('a header', () => {
  it('that is sound is taken, so that the refusals below are for what they change', () => {
    const reader = new MessageReader(READ)
    reader.push(header())
    expect(reader.header?.frameLength).toBe(64)
  })

  it('of version 1 is unsupported, never called tampered', () => {
    const error = refusalOf(header({ version: 1 }))
    expect(error).toMatchObject({ code: 'MESSAGE_UNSUPPORTED', exit: 11 })
    expect(error.message).not.toMatch(/tamper|damage|changed/)
  })

  it.each([0, 3, 0x80, 0xff])('of version %i is no message', (version) => {
    expect(refusalOf(header({ version }))).toMatchObject({ code: 'MESSAGE_MALFORMED', exit: 4 })
  })

  it('of every other suite there is (0178, 0014, 0000, FFFF…) is unsupported, never called tampered', () => {
    for (let suite = 0; suite <= 0xffff; suite++) {
      if (suite === 0x0478 || suite === 0x0578) continue
      const error = refusalOf(Buffer.concat([Buffer.of(2), u16(suite)]))
      if (error.code !== 'MESSAGE_UNSUPPORTED' || /tamper|damage|changed/.test(error.message)) {
        expect.fail(`suite ${suite.toString(16)}: ${error.code} ${error.message}`)
      }
    }
  })

  it.each([0, 17, 0xffff])('that counts %i data keys is refused before any of them is read', (edkCount) => {
    const whole = header({ edkCount, edks: [] })
    const upToCount = whole.subarray(0, 3 + 32 + 2 + 2)
    expect(refusalOf(upToCount)).toMatchObject({ code: 'MESSAGE_MALFORMED', exit: 4 })
  })

  it.each([1, 2, 15, 16])('that counts %i data keys, and holds them, is taken', (count) => {
    const parsed = parseHeader(header({ edks: Array.from({ length: count }, () => EDK) }))
    expect(parsed === 'short' ? [] : parsed.edks).toHaveLength(count)
  })

  it.each([
    ['frames of 0 bytes', { contentType: 2, frameLength: 0 }],
    ['frames in an unframed body', { contentType: 1, frameLength: 64 }],
    ['content type 0', { contentType: 0, frameLength: 64 }],
    ['content type 3', { contentType: 3, frameLength: 64 }],
    ['content type 0xff', { contentType: 0xff, frameLength: 0 }],
  ])('that claims %s is malformed', (_, fields) => {
    expect(refusalOf(header(fields))).toMatchObject({ code: 'MESSAGE_MALFORMED', exit: 4 })
  })

  it.each([1, 2, 63, 65, 256 * 1024, 0x7fffffff, 0xffffffff])(
    'whose frame length was made %i breaks its tag',
    (frameLength) => {
      const changed = header()
      frameLengthAt(changed).writeUInt32BE(frameLength)
      expect(refusalOf(changed)).toMatchObject({ code: 'MESSAGE_TAMPERED', exit: 4 })
    },
  )

  const pair = foreignContext([['key', 'value']])
  it.each([
    ['that holds no pair', u16(0)],
    ['that counts more pairs than it holds', Buffer.concat([u16(2), pair.subarray(2)])],
    ['that counts 65,535 pairs', Buffer.concat([u16(0xffff), pair.subarray(2)])],
    ['that counts fewer pairs than it holds', Buffer.concat([u16(1), pair.subarray(2), pair.subarray(2)])],
    ['with one byte after its pairs', Buffer.concat([pair, Buffer.of(0)])],
    ['of one byte', Buffer.of(0)],
    ['whose key claims more than is there', Buffer.concat([u16(1), u16(0xffff), Buffer.from('key')])],
    [
      'whose value claims more than is there',
      Buffer.concat([pair.subarray(0, -7), u16(6), pair.subarray(-5)]),
    ],
    [
      'with a key twice',
      foreignContext([
        ['a', '1'],
        ['b', '2'],
        ['a', '1'],
      ]),
    ],
    ['with a key that is not UTF-8', Buffer.concat([u16(1), u16(1), Buffer.of(0xff), u16(0)])],
    [
      'with a value that is half a character',
      Buffer.concat([u16(1), u16(1), Buffer.from('k'), u16(1), Buffer.of(0xc3)]),
    ],
    ['with an overlong character', Buffer.concat([u16(1), u16(2), Buffer.of(0xc0, 0x80), u16(0)])],
    ['with a lone surrogate', Buffer.concat([u16(1), u16(3), Buffer.of(0xed, 0xa0, 0x80), u16(0)])],
  ])('with a context %s is malformed', (_, context) => {
    expect(refusalOf(header({ context }))).toMatchObject({ code: 'MESSAGE_MALFORMED', exit: 4 })
  })

  it('whose lengths lie so that everything behind them shifts is refused or truncated', () => {
    const sound = header({ context: pair })
    // The length of the context, of its key and value, of the EDK's three fields.
    for (const at of [35, 39, 44, 53, 56, 59]) {
      for (const lie of [0, 1, 2, 4, 9, 300, 0x7fff, 0xffff]) {
        if (sound.readUInt16BE(at) === lie) continue
        const changed = Buffer.from(sound)
        changed.writeUInt16BE(lie, at)
        const { error, pieces } = feed(changed, READ, chunkSizes('in odd pieces'))
        expect(error?.exit, `${lie} at ${at}`).toBe(4)
        expect(pieces).toEqual([])
      }
    }
  })
})

describe('memory', () => {
  /** Bytes by which this process grew over `run`, after it was tidied up. */
  function growthBytes(run: () => void): number {
    const used = () => {
      const { heapUsed, external, arrayBuffers } = process.memoryUsage()
      return heapUsed + Math.max(external, arrayBuffers)
    }
    const before = used()
    run()
    return used() - before
  }

  const FEW = 2 * 1024 * 1024
  const KIB = randomBytes(1024)

  it.each([
    ['a frame of 4 GiB', Buffer.concat([header({ frameLength: 0xffffffff }), u32(1), KIB])],
    ['a frame of 16 MiB', Buffer.concat([header({ frameLength: 2 ** 24 }), u32(1), KIB])],
    ['a final frame of 4 GiB', finalOf(0xffffffff)],
    ['a final frame of 16 MiB', finalOf(2 ** 24)],
    ['an unframed body of 64 GiB', unframedOf(2n ** 36n - 32n)],
    ['an unframed body of 16 MiB', unframedOf(2n ** 24n)],
    [
      '65,535 bytes of context',
      Buffer.concat([Buffer.of(2), u16(COMMITTING), KIB.subarray(0, 32), u16(0xffff), KIB]),
    ],
    [
      '16 data keys of 65,535 bytes',
      header({ edkCount: 16, edks: [EDK] })
        .subarray(0, -48)
        .fill(0xff, 39),
    ],
  ])('of a message of 1 KiB that claims %s stays small, and it is truncated', (_, bytes) => {
    let code = ''
    const growth = growthBytes(() => {
      code = feed(bytes, READ, chunkSizes('whole')).error?.code ?? 'opened'
    })
    expect(code).toBe('MESSAGE_TRUNCATED')
    expect(growth).toBeLessThan(FEW)
  })

  it.each([2n ** 36n - 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])(
    'is not asked for an unframed body of %d bytes: AES-GCM has none',
    (length) => {
      expect(refusalOf(unframedOf(length))).toMatchObject({ code: 'MESSAGE_TAMPERED', exit: 4 })
    },
  )

  it.each([65, 0x7fffffff, 0xffffffff])(
    'is not asked for a final frame of %i bytes: the header says 64',
    (length) => {
      const head = Buffer.concat([header(), u32(0xffffffff), u32(1), Buffer.alloc(12), u32(length)])
      expect(refusalOf(head)).toMatchObject({ code: 'MESSAGE_TAMPERED', exit: 4 })
    },
  )

  it('of the largest header there is, 3 MiB, is a few times its size', () => {
    const full = Buffer.alloc(0xffff, 0x41)
    const edks = Array.from({ length: 16 }, () => ({ providerId: full, info: full, ciphertext: full }))
    const context = foreignContext([['k', 'v'.repeat(0xffff - 7)]])
    const large = header({ edks, context })
    expect(large.length).toBeGreaterThan(3 * 1024 * 1024)
    const read = () => {
      const reader = new MessageReader(READ)
      for (let at = 0; at < large.length; at += 65_536) reader.push(large.subarray(at, at + 65_536))
      expect(reader.header?.sizeBytes).toBe(large.length)
    }
    // The least of several: when garbage goes is the engine's choice, and on a busy machine it is late.
    const growths = Array.from({ length: 5 }, () => growthBytes(read))
    expect(Math.min(...growths)).toBeLessThan(8 * large.length)
  })

  function finalOf(length: number): Buffer {
    const head = header({ frameLength: length })
    return Buffer.concat([head, u32(0xffffffff), u32(1), Buffer.alloc(12), u32(length), KIB])
  }

  function unframedOf(length: bigint): Buffer {
    return Buffer.concat([header({ contentType: 1, frameLength: 0 }), Buffer.alloc(12), u64(length), KIB])
  }
})

describe('a commitment', () => {
  it('that is another data key’s is refused before the header tag is looked at', () => {
    const { bytes } = foreignMessage(plainBytes(5), { frameLength: 9 })
    expect(() => openMessage(bytes, READ)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_COMMITMENT', exit: 4 }),
    )
  })

  it('changed in any bit is refused, also where the writer made the tag fit', () => {
    const keys = foreignKeys(DATA_KEY, COMMITTING, Buffer.alloc(32, 9))
    for (let bit = 0; bit < 256; bit++) {
      const commitKey = Buffer.from(keys.commitKey)
      commitKey.writeUInt8(commitKey.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(refusalOf(header({ commitKey })).code).toBe('MESSAGE_COMMITMENT')
    }
  })
})

/** The frame length in a header: before commit key and tag. */
function frameLengthAt(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.length - 16 - 32 - 4)
}
