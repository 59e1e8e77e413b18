import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { hex, Secret } from '../../src/main/base/index.ts'

const BUG = expect.objectContaining({ code: 'BUG', exit: 1 })
const keyBytes = () => Uint8Array.from({ length: 32 }, (_, i) => 0xa0 + i)
const KEY_HEX = hex(keyBytes())

describe('a secret', () => {
  it('is zeroed where its scope ends, and can’t be used after', () => {
    let view: Uint8Array | undefined
    let outlived: Secret | undefined
    {
      using key = Secret.take(keyBytes(), 'file key')
      view = key.use((bytes) => bytes)
      outlived = key
      expect(hex(view)).toBe(KEY_HEX)
    }
    expect(hex(view)).toBe('00'.repeat(32))
    expect(() => outlived.use(hex)).toThrow(BUG)
    expect(() => outlived.length).toThrow(BUG)
    expect(() => outlived.keyObject()).toThrow(BUG)
    expect(() => outlived.copy()).toThrow(BUG)
    expect(() => outlived.surrender()).toThrow(BUG)
  })

  it('is zeroed also when its scope ends by an error', () => {
    let view: Uint8Array | undefined
    const work = () => {
      using key = Secret.take(keyBytes(), 'file key')
      view = key.use((bytes) => bytes)
      throw new Error('the disk is full')
    }
    expect(work).toThrow('the disk is full')
    expect(hex(view ?? new Uint8Array())).toBe('00'.repeat(32))
  })

  it('may be ended twice', () => {
    const key = Secret.take(keyBytes(), 'file key')
    key[Symbol.dispose]()
    expect(() => key[Symbol.dispose]()).not.toThrow()
  })

  it('shows its label when printed, never its bytes', () => {
    using key = Secret.take(keyBytes(), 'master key')
    expect(inspect(key)).toBe('Secret(master key)')
    expect(inspect({ job: { key } }, { depth: 9, showHidden: true })).toContain('Secret(master key)')
    expect(format('%o %O', key, key)).toBe('Secret(master key) Secret(master key)')
    for (const text of [inspect(key, { showHidden: true }), inspect([key]), format('%O', { key })]) {
      expect(text).not.toMatch(/a0, ?a1|160, ?161|a0a1/)
    }
    expect(Object.values(key)).toEqual(['master key'])
  })

  it('can’t be turned into text or JSON: storing “[redacted]” would lose a key', () => {
    using key = Secret.take(keyBytes(), 'master key')
    expect(() => `${key}`).toThrow(BUG)
    expect(() => String(key)).toThrow(BUG)
    expect(() => key.toString()).toThrow(BUG)
    expect(() => ['', key].join()).toThrow(BUG)
    expect(() => format('%s', key)).toThrow(BUG)
    expect(() => JSON.stringify(key)).toThrow(BUG)
    expect(() => JSON.stringify({ deep: [{ key }] })).toThrow(BUG)
    expect(() => Number(key)).toThrow(BUG)
  })

  it('in an error about it shows its label, never its bytes', () => {
    using key = Secret.take(keyBytes(), 'master key')
    expect(() => key.toJSON()).toThrow(/master key/)
    expect(() => key.toJSON()).not.toThrow(/a0a1|160,161/)
  })

  it('owns its whole buffer: a view into a shared one is refused', () => {
    expect(() => Secret.take(Buffer.from('pooled by Node'), 'x')).toThrow(BUG)
    expect(() => Secret.take(new Uint8Array(new ArrayBuffer(64), 0, 32), 'x')).toThrow(BUG)
    expect(() => Secret.take(new Uint8Array(new ArrayBuffer(64), 32), 'x')).toThrow(BUG)
    using whole = Secret.take(keyBytes().buffer, 'an ArrayBuffer')
    expect(whole.use(hex)).toBe(KEY_HEX)
  })

  it('surrendered is empty here, whole there, and goes to a worker by transfer', () => {
    const key = Secret.take(keyBytes(), 'file key')
    const buffer = key.surrender()
    expect(() => key.use(hex)).toThrow(BUG)
    const moved = structuredClone(buffer, { transfer: [buffer] })
    expect(buffer.byteLength).toBe(0)
    expect(hex(new Uint8Array(moved))).toBe(KEY_HEX)
    // The sender's end must not zero what is the receiver's now.
    key[Symbol.dispose]()
    expect(hex(new Uint8Array(moved))).toBe(KEY_HEX)
  })

  it('of random bytes can be surrendered and transferred too', () => {
    const buffer = Secret.random('file key').surrender()
    expect(buffer.byteLength).toBe(32)
    structuredClone(buffer, { transfer: [buffer] })
    expect(buffer.byteLength).toBe(0)
  })

  it('copied has two ends: one copy outlives the other', () => {
    using copy = (() => {
      using key = Secret.take(keyBytes(), 'file key')
      return key.copy('copy')
    })()
    expect(copy.use(hex)).toBe(KEY_HEX)
    expect(copy.label).toBe('copy')
  })

  it('makes one KeyObject, of the same bytes', () => {
    using key = Secret.take(keyBytes(), 'file key')
    expect(key.keyObject()).toBe(key.keyObject())
    expect(hex(key.keyObject().export())).toBe(KEY_HEX)
  })

  it('made at random has the length asked for, and no two are alike', () => {
    const seen = new Set(Array.from({ length: 5_000 }, () => Secret.random('x').use(hex)))
    expect(seen.size).toBe(5_000)
    expect([1, 16, 32, 64, 5_000].map((length) => Secret.random('x', length).length)).toEqual([
      1, 16, 32, 64, 5_000,
    ])
  })

  it('gives back what its borrower returns', () => {
    using key = Secret.take(keyBytes(), 'file key')
    expect(key.use((bytes) => bytes.length)).toBe(32)
  })
})
