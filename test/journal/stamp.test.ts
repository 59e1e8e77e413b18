import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SegmentId } from '../../src/main/contract/ids.ts'
import {
  compareStamps,
  hashFromBytes,
  LATEST_TIME,
  parseStamp,
  type Stamp,
  writeStamp,
} from '../../src/main/journal/index.ts'
import { nextTime } from '../../src/main/journal/stamp.ts'

const few = <T>(...values: T[]) => fc.constantFrom(...values)
const hash = (byte: number) => hashFromBytes(new Uint8Array(32).fill(byte)) ?? null
const segment = (digit: string) => digit.repeat(32) as SegmentId

/** Few values each, so that stamps often agree in their first parts. */
const stamp: fc.Arbitrary<Stamp> = fc
  .tuple(
    few(0, 1, 255, 256, LATEST_TIME),
    few('0', '9', 'a', 'f').map(segment),
    few(1, 2, 256),
    few(0, 1, 300),
    few(null, hash(0), hash(9), hash(0xff)),
  )
  .map(([time, id, seq, index, frame]) => ({ batch: { time, segment: id, seq, frame }, index }))

const sign = (number: number) => Math.sign(number)

describe('stamps', () => {
  it('are in a total order: antisymmetric, transitive, equal only to themselves', () => {
    fc.assert(
      fc.property(stamp, stamp, stamp, (a, b, c) => {
        expect(sign(compareStamps(a, b))).toBe(0 - sign(compareStamps(b, a)))
        if (compareStamps(a, b) <= 0 && compareStamps(b, c) <= 0) {
          expect(compareStamps(a, c)).toBeLessThanOrEqual(0)
        }
        if (compareStamps(a, b) === 0) expect(a).toEqual(b)
      }),
      { numRuns: 5000 },
    )
  })

  it.each<[string, Partial<Stamp['batch']> & { index?: number }]>([
    ['time', { time: 8, segment: segment('0'), seq: 0, index: 0, frame: null }],
    ['segment id', { segment: segment('c'), seq: 0, index: 0, frame: null }],
    ['number of the frame', { seq: 6, index: 0, frame: null }],
    ['index in the batch', { index: 4, frame: null }],
    ['hash of the frame, in a fork', { frame: hash(9) }],
  ])('the %s decides over all that comes after it', (_part, greater) => {
    const low: Stamp = { batch: { time: 7, segment: segment('b'), seq: 5, frame: hash(8) }, index: 3 }
    const { index = low.index, ...batch } = greater
    expect(compareStamps({ batch: { ...low.batch, ...batch }, index }, low)).toBeGreaterThan(0)
  })

  it('written as bytes they come back, and sort the same', () => {
    fc.assert(
      fc.property(stamp, stamp, (a, b) => {
        expect(parseStamp(writeStamp(a))).toEqual(a)
        expect(sign(Buffer.compare(writeStamp(a), writeStamp(b)))).toBe(sign(compareStamps(a, b)))
      }),
      { numRuns: 3000 },
    )
  })

  it('bytes of another length, or with a number beyond 2⁵³, are no stamp', () => {
    const bytes = writeStamp({ batch: { time: 1, segment: segment('a'), seq: 1, frame: null }, index: 0 })
    for (const length of [0, 35, 37, 67, 69]) expect(parseStamp(new Uint8Array(length))).toBeUndefined()
    bytes[0] = 0xff
    expect(parseStamp(bytes)).toBeUndefined()
  })
})

describe('the time of the next batch', () => {
  it('is the clock’s, in microseconds', () => {
    expect(nextTime(0, 1_700_000_000_000)).toBe(1_700_000_000_000_000)
    expect(nextTime(0, 1_700_000_000_000.5)).toBe(1_700_000_000_000_500)
  })

  it('is above all that was seen, also when the clock is behind', () => {
    expect(nextTime(1_700_000_000_000_000, 1_600_000_000_000)).toBe(1_700_000_000_000_001)
    expect(nextTime(1_700_000_000_000_000, 1_700_000_000_000)).toBe(1_700_000_000_000_001)
  })

  it('beyond the year 2255 is refused, whether the clock or another writer brings it there', () => {
    expect(nextTime(LATEST_TIME - 1, 0)).toBe(LATEST_TIME)
    for (const [seen, clock] of [
      [LATEST_TIME, 0],
      [0, LATEST_TIME / 1000 + 1],
      [0, Number.NaN],
    ] as const) {
      expect(() => nextTime(seen, clock)).toThrow(expect.objectContaining({ code: 'CLOCK_UNUSABLE' }))
    }
  })
})
