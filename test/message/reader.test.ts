/** What a reader gives out, when, and what it holds back: order of frames, data keys, refusals. */
import { describe, expect, it } from 'vitest'
import { fail, Secret } from '../../src/main/base/index.ts'
import { MessageReader, openMessage, parseHeader } from '../../src/main/message/index.ts'
import { foreignBlock, foreignMessage, u32 } from '../support/foreign-message.ts'
import { byDataKey, chunkSizes, feed, plainBytes, WAYS } from './feed.ts'

const refusal = (code: string) => expect.objectContaining({ code })

describe('frames', () => {
  const plain = plainBytes(40)
  const { header, parts, dataKey, keys, messageId } = foreignMessage(plain, { frameLength: 10 })
  const none = Buffer.alloc(0)
  const [one = none, two = none, three = none, last = none] = parts
  const other = foreignMessage(plain, { frameLength: 10, dataKey })
  const block = (kind: 'regular' | 'final' | 'unframed', seq: number, length: number) =>
    foreignBlock(keys, messageId, kind, seq, plain.subarray(0, length))

  it.each([
    ['swapped', [two, one, three, last], 0],
    ['dropped in the middle', [one, three, last], 10],
    ['repeated', [one, one, two, three, last], 10],
    ['dropped before the final one', [one, two, last], 20],
    ['followed by a second final one', [one, two, three, last, last], 40],
    ['followed by a regular one', [one, two, three, last, block('regular', 5, 10)], 40],
    ['of another message of the same data key', [one, other.parts[1] ?? one, three, last], 10],
    ['numbered from 0', [block('regular', 0, 10)], 0],
    ['numbered from 2', [block('regular', 2, 10)], 0],
    ['with a final one that is longer than a frame', [one, block('final', 2, 11)], 10],
    ['with a regular one that claims to be final', [Buffer.concat([u32(0xffffffff), one])], 0],
    ['replaced by an unframed body', [block('unframed', 1, 40)], 0],
  ])('%s are refused, and only those before get out', (_, frames, released) => {
    const bytes = Buffer.concat([header, ...frames])
    const [odd, byBytes] = (['in odd pieces', 'byte by byte'] as const).map((way) =>
      feed(bytes, byDataKey(dataKey), chunkSizes(way)),
    )
    expect([odd?.error?.code, byBytes?.error?.code]).toEqual(['MESSAGE_TAMPERED', 'MESSAGE_TAMPERED'])
    expect(byBytes?.plain.equals(plain.subarray(0, released))).toBe(true)
    // Of a chunk that is refused, the sound frames before are not given out either.
    expect(odd?.plain.equals(plain.subarray(0, odd.plain.length))).toBe(true)
    expect(odd?.plain.length).toBeLessThanOrEqual(released)
  })

  it('without a final one are truncated, though each is sound', () => {
    const opened = feed(Buffer.concat([header, one, two, three]), byDataKey(dataKey), chunkSizes('whole'))
    expect(opened.error?.code).toBe('MESSAGE_TRUNCATED')
    expect(opened.plain.equals(plain.subarray(0, 30))).toBe(true)
  })

  it('may end early by a short final one: only who has the data key can write that', () => {
    const bytes = Buffer.concat([header, one, block('final', 2, 3)])
    expect(openMessage(bytes, byDataKey(dataKey)).plain).toHaveLength(13)
  })
})

describe('a reader', () => {
  const message = foreignMessage(plainBytes(25), { frameLength: 10 })

  it('ends the data key that it was given as soon as the header is read', () => {
    const dataKey = Secret.take(new Uint8Array(message.dataKey), 'data key')
    const view = dataKey.use((bytes) => bytes)
    new MessageReader({ unwrap: () => dataKey }).push(message.header)
    expect(() => dataKey.length).toThrow(refusal('BUG'))
    expect(view).toEqual(new Uint8Array(32))
  })

  it('ends the data key too when the header is refused', () => {
    const dataKey = Secret.take(new Uint8Array(32), 'data key')
    const reader = new MessageReader({ unwrap: () => dataKey })
    expect(() => reader.push(message.header)).toThrow(refusal('MESSAGE_COMMITMENT'))
    expect(() => dataKey.length).toThrow(refusal('BUG'))
  })

  it('shows no header as verified before commitment and tag were checked', () => {
    const reader = new MessageReader(byDataKey(message.dataKey))
    reader.push(message.header.subarray(0, -1))
    expect(reader.header).toBeUndefined()
    reader.push(message.header.subarray(-1))
    expect(reader.header?.kind).toBe('verified')
    const parsed = parseHeader(message.header)
    expect(parsed === 'short' ? parsed : parsed.kind).toBe('unverified')
  })

  it('that refused once gives nothing more: not the sound frames behind a damaged one, and never an end', () => {
    const [one = Buffer.alloc(0), ...others] = message.parts
    const damaged = Buffer.from(one)
    damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20)
    const reader = new MessageReader(byDataKey(message.dataKey))
    reader.push(message.header)
    expect(() => reader.push(damaged)).toThrow(refusal('MESSAGE_TAMPERED'))
    for (const part of [one, ...others]) expect(() => reader.push(part)).toThrow(refusal('BUG'))
    expect(() => reader.end()).toThrow(refusal('MESSAGE_TRUNCATED'))
  })

  it('that was refused its key gives nothing more, though the right key came later', () => {
    let known = false
    const unwrap = () =>
      known
        ? Secret.take(new Uint8Array(message.dataKey), 'data key')
        : fail('KEY_MISMATCH', 'The key is not known yet.')
    const reader = new MessageReader({ unwrap })
    expect(() => reader.push(message.bytes)).toThrow(refusal('KEY_MISMATCH'))
    known = true
    expect(() => reader.push(message.bytes)).toThrow(refusal('BUG'))
  })

  it('asks for the data key once, whatever the chunks', () => {
    for (const way of WAYS) {
      let asked = 0
      const unwrap = () => {
        asked++
        return Secret.take(new Uint8Array(message.dataKey), 'data key')
      }
      expect(feed(message.bytes, { unwrap }, chunkSizes(way)).error).toBeUndefined()
      expect(asked).toBe(1)
    }
  })

  it('keeps the plain text of a message apart from the bytes it came in', () => {
    const bytes = Buffer.from(message.bytes)
    const { plain } = openMessage(bytes, byDataKey(message.dataKey))
    bytes.fill(0)
    expect(plain.equals(plainBytes(25))).toBe(true)
  })
})
