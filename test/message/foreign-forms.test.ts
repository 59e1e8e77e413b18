/** What Strongroom reads and never writes: signed and unframed messages, other orders, other endings. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageReader, openMessage } from '../../src/main/message/index.ts'
import {
  COMMITTING,
  foreignBlock,
  foreignContext,
  foreignHeaderBody,
  foreignHeaderTag,
  foreignKeys,
  foreignMessage,
  foreignSigner,
  type Pairs,
  SIGNING,
  u16,
} from '../support/foreign-message.ts'
import { byDataKey, chunkSizes, feed, plainBytes, WAYS } from './feed.ts'

const refusal = (code: string) => expect.objectContaining({ code })

describe('a message of another SDK', () => {
  it('opens in every form: signed or not, framed or not, with an empty final frame or a full one', () => {
    fc.assert(
      fc.property(
        fc.record({
          size: fc.nat(900),
          frameLength: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 })),
          signed: fc.boolean(),
          emptyFinal: fc.boolean(),
        }),
        fc.infiniteStream(fc.integer({ min: 1, max: 500 })),
        ({ size, ...form }, chunks) => {
          const plain = plainBytes(size)
          const message = foreignMessage(plain, {
            ...form,
            context: [
              ['z', '1'],
              ['a', '2'],
            ],
          })
          const opened = feed(message.bytes, byDataKey(message.dataKey), chunks)
          expect(opened.error).toBeUndefined()
          expect(opened.verified.equals(plain)).toBe(true)
          expect(opened.header).toMatchObject({
            framed: form.frameLength > 0,
            suite: { signed: form.signed },
          })
        },
      ),
      { numRuns: 150 },
    )
  })

  it('opens with an empty final frame after full ones', () => {
    const plain = plainBytes(90)
    const message = foreignMessage(plain, { frameLength: 30, emptyFinal: true })
    expect(message.parts.map((part) => part.length)).toEqual([62, 62, 62, 40])
    expect(openMessage(message.bytes, byDataKey(message.dataKey)).plain.equals(plain)).toBe(true)
  })

  it('opens with a context stored in any order', () => {
    const context: Pairs = [
      ['b', '2'],
      ['', 'empty key'],
      ['é', '3'],
      ['a', ''],
    ]
    const message = foreignMessage(plainBytes(5), { frameLength: 30, context })
    const { header } = openMessage(message.bytes, byDataKey(message.dataKey))
    expect([...header.context]).toEqual(context)
  })

  it('opens with whatever IV its frames carry', () => {
    const [dataKey, messageId] = [randomBytes(32), randomBytes(32)]
    const { header, keys } = foreignMessage(Buffer.alloc(0), { frameLength: 8, dataKey, messageId })
    const bytes = Buffer.concat([
      header,
      foreignBlock(keys, messageId, 'regular', 1, Buffer.from('eight by'), randomBytes(12)),
      foreignBlock(keys, messageId, 'final', 2, Buffer.from('tes'), randomBytes(12)),
    ])
    for (const way of WAYS) {
      expect(feed(bytes, byDataKey(dataKey), chunkSizes(way)).plain.toString()).toBe('eight bytes')
    }
  })

  it('changed in any one bit is refused in every form, and no wrong byte counts as verified', () => {
    for (const form of [
      { frameLength: 12, signed: true },
      { frameLength: 0, signed: true },
      { frameLength: 0, signed: false },
      { frameLength: 10, signed: false, emptyFinal: true },
    ]) {
      const plain = plainBytes(20)
      const { bytes, dataKey } = foreignMessage(plain, form)
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes)
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at)
        const { error, verified: out } = feed(changed, byDataKey(dataKey), chunkSizes('in odd pieces'))
        if (error === undefined || !plain.subarray(0, out.length).equals(out)) {
          expect.fail(`byte ${at} of ${JSON.stringify(form)}: ${error?.code ?? 'opened'}`)
        }
      }
    }
  })

  it('cut anywhere is truncated in every form', () => {
    for (const form of [
      { frameLength: 12, signed: true },
      { frameLength: 0, signed: false },
    ]) {
      const { bytes, dataKey } = foreignMessage(plainBytes(20), form)
      for (let length = 0; length < bytes.length; length++) {
        const { error } = feed(bytes.subarray(0, length), byDataKey(dataKey), chunkSizes('whole'))
        expect(error?.code).toBe('MESSAGE_TRUNCATED')
      }
    }
  })
})

describe('a signed message', () => {
  const plain = plainBytes(25)
  const message = foreignMessage(plain, { frameLength: 10, signed: true })
  const body = message.parts.slice(0, -1)
  const footer = message.parts.at(-1) ?? Buffer.alloc(0)

  it('keeps its final frame until the signature is checked', () => {
    const reader = new MessageReader(byDataKey(message.dataKey))
    const out = [message.header, ...body].map((part) => reader.push(part).map((piece) => piece.bytes.length))
    expect(out).toEqual([[], [10], [10], []])
    expect(() => reader.end()).toThrow(refusal('MESSAGE_TRUNCATED'))
    expect(reader.push(footer.subarray(0, -1))).toEqual([])
    expect(reader.push(footer.subarray(-1)).map((piece) => piece.bytes.length)).toEqual([5])
    expect(reader.end().suite.signed).toBe(true)
  })

  it('with the footer of another message, an empty or a nonsense one is refused, its final frame kept', () => {
    const other = foreignMessage(plain, { frameLength: 10, signed: true }).parts.at(-1) ?? Buffer.alloc(0)
    const nonsense = Buffer.concat([u16(60), randomBytes(60)])
    for (const last of [other, u16(0), nonsense]) {
      const bytes = Buffer.concat([message.header, ...body, last])
      const opened = feed(bytes, byDataKey(message.dataKey), chunkSizes('whole'))
      expect(opened.error).toMatchObject({ code: 'MESSAGE_TAMPERED', exit: 4 })
      const byBytes = feed(bytes, byDataKey(message.dataKey), chunkSizes('byte by byte'))
      expect(byBytes.error?.code).toBe('MESSAGE_TAMPERED')
      expect(byBytes.plain.equals(plain.subarray(0, 20))).toBe(true)
    }
  })

  it('is refused if whoever holds the data key wrote another frame: the signature is not theirs', () => {
    const forged = foreignBlock(message.keys, message.messageId, 'final', 3, Buffer.from('wrong'))
    const bytes = Buffer.concat([message.header, ...body.slice(0, 2), forged, footer])
    expect(() => openMessage(bytes, byDataKey(message.dataKey))).toThrow(refusal('MESSAGE_TAMPERED'))
  })

  /** An authentic header of a suite over a context, and one empty final frame. */
  function withContext(suite: number, context: Pairs): { bytes: Buffer; dataKey: Buffer } {
    const [dataKey, messageId] = [randomBytes(32), randomBytes(32)]
    const keys = foreignKeys(dataKey, suite, messageId)
    const fields = { suite, messageId, contentType: 2, frameLength: 9, commitKey: keys.commitKey }
    const edks = [{ providerId: Buffer.from('x'), info: Buffer.alloc(0), ciphertext: Buffer.alloc(1) }]
    const head = foreignHeaderBody({ ...fields, context: foreignContext(context), edks })
    const frame = foreignBlock(keys, messageId, 'final', 1, Buffer.alloc(0))
    return { bytes: Buffer.concat([head, foreignHeaderTag(keys, head), frame]), dataKey }
  }

  it.each([
    ['no public key', []],
    ['a public key that is no base64', [['aws-crypto-public-key', 'A+/_']]],
    ['an empty public key', [['aws-crypto-public-key', '']]],
    ['a public key that is no point', [['aws-crypto-public-key', Buffer.alloc(49, 3).toString('base64')]]],
    ['a point of another curve', [['aws-crypto-public-key', Buffer.alloc(33, 2).toString('base64')]]],
  ] satisfies [string, Pairs][])('with %s is malformed', (_, context) => {
    const { bytes, dataKey } = withContext(SIGNING, context)
    expect(() => openMessage(bytes, byDataKey(dataKey))).toThrow(refusal('MESSAGE_MALFORMED'))
  })

  it('and an unsigned one that names a signing key is malformed: its signature was cut off', () => {
    const { bytes, dataKey } = withContext(COMMITTING, [foreignSigner().pair])
    expect(() => openMessage(bytes, byDataKey(dataKey))).toThrow(refusal('MESSAGE_MALFORMED'))
    const plainOne = withContext(COMMITTING, [['aws-crypto', 'x']])
    expect(openMessage(plainOne.bytes, byDataKey(plainOne.dataKey)).plain).toHaveLength(0)
  })
})
