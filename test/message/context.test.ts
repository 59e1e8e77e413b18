import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex } from '../../src/main/base/index.ts'
import {
  joinContexts,
  openMessage,
  parseContext,
  unwrapByRawAes,
  writeContext,
} from '../../src/main/message/index.ts'
import {
  foreignContext,
  foreignMessage,
  foreignRawAesEdk,
  type Pairs,
  sorted,
} from '../support/foreign-message.ts'
import { byDataKey, plainBytes } from './feed.ts'

const refusal = (code: string) => expect.objectContaining({ code })
const pairsOf = fc.uniqueArray(
  fc.tuple(fc.string({ unit: 'grapheme', maxLength: 10 }), fc.string({ unit: 'grapheme', maxLength: 30 })),
  { selector: ([key]) => key, maxLength: 12 },
)

describe('a context', () => {
  it('comes back the same and is written as a second implementation writes it, whatever the order it is given in', () => {
    fc.assert(
      fc.property(pairsOf, (pairs) => {
        const bytes = writeContext(new Map(pairs))
        expect(hex(bytes)).toBe(foreignContext(sorted(pairs)).toString('hex'))
        expect(hex(writeContext(new Map(pairs.toReversed())))).toBe(hex(bytes))
        expect(parseContext(bytes)).toEqual(new Map(pairs))
      }),
      { numRuns: 500 },
    )
  })

  it('of no pairs is no bytes', () => {
    expect(writeContext(new Map())).toHaveLength(0)
    expect(parseContext(new Uint8Array()).size).toBe(0)
  })

  it('is sorted by the bytes of its keys, not by UTF-16: an emoji comes after a private-use character', () => {
    const bytes = writeContext(
      new Map([
        ['\u{1f511}', ''],
        ['\uff5e', ''],
        ['z', ''],
        ['Z', ''],
        ['', ''],
      ]),
    )
    expect([...parseContext(bytes).keys()]).toEqual(['', 'Z', 'z', '\uff5e', '\u{1f511}'])
  })

  it('keeps a byte order mark: it is part of the text', () => {
    const context = new Map([['\ufeffkey', '\ufeffvalue']])
    expect(parseContext(writeContext(context))).toEqual(context)
  })

  it('fills 65,535 bytes and not one more', () => {
    const most = new Map([['k', 'v'.repeat(65_535 - 2 - 4 - 1)]])
    const bytes = writeContext(most)
    expect(bytes).toHaveLength(65_535)
    expect(parseContext(bytes)).toEqual(most)
    expect(() => writeContext(new Map([['kk', 'v'.repeat(65_535 - 2 - 4 - 1)]]))).toThrow(refusal('USAGE'))
    expect(() => writeContext(new Map([['k'.repeat(70_000), '']]))).toThrow(refusal('USAGE'))
    expect(() => writeContext(new Map([['k', 'é'.repeat(40_000)]]))).toThrow(refusal('USAGE'))
  })

  it('cut anywhere, or with a byte more, is malformed', () => {
    const bytes = writeContext(
      new Map([
        ['one', '1'],
        ['two', 'zwei'],
        ['', ''],
      ]),
    )
    for (let length = 1; length < bytes.length; length++) {
      expect(() => parseContext(bytes.subarray(0, length))).toThrow(refusal('MESSAGE_MALFORMED'))
    }
    expect(() => parseContext(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(refusal('MESSAGE_MALFORMED'))
  })

  it('of any bytes is a context or malformed, never anything else; what is read is written back as long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40, max: 4 }), (bytes) => {
        try {
          expect(writeContext(parseContext(bytes))).toHaveLength(bytes.length)
        } catch (error) {
          expect(error).toMatchObject({ code: 'MESSAGE_MALFORMED' })
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('required pairs', () => {
  it('join the stored ones; one that says the same is welcome, one that contradicts is refused', () => {
    const stored = new Map([
      ['a', '1'],
      ['b', '2'],
    ])
    expect(
      joinContexts(
        stored,
        new Map([
          ['c', '3'],
          ['a', '1'],
        ]),
      ),
    ).toEqual(new Map([...stored, ['c', '3']]))
    expect(joinContexts(stored, new Map())).toEqual(stored)
    expect(() => joinContexts(stored, new Map([['a', '2']]))).toThrow(refusal('CONTEXT_CONTRADICTED'))
    expect(stored).toEqual(
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    )
  })

  const wrapping = { namespace: 'ns', name: 'name', keyBytes: Buffer.alloc(32, 3) }
  const notStored: Pairs = [
    ['tenant', 'acme'],
    ['case', '42'],
  ]
  const message = foreignMessage(plainBytes(20), {
    frameLength: 8,
    context: [['stored', 'yes']],
    notStored,
    edks: (dataKey, context) => [foreignRawAesEdk({ ...wrapping, key: wrapping.keyBytes }, dataKey, context)],
  })

  it('that a message authenticates and doesn’t store open it, in any order, and with a stored one beside', () => {
    for (const pairs of [notStored, [...notStored, ['stored', 'yes'] as const].toReversed()]) {
      const requiredContext = new Map(pairs)
      const opened = openMessage(message.bytes, { ...byDataKey(message.dataKey), requiredContext })
      expect(opened.plain.equals(plainBytes(20))).toBe(true)
    }
  })

  it.each([
    ['none', []],
    ['one missing', [['tenant', 'acme']]],
    [
      'another value',
      [
        ['tenant', 'acme'],
        ['case', '43'],
      ],
    ],
    ['one too many', [...notStored, ['more', '']]],
    [
      'another case',
      [
        ['Tenant', 'acme'],
        ['case', '42'],
      ],
    ],
  ] satisfies [string, Pairs][])('%s: the header tag does not hold', (_, pairs) => {
    const requiredContext = new Map<string, string>(pairs)
    const read = () => openMessage(message.bytes, { ...byDataKey(message.dataKey), requiredContext })
    expect(read).toThrow(refusal('MESSAGE_TAMPERED'))
  })

  it('that contradict a stored one are refused, whoever unwraps the data key', () => {
    const requiredContext = new Map([...notStored, ['stored', 'no']])
    const read = () => openMessage(message.bytes, { ...byDataKey(message.dataKey), requiredContext })
    expect(read).toThrow(refusal('CONTEXT_CONTRADICTED'))
  })

  it('bind the data key too: without them a Raw-AES key does not open it', () => {
    const keys = [{ ...wrapping, key: createSecretKey(wrapping.keyBytes) }]
    const requiredContext = new Map(notStored)
    const right = { unwrap: unwrapByRawAes(keys, requiredContext), requiredContext }
    expect(openMessage(message.bytes, right).plain).toHaveLength(20)
    expect(() => openMessage(message.bytes, { unwrap: unwrapByRawAes(keys) })).toThrow(refusal('KEY_REFUSED'))
    const other = new Map([...notStored, ['stored', 'no']])
    expect(() => openMessage(message.bytes, { unwrap: unwrapByRawAes(keys, other) })).toThrow(
      refusal('CONTEXT_CONTRADICTED'),
    )
  })
})
