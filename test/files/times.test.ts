import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { floorMs } from '../../src/main/files/source.ts'
import { setMtime } from '../../src/main/files/times.ts'
import { TestFolder } from '../support/folder.ts'

const MS_NS = 1_000_000n
/** Another way than `floorMs`: by the remainder made positive. */
const floorOf = (ns: bigint): number => Number((ns - (((ns % MS_NS) + MS_NS) % MS_NS)) / MS_NS)

describe('the time of a file', () => {
  const folder = new TestFolder({ file: 'x' })
  let fd = -1
  beforeAll(() => {
    fd = openSync(folder.at('file'), 'r+')
  })
  afterAll(() => {
    closeSync(fd)
    folder[Symbol.dispose]()
  })
  const kept = (mtimeMs: number): number => {
    setMtime(fd, mtimeMs)
    return floorOf(fstatSync(fd, { bigint: true }).mtimeNs)
  }

  it.each([
    0,
    1,
    -1,
    999,
    -999,
    -1000,
    Date.UTC(1969, 11, 31, 23, 59, 59, 999),
    Date.UTC(1955, 10, 5, 6, 15, 0, 1),
    Date.UTC(1901, 11, 13, 20, 45, 53, 1),
    Date.UTC(2038, 0, 19, 3, 14, 7, 999),
    Date.UTC(2038, 0, 19, 3, 14, 8, 1),
    Date.UTC(2106, 1, 7, 6, 28, 15, 999),
    Date.UTC(2106, 1, 7, 6, 28, 16, 3),
    Date.UTC(2400, 1, 29, 1, 2, 3, 456),
  ])('is kept to the millisecond: %i', (mtimeMs) => {
    expect(kept(mtimeMs)).toBe(mtimeMs)
  })

  it.each([
    ['before 1970', { min: -2_147_483_647_000, max: -1 }],
    ['from 1970 to 2106', { min: 0, max: 4_294_967_296_000 }],
    ['until 2446, where ext4 ends', { min: 4_294_967_296_000, max: 15_032_385_535_000 }],
  ])('is kept to the millisecond %s, at thousands of moments', (_, range) => {
    fc.assert(
      fc.property(fc.integer(range), (mtimeMs) => {
        expect(kept(mtimeMs)).toBe(mtimeMs)
      }),
      { numRuns: 5_000 },
    )
  })

  it('is that of an open folder, too, and never “now”', () => {
    mkdirSync(folder.at('sub'))
    const sub = openSync(folder.at('sub'), 'r')
    setMtime(sub, -86_400_001)
    closeSync(sub)
    expect(floorOf(statSync(folder.at('sub'), { bigint: true }).mtimeNs)).toBe(-86_400_001)
  })

  it('changes no contents', () => {
    setMtime(fd, 1)
    expect(readFileSync(folder.at('file'), 'utf8')).toBe('x')
  })
})

it('milliseconds are rounded down, before 1970 as well', () => {
  expect([0n, 1n, 999_999n, 1_000_000n, -1n, -999_999n, -1_000_000n, -1_000_001n].map(floorMs)).toEqual([
    0, 0, 0, 1, -1, -1, -1, -2,
  ])
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n }), (ns) => {
      expect(floorMs(ns)).toBe(floorOf(ns))
    }),
  )
})
