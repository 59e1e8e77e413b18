/** Frames and bodies above 16 MiB are streamed: unverified until their tag, in bounded memory. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/main/base/index.ts'
import { MessageReader, type Piece, sealMessage } from '../../src/main/message/index.ts'
import { type ForeignMessage, foreignMessage } from '../support/foreign-message.ts'
import { byDataKey, feed, plainBytes } from './feed.ts'

const MIB = 1024 * 1024
const LIMIT = 16 * MIB
const CHUNK = 64 * 1024
const NONE = Buffer.alloc(0)

function* chunksOf(bytes: number): Generator<number, never> {
  for (;;) yield bytes
}

const lengthsOf = (pieces: readonly Piece[]) => {
  const sum = (kind: Piece['kind']) =>
    pieces.filter((piece) => piece.kind === kind).reduce((total, { bytes }) => total + bytes.length, 0)
  return { verified: sum('verified'), unverified: sum('unverified') }
}

function flipped(message: ForeignMessage, at: number): Buffer {
  const changed = Buffer.from(message.bytes)
  changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at)
  return changed
}

describe('a block of exactly 16 MiB', () => {
  it('is opened whole and verified; with one byte more it comes in unverified pieces', () => {
    for (const { length, kind } of [
      { length: LIMIT, kind: 'verified' },
      { length: LIMIT + 1, kind: 'unverified' },
    ] as const) {
      const plain = plainBytes(length)
      for (const frameLength of [0, length]) {
        const { bytes, dataKey } = foreignMessage(plain, { frameLength })
        const opened = feed(bytes, byDataKey(dataKey), chunksOf(1_000_003))
        expect(opened.error).toBeUndefined()
        expect(opened.plain.equals(plain)).toBe(true)
        expect(new Set(opened.pieces.map((piece) => piece.kind))).toEqual(new Set([kind]))
      }
    }
  })
})

describe('a message in frames of 17 MiB', () => {
  const frameLength = 17 * MIB
  const plain = plainBytes(2 * frameLength + 3 * MIB)
  const message = foreignMessage(plain, { frameLength })
  const [first = NONE, second = NONE, last = NONE] = message.parts
  const at = { first: message.header.length, second: message.header.length + first.length }

  it('opens: its large frames in unverified pieces, its small final one verified', () => {
    for (const size of [CHUNK, 777_777, message.bytes.length]) {
      const opened = feed(message.bytes, byDataKey(message.dataKey), chunksOf(size))
      expect(opened.error).toBeUndefined()
      expect(opened.plain.equals(plain)).toBe(true)
      expect(lengthsOf(opened.pieces)).toEqual({ verified: 3 * MIB, unverified: 2 * frameLength })
    }
  })

  it('opens when Strongroom wrote it so', () => {
    let dataKey: Uint8Array = new Uint8Array()
    const ours = sealMessage(plain.subarray(0, frameLength + 5), {
      context: new Map(),
      frameLength,
      wrap: (secret) => {
        dataKey = secret.use((bytes) => new Uint8Array(bytes))
        return [{ providerId: Buffer.from('x'), providerInfo: Buffer.alloc(0), ciphertext: Buffer.alloc(1) }]
      },
    })
    const opened = feed(ours, byDataKey(dataKey), chunksOf(CHUNK))
    expect(opened.plain.equals(plain.subarray(0, frameLength + 5))).toBe(true)
    expect(lengthsOf(opened.pieces)).toEqual({ verified: 5, unverified: frameLength })
  })

  it.each([
    ['the number of frame 1', at.first + 3, 0],
    ['the IV of frame 1', at.first + 10, frameLength],
    ['the first byte of frame 1', at.first + 16, frameLength],
    ['the last byte of frame 1', at.first + 16 + frameLength - 1, frameLength],
    ['the tag of frame 1', at.first + 16 + frameLength + 3, frameLength],
    ['the middle of frame 2', at.second + 9 * MIB, 2 * frameLength],
    ['the tag of frame 2', at.second + second.length - 1, 2 * frameLength],
    ['the length of the final frame', at.second + second.length + 21, 2 * frameLength],
    ['the final frame', message.bytes.length - 17, 2 * frameLength],
  ])(
    'with %s changed is refused at that tag, and nothing of it is called verified',
    (_, byte, unverified) => {
      const opened = feed(flipped(message, byte), byDataKey(message.dataKey), chunksOf(CHUNK))
      expect(opened.error).toMatchObject({ code: 'MESSAGE_TAMPERED', exit: 4 })
      const lengths = lengthsOf(opened.pieces)
      expect(lengths.verified).toBe(0)
      // What came in the very chunk that is refused is not given out.
      expect(lengths.unverified).toBeGreaterThan(unverified - CHUNK)
      expect(lengths.unverified).toBeLessThanOrEqual(unverified)
    },
  )

  it('cut off is truncated: in a frame, before its tag, in its tag, between frames, at the end', () => {
    const tag1 = at.second - 16
    for (const length of [
      at.first + 20,
      tag1,
      tag1 + 15,
      at.second,
      at.second + 19,
      message.bytes.length - 1,
    ]) {
      const cut = message.bytes.subarray(0, length)
      const { error, verified } = feed(cut, byDataKey(message.dataKey), chunksOf(CHUNK))
      expect(error?.code).toBe('MESSAGE_TRUNCATED')
      expect(verified).toHaveLength(0)
    }
  })

  it('that was refused at a tag gives nothing more', () => {
    const reader = new MessageReader(byDataKey(message.dataKey))
    const broken = flipped(message, at.second - 1).subarray(0, at.second)
    expect(() => reader.push(broken)).toThrow(expect.objectContaining({ code: 'MESSAGE_TAMPERED' }))
    for (const part of [first.subarray(-16), second, last]) {
      expect(() => reader.push(part)).toThrow(expect.objectContaining({ code: 'BUG' }))
    }
  })

  it('with large frames swapped or dropped is refused before any of them is opened', () => {
    for (const parts of [
      [second, first, last],
      [second, last],
    ]) {
      const bytes = Buffer.concat([message.header, ...parts])
      const { error, pieces } = feed(bytes, byDataKey(message.dataKey), chunksOf(CHUNK))
      expect(error?.code).toBe('MESSAGE_TAMPERED')
      expect(pieces).toEqual([])
    }
  })
})

describe('an unframed body, or a signed frame, of 20 MiB', () => {
  const plain = plainBytes(20 * MIB)
  const forms = [
    { frameLength: 0, signed: false },
    { frameLength: 0, signed: true },
    { frameLength: 20 * MIB, signed: true },
  ].map((form) => ({ ...form, message: foreignMessage(plain, form) }))

  it.each(forms)('opens in unverified pieces: frames of $frameLength, signed: $signed', ({ message }) => {
    const opened = feed(message.bytes, byDataKey(message.dataKey), chunksOf(CHUNK))
    expect(opened.error).toBeUndefined()
    expect(opened.plain.equals(plain)).toBe(true)
    expect(lengthsOf(opened.pieces)).toEqual({ verified: 0, unverified: plain.length })
  })

  it.each(forms)('is refused if changed: frames of $frameLength, signed: $signed', ({ message }) => {
    const { header, bytes } = message
    const [body = Buffer.alloc(0)] = message.parts
    for (const at of [
      header.length + 30,
      header.length + 7 * MIB,
      header.length + body.length - 1,
      bytes.length - 1,
    ]) {
      const { error, verified } = feed(flipped(message, at), byDataKey(message.dataKey), chunksOf(CHUNK))
      expect(error?.code, `byte ${at}`).toBe('MESSAGE_TAMPERED')
      expect(verified).toHaveLength(0)
    }
  })
})

describe('memory', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')

  /** The most that this process holds, collected, above its start while `message` is read in chunks. */
  function heldBytes(message: ForeignMessage): number {
    const used = () => {
      collect()
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const reader = new MessageReader({
      unwrap: () => Secret.take(new Uint8Array(message.dataKey), 'data key'),
    })
    const before = used()
    let most = 0
    for (let at = 0; at < message.bytes.length; at += CHUNK) {
      reader.push(message.bytes.subarray(at, at + CHUNK))
      if ((at / CHUNK) % 80 === 79) most = Math.max(most, used() - before)
    }
    reader.end()
    return most
  }

  it('for a block of 48 MiB is a few chunks, framed or not', () => {
    const plain = plainBytes(48 * MIB)
    for (const form of [{ frameLength: 48 * MIB }, { frameLength: 0 }, { frameLength: 0, signed: true }]) {
      expect(heldBytes(foreignMessage(plain, form))).toBeLessThan(2 * MIB)
    }
  })

  it('for frames of 16 MiB is one of them, in a buffer of at most twice its size, and its plain text', () => {
    const held = heldBytes(foreignMessage(plainBytes(48 * MIB), { frameLength: LIMIT }))
    expect(held).toBeGreaterThan(15 * MIB)
    expect(held).toBeLessThan(50 * MIB)
  })

  it('for frames of 256 KiB is a few of them, however long the message', () => {
    expect(heldBytes(foreignMessage(plainBytes(48 * MIB), { frameLength: 256 * 1024 }))).toBeLessThan(2 * MIB)
  })
})
