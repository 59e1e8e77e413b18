import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ItemId, idFromBytes, type SegmentId } from '../../src/main/contract/ids.ts'
import {
  foldName,
  type ItemKind,
  type Named,
  nameItems,
  type Stamp,
  safeName,
} from '../../src/main/journal/index.ts'

const id = (byte: number): ItemId => idFromBytes<ItemId>(new Uint8Array(16).fill(byte)) ?? fail()
const at = (time: number): Stamp => {
  return { batch: { time, segment: '0'.repeat(32) as SegmentId, seq: 1, frame: null }, index: 0 }
}
function fail(): never {
  throw new Error('no id')
}
const bytesOf = (text: string) => Buffer.byteLength(text)

/** Items in the order in which they got their names. */
const named = (names: (string | null)[], kind: ItemKind = 'file'): Named[] =>
  names.map((name, index) => ({ id: id(index + 1), kind, name, since: name === null ? null : at(index) }))
const shown = (names: (string | null)[], kind?: ItemKind, taken?: string[]) => {
  const items = named(names, kind)
  const result = nameItems(items, taken)
  return items.map((item) => result.get(item.id))
}

describe('names in one folder', () => {
  it.each<[string, string[], string[]]>([
    ['of their own stay as they are', ['a.txt', 'b.txt'], ['a.txt', 'b.txt']],
    ['alike: the earliest keeps it', ['a.txt', 'a.txt', 'a.txt'], ['a.txt', 'a (2).txt', 'a (3).txt']],
    ['alike but for case', ['Readme.MD', 'README.md'], ['Readme.MD', 'README (2).md']],
    ['alike but for form', ['\u00e4', 'a\u0308'], ['\u00e4', '\u00e4 (2)']],
    ['without an extension', ['Makefile', 'makefile'], ['Makefile', 'makefile (2)']],
    ['that start with a dot', ['.env', '.ENV'], ['.env', '.ENV (2)']],
    ['that end with a dot', ['a.', 'A.'], ['a.', 'A. (2)']],
    ['with several dots', ['a.tar.gz', 'a.tar.gz'], ['a.tar.gz', 'a.tar (2).gz']],
    ['that another has as a number keep it', ['a', 'a', 'a (2)'], ['a', 'a (3)', 'a (2)']],
    ['that another has as a number, earlier', ['a (2)', 'a', 'a'], ['a (2)', 'a', 'a (3)']],
  ])('%s', (_what, names, expected) => {
    expect(shown(names)).toEqual(expected)
  })

  it('of folders get their number at the end: they have no extension', () => {
    expect(shown(['v1.2', 'V1.2'], 'folder')).toEqual(['v1.2', 'V1.2 (2)'])
  })

  it('that are taken are not given', () => {
    expect(shown(['Recovered', 'x'], 'folder', ['Recovered'])).toEqual(['Recovered (2)', 'x'])
  })

  it('that have not arrived yield to all that have', () => {
    expect(shown([null, null, 'Unnamed'])).toEqual(['Unnamed (2)', 'Unnamed (3)', 'Unnamed'])
  })

  const name = fc.oneof(
    fc.constantFrom(
      'a',
      'A',
      'a.txt',
      'A.TXT',
      'a (2)',
      'a (2).txt',
      '',
      '.',
      '..',
      'a/b',
      'x\0y',
      '\u00e4',
      'a\u0308',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .tuple(fc.constantFrom('x', 'ä', '😀', 'x.'), fc.integer({ min: 60, max: 300 }))
      .map(([c, n]) => c.repeat(n)),
  )
  const items = fc
    .array(fc.tuple(fc.option(name), fc.constantFrom<ItemKind>('file', 'folder')), { maxLength: 12 })
    .map((all) =>
      all.map(
        ([each, kind], index): Named => ({
          id: id(index + 1),
          kind,
          name: each,
          since: each === null ? null : at(index),
        }),
      ),
    )

  const shuffledItems = items.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )

  it('are all different, all safe, and don’t depend on the order in which items are listed', () => {
    fc.assert(
      fc.property(shuffledItems, ([all, shuffled]) => {
        const result = nameItems(all)
        const names = [...result.values()]
        expect(names).toHaveLength(all.length)
        expect(new Set(names.map(foldName)).size).toBe(names.length)
        for (const each of names) expect(safeName(each)).toBe(each)
        expect(new Map([...nameItems(shuffled)].sort())).toEqual(new Map([...result].sort()))
      }),
      { numRuns: 2000 },
    )
  })

  it('by the thousand alike are numbered through', () => {
    const items = Array.from({ length: 5000 }, (_, index): Named => {
      const own =
        idFromBytes<ItemId>(new Uint8Array([...new Uint8Array(12), index >>> 8, index & 255, 1, 1])) ?? fail()
      return { id: own, kind: 'file', name: 'same.txt', since: at(index) }
    })
    const names = new Set(nameItems(items).values())
    expect(names.size).toBe(5000)
    expect(names).toContain('same (5000).txt')
  })
})

describe('a name that can’t be part of a path is replaced', () => {
  it.each([
    ['', 'Unnamed'],
    ['.', '_'],
    ['..', '__'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['/', '_'],
    ['a\0b', 'a_b'],
    ['...', '...'],
    ['a\\b', 'a\\b'],
    ['\uFEFFa', '\uFEFFa'],
  ])('%j is shown as %j', (given, expected) => {
    expect(safeName(given)).toBe(expected)
  })

  it('none at all is shown as "Unnamed"', () => {
    expect(safeName(null)).toBe('Unnamed')
  })

  it('over 255 bytes it is cut between characters, its extension kept', () => {
    const long = safeName(`${'ä'.repeat(200)}.jpeg`)
    expect(long).toBe(`${'ä'.repeat(125)}.jpeg`)
    expect(bytesOf(long)).toBe(255)
    expect(safeName('😀'.repeat(64))).toBe('😀'.repeat(63))
    expect(safeName('x'.repeat(255))).toBe('x'.repeat(255))
    expect(bytesOf(safeName(`a.${'x'.repeat(300)}`))).toBe(255)
  })

  it('that only NFC brings above 255 bytes is cut as well', () => {
    // U+0958 is two characters of three bytes in NFC: 85 of them are 255 bytes as given.
    const given = '\u0958'.repeat(85)
    expect([bytesOf(given), bytesOf(given.normalize('NFC'))]).toEqual([255, 510])
    expect(bytesOf(safeName(given))).toBeLessThanOrEqual(255)
  })

  it('a long one of two leaves room for its number', () => {
    const [first, second] = shown(['x'.repeat(255), 'x'.repeat(255)])
    expect(first).toBe('x'.repeat(255))
    expect(second).toBe(`${'x'.repeat(251)} (2)`)
  })
})
