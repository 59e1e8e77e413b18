import { describe, expect, it } from 'vitest'
import { fillRandom, hex, randomBytes } from '../../src/main/base/index.ts'

describe('random bytes', () => {
  it('never repeat, over many times the pool', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 20_000; i++) seen.add(hex(randomBytes(32)))
    expect(seen.size).toBe(20_000)
    expect(seen).not.toContain('00'.repeat(32))
  })

  it('hold no piece twice, whatever sizes are asked for in turn', () => {
    const sizes = [16, 12, 32, 4_096, 4_097, 1, 65_536, 500, 100_000, 3_000]
    const all = Buffer.concat(
      Array.from({ length: 100 }, (_, i) => randomBytes(sizes[i % sizes.length] ?? 1)),
    )
    const pieces = new Set<string>()
    for (let at = 0; at + 8 <= all.length; at += 8) pieces.add(all.toString('latin1', at, at + 8))
    // 8 bytes twice among 220,000 pieces: a chance of one in 700 million.
    expect(pieces.size).toBe(Math.floor(all.length / 8))
  })

  it('take every value about equally often', () => {
    const counts = new Array<number>(256).fill(0)
    for (let i = 0; i < 8_192; i++) for (const byte of randomBytes(32)) counts[byte] = (counts[byte] ?? 0) + 1
    // 1,024 each, give or take 32 (one standard deviation); seven of them is one run in a billion.
    expect(Math.min(...counts)).toBeGreaterThan(1_024 - 7 * 32)
    expect(Math.max(...counts)).toBeLessThan(1_024 + 7 * 32)
  })

  it.each([0, 1, 31, 32, 4_095, 4_096, 4_097, 65_535, 65_536, 65_537, 1_000_000])(
    'fill just the %i bytes asked for, to the last',
    (length) => {
      const frame = new Uint8Array(length + 20)
      const target = frame.subarray(10, 10 + length)
      expect(fillRandom(target)).toBe(target)
      expect(hex(frame.subarray(0, 10)) + hex(frame.subarray(10 + length))).toBe('00'.repeat(20))
      // The ends are reached: zero in all of eight fillings would be chance of one in 2^64.
      const ends = Array.from({ length: 8 }, () => [fillRandom(target)[0], target.at(-1)])
      if (length > 0) for (const end of [0, 1]) expect(ends.some((pair) => pair[end] !== 0)).toBe(true)
    },
  )

  it('own their whole buffer', () => {
    for (const length of [0, 16, 32, 5_000]) expect(randomBytes(length).buffer.byteLength).toBe(length)
  })
})
