import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type Anatomy,
  type Attack,
  anatomyOf,
  FRAME_BYTES,
  flip,
  frameOf,
  framesOf,
  withFrames,
} from '../support/attack-message.ts'
import { AttackedVault } from '../support/attack-vault.ts'
import { AttackedMessages, unrefused } from '../support/attacked-messages.ts'

/** Two full frames and a final one of 1000 bytes. */
const PLAIN = randomBytes(2 * FRAME_BYTES + 1000)

describe('an attack on the messages of a vault', () => {
  let vault: AttackedVault
  beforeAll(async () => {
    vault = await AttackedVault.create({ other: randomBytes(PLAIN.length) })
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  const attacked = async (name: string, makeAttacks: (message: Buffer) => readonly Attack[], plain = PLAIN) =>
    await (await AttackedMessages.create(vault, name, plain, makeAttacks)).run()

  it('T1 each byte of the header flipped: 4 everywhere, no file, no byte out', async () => {
    const outcomes = await attacked(
      'T1 header',
      (message) =>
        Array.from({ length: anatomyOf(message).headerEnd }, (_, at) => ({
          name: `byte ${at}`,
          change: (sound) => flip(sound, at, at % 2 === 0 ? 1 : 0x80),
        })),
      Buffer.from('a short text'),
    )
    expect(outcomes.size).toBeGreaterThan(900)
    expect(unrefused(outcomes)).toEqual([])
  })

  it('T1 each byte of a frame’s head, the first and last of its text and of its tag: 4, whole frames only', async () => {
    const outcomes = await attacked('T1 frames', (message) =>
      anatomyOf(message).frames.flatMap((frame, index): Attack[] => {
        const { from, cipherFrom, tagAt, end } = frame
        const head = Array.from({ length: cipherFrom - from }, (_, at) => from + at)
        return [...head, cipherFrom, tagAt - 1, tagAt, end - 1].map((at) => ({
          name: `frame ${index + 1}, byte ${at - from}`,
          change: (sound) => flip(sound, at),
          wholeFrames: index,
        }))
      }),
    )
    expect(outcomes.size).toBe(20 + 20 + 28)
    expect(unrefused(outcomes)).toEqual([])
  })

  it('T2 cut at every frame boundary and inside the final frame: 4, said to be cut', async () => {
    const outcomes = await attacked('T2 cuts', (message) => {
      const { headerEnd, frames } = anatomyOf(message)
      const last = frameOf(frames, -1)
      const inFinal = [4, 8, 20, 23, 24, 25, last.tagAt - last.from, last.end - last.from - 1]
      const cuts = [
        ...[1, 36, headerEnd - 1, headerEnd].map((at) => ({ at, wholeFrames: 0 })),
        ...frames.slice(0, -1).map(({ end }, index) => ({ at: end, wholeFrames: index + 1 })),
        ...inFinal.map((bytes) => ({ at: last.from + bytes, wholeFrames: frames.length - 1 })),
      ]
      return cuts.map(({ at, wholeFrames }) => ({
        name: `cut at ${at}`,
        change: (sound) => sound.subarray(0, at),
        wholeFrames,
      }))
    })
    expect(outcomes.size).toBe(14)
    expect(unrefused(outcomes)).toEqual([])
    const codes = [...outcomes.values()].flatMap(({ get, readData, cat }) => [get, readData, cat])
    expect(new Set(codes)).toEqual(new Set(['MESSAGE_TRUNCATED']))
  })

  it('T2 one byte appended: 4', async () => {
    const outcomes = await attacked('T2 more', () =>
      [0, 0xff].map((byte) => ({
        name: `byte ${byte}`,
        change: (sound) => Buffer.concat([sound, Buffer.of(byte)]),
        wholeFrames: 3,
      })),
    )
    expect(unrefused(outcomes)).toEqual([])
    expect(outcomes.get('byte 0')).toEqual({
      get: 'MESSAGE_TAMPERED',
      readData: 'MESSAGE_TAMPERED',
      cat: 'MESSAGE_TAMPERED',
    })
  })

  it('T3 frames swapped, duplicated, dropped, renumbered, relabelled, taken from another item: 4', async () => {
    const other = readFileSync(vault.at(await vault.message('/other')))
    const theirs = framesOf(other, anatomyOf(other))
    const arranged = (
      name: string,
      wholeFrames: number,
      arrange: (ours: readonly Buffer[], sound: Buffer, anatomy: Anatomy) => readonly Uint8Array[],
    ): Attack => ({
      name,
      wholeFrames,
      change: (sound, anatomy) =>
        withFrames(sound, anatomy, arrange(framesOf(sound, anatomy), sound, anatomy)),
    })
    const [one, two, final] = [0, 1, 2].map((index) => (frames: readonly Buffer[]) => frameOf(frames, index))
    if (!one || !two || !final) throw new Error('there are three frames')
    const outcomes = await attacked('T3', () => [
      arranged('swapped', 0, (ours) => [two(ours), one(ours), final(ours)]),
      arranged('swapped and renumbered', 0, (ours) => [
        renumbered(two(ours), one(ours)),
        renumbered(one(ours), two(ours)),
        final(ours),
      ]),
      arranged('duplicated', 1, (ours) => [one(ours), one(ours), two(ours), final(ours)]),
      arranged('duplicated in the place of the next', 1, (ours) => [one(ours), one(ours), final(ours)]),
      arranged('final twice', 3, (ours) => [...ours, final(ours)]),
      arranged('first dropped', 0, (ours) => ours.slice(1)),
      arranged('second dropped', 1, (ours) => [one(ours), final(ours)]),
      arranged('final dropped', 2, (ours) => ours.slice(0, -1)),
      arranged('first relabelled as final', 0, (ours) => [asFinal(one(ours))]),
      arranged('another item’s second frame', 1, (ours) => [one(ours), two(theirs), final(ours)]),
      arranged('another item’s final frame', 2, (ours) => [one(ours), two(ours), final(theirs)]),
      arranged('all frames another item’s', 0, () => theirs),
      {
        name: 'another item’s header over our frames',
        change: (sound, anatomy) => withFrames(other, anatomyOf(other), framesOf(sound, anatomy)),
      },
    ])
    expect(unrefused(outcomes)).toEqual([])
  })

  it('a long file whose last frame was changed: `cat` ends with 4 after whole frames, and no other byte', async () => {
    const plain = randomBytes(9 * FRAME_BYTES)
    await vault.ann.does('add', vault.source('long', plain))
    const name = await vault.message('/long')
    const sound = readFileSync(vault.at(name))
    writeFileSync(vault.at(name), flip(Buffer.from(sound), frameOf(anatomyOf(sound).frames, -1).tagAt))
    const shown = vault.own.work.at('shown')
    const under = ['/bin/sh', '-c', 'out=$1; shift; exec "$@" > "$out"', 'sh', shown]
    const { code, err } = await vault.ben.start('cat', ['/long'], { under }).ended
    expect([code, err]).toEqual([4, expect.stringContaining('[MESSAGE_TAMPERED]')])
    const out = readFileSync(shown)
    expect(out.length % FRAME_BYTES).toBe(0)
    expect(out.length).toBeGreaterThan(0)
    expect(out.length).toBeLessThan(plain.length)
    expect(out.equals(plain.subarray(0, out.length))).toBe(true)
  })
})

/** A frame's text and tag under another's head. */
function renumbered(frame: Buffer, head: Buffer): Buffer {
  return Buffer.concat([head.subarray(0, 16), frame.subarray(16)])
}

/** A regular frame under the head of a final one. */
function asFinal(frame: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(FRAME_BYTES)
  return Buffer.concat([Buffer.alloc(4, 0xff), frame.subarray(0, 16), length, frame.subarray(16)])
}
