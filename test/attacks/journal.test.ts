import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/main/vault/index.ts'
import { type JournalFrame, journalFrames, segmentNames } from '../support/attack-journal.ts'
import { flip } from '../support/attack-message.ts'
import { AttackedVault } from '../support/attack-vault.ts'
import type { CliDevice } from '../support/vault-cli.ts'

describe('an attack on the journal', () => {
  let vault: AttackedVault
  /** A segment of Ann's, of four frames; and what it was. */
  let name: string
  let sound: Buffer
  beforeAll(async () => {
    vault = await AttackedVault.create({ x: 'the words of X' })
    name = await segmentOf('/one', '/two', '/three')
    for (const device of [vault.ann, vault.ben, vault.cyd]) await device.ls()
    vault.save()
    sound = readFileSync(vault.at(name))
    expect(journalFrames(sound)).toHaveLength(4)
  })
  afterEach(() => vault.putBack())
  afterAll(() => vault[Symbol.dispose]())

  /** Ann makes folders, each in a batch of its own. @returns the segment's name */
  const segmentOf = async (...folders: readonly string[]): Promise<string> => {
    const before = new Set(segmentNames(vault.path))
    {
      await using open = await vault.open()
      for (const folder of folders) await makeFolder(open, folder)
    }
    const [added = ''] = segmentNames(vault.path).filter((each) => !before.has(each))
    return added
  }

  const says = (device: CliDevice, command: string, ...words: readonly string[]) =>
    vault.says(device, command, ...words)

  const FRAMES: readonly (readonly [string, (bytes: Buffer, frames: readonly JournalFrame[]) => Buffer])[] = [
    ['a bit of a length flipped', (bytes, [, two]) => flip(bytes, (two?.from ?? 0) + 3)],
    ['a length made huge', (bytes, [, two]) => flip(bytes, two?.from ?? 0, 0x7f)],
    ['a bit of a length’s check flipped', (bytes, [, two]) => flip(bytes, (two?.from ?? 0) + 4)],
    ['a bit of a nonce flipped', (bytes, [, two]) => flip(bytes, (two?.from ?? 0) + 12)],
    ['a bit of a record flipped', (bytes, [, two]) => flip(bytes, (two?.from ?? 0) + 24)],
    ['a bit of a record’s tag flipped', (bytes, [, two]) => flip(bytes, (two?.end ?? 0) - 1)],
    ['a bit of the first record flipped', (bytes, [one]) => flip(bytes, (one?.from ?? 0) + 24)],
    ['a bit of the last record flipped', (bytes, frames) => flip(bytes, (frames.at(-1)?.from ?? 0) + 24)],
    ['a bit of the segment’s own id flipped', (bytes) => flip(bytes, 36)],
    ['a bit of the vault’s id flipped', (bytes) => flip(bytes, 4)],
    ['a record deleted', (bytes, [, two]) => without(bytes, two)],
    ['a record doubled', (bytes, [, two]) => inserted(bytes, two, two)],
    ['two records swapped', (bytes, [one, two, three]) => swapped(bytes, one, two, three)],
  ]

  it.each(FRAMES)(
    'T11 %s, in what this device has read: `check` ends with 4, and so does all after it',
    async (_, change) => {
      const changed = change(Buffer.from(sound), journalFrames(sound))
      expect(changed.equals(sound)).toBe(false)
      writeFileSync(vault.at(name), changed)
      const { ben } = vault
      // An opening reads what is new. What it has read before stays as it was read: no name is wrong.
      const listed = await says(ben, 'ls', '-R')
      if (changed.length === sound.length) expect(listed).toEqual([0])
      else
        expect(listed).toEqual([4, changed.length < sound.length ? 'JOURNAL_ROLLED_BACK' : 'JOURNAL_DAMAGED'])
      expect(await says(ben, 'check')).toEqual([4, 'JOURNAL_DAMAGED', 'JOURNAL_ROLLED_BACK'])
      const [code, ...codes] = await says(ben, 'repair', '--rebuild-index')
      expect([code, codes]).toEqual([4, expect.arrayContaining(['JOURNAL_ROLLED_BACK'])])
      expect(await says(ben, 'mkdir', '/new')).toEqual([4, 'JOURNAL_ROLLED_BACK'])
      expect(await says(vault.stranger(), 'check')).toEqual([4, 'JOURNAL_DAMAGED'])
    },
  )

  it.each<[string, () => void]>([
    ['a segment deleted', () => rmSync(vault.at(name))],
    ['all segments of a device deleted', () => rmSync(vault.at(dirname(name)), { recursive: true })],
    ['all segments deleted', () => rmSync(vault.at('journal'), { recursive: true })],
    ['a segment emptied', () => writeFileSync(vault.at(name), '')],
    ['a segment cut inside its header', () => writeFileSync(vault.at(name), sound.subarray(0, 60))],
    ['a segment cut inside a record', () => writeFileSync(vault.at(name), sound.subarray(0, -3))],
    [
      'two segments swapped',
      () => {
        const other = segmentNames(vault.path).find((each) => each !== name) ?? ''
        const theirs = readFileSync(vault.at(other))
        expect(theirs.length).not.toBe(sound.length)
        writeFileSync(vault.at(other), sound)
        writeFileSync(vault.at(name), theirs)
      },
    ],
  ])('T11 %s: 4 on each device that has seen it, and nothing is written', async (_, attack) => {
    attack()
    for (const device of [vault.ann, vault.ben, vault.cyd]) {
      const [code, ...codes] = await says(device, 'ls')
      expect([code, codes]).toEqual([4, expect.arrayContaining(['JOURNAL_ROLLED_BACK'])])
    }
    for (const [command, ...words] of [['check'], ['mkdir', '/new'], ['repair', '--rebuild-index'], ['ls']]) {
      const [code, ...codes] = await says(vault.ben, command ?? '', ...words)
      expect([command, code, codes]).toEqual([command, 4, expect.arrayContaining(['JOURNAL_ROLLED_BACK'])])
    }
  })

  it('T12 a segment cut between two records, below what was seen of it: rolled back, 4', async () => {
    for (const { end } of journalFrames(sound).slice(0, -1)) {
      writeFileSync(vault.at(name), sound.subarray(0, end))
      for (const device of [vault.ann, vault.ben, vault.cyd])
        expect(await says(device, 'ls')).toEqual([4, 'JOURNAL_ROLLED_BACK'])
    }
    expect(await says(vault.ben, 'check')).toEqual([4, 'JOURNAL_ROLLED_BACK'])
    // It comes back: nothing was lost, and nothing was done to it.
    writeFileSync(vault.at(name), sound)
    expect(await says(vault.ben, 'check')).toEqual([0])
    await vault.ben.does('mkdir', '/after')
  })

  it('T12 the same above what was seen of it: late, 0, with a note; it comes, and is read', async () => {
    const { ben, cyd } = vault
    let later = ''
    {
      await using open = await vault.open()
      const before = new Set(segmentNames(vault.path))
      await makeFolder(open, '/seen by all')
      later = segmentNames(vault.path).find((each) => !before.has(each)) ?? ''
      await ben.ls()
      await makeFolder(open, '/seen by cyd')
      await makeFolder(open, '/seen by cyd, too')
    }
    // Cyd saw it all, and writes that down.
    await cyd.does('mkdir', '/of cyd')
    const whole = readFileSync(vault.at(later))
    const [one, two] = journalFrames(whole)
    for (const frame of [one, two]) {
      writeFileSync(vault.at(later), whole.subarray(0, frame?.end))
      for (const device of [ben, vault.stranger()]) {
        const { code, err } = await device.say('check')
        expect([code, err]).toEqual([
          0,
          expect.stringContaining('Waiting for changes that another device has recorded'),
        ])
      }
    }
    expect(await says(cyd, 'ls')).toEqual([4, 'JOURNAL_ROLLED_BACK'])
    writeFileSync(vault.at(later), whole)
    expect(await ben.paths()).toEqual(
      expect.arrayContaining(['/of cyd', '/seen by cyd', '/seen by cyd, too']),
    )
    expect(await says(ben, 'check')).toEqual([0])
  })

  it('T13 yesterday’s whole vault: 4 on each device, also after --rebuild-index, until a person accepts it', async () => {
    vault.save('yesterday')
    await vault.ann.does('add', vault.source('today', 'today’s words'))
    await vault.ben.does('mkdir', '/today of ben')
    for (const device of [vault.ann, vault.ben, vault.cyd]) await device.ls()
    vault.putBack('yesterday', ['vault'])
    for (const device of [vault.ann, vault.ben, vault.cyd]) {
      for (const [command, ...words] of [['ls'], ['check'], ['check', '--read-data']]) {
        const [code, ...codes] = await says(device, command ?? '', ...words)
        // What the index has and the items lack is missing besides.
        expect([code, codes]).toEqual([4, expect.arrayContaining(['JOURNAL_ROLLED_BACK'])])
      }
      expect(await says(device, 'mkdir', '/new')).toEqual([4, 'JOURNAL_ROLLED_BACK'])
      expect(await says(device, 'add', vault.source('new', 'new'))).toEqual([4, 'JOURNAL_ROLLED_BACK'])
      expect(await says(device, 'repair', '--rebuild-index')).toEqual([4, 'JOURNAL_ROLLED_BACK'])
      for (const command of ['ls', 'check']) {
        expect(await says(device, command)).toEqual([4, 'JOURNAL_ROLLED_BACK'])
      }
    }
    // What there is can be had, and is said to be old.
    const { code, out } = await vault.cyd.say('cat', '/x')
    expect([code, out]).toEqual([4, 'the words of X'])
    expect(await says(vault.ben, 'check', '--accept-rollback')).toEqual([0])
    await vault.ben.does('mkdir', '/after')
    expect(segmentNames(vault.path).length).toBe(
      segmentNames(vault.own.work.at('yesterday/vault')).length + 1,
    )
    expect(await says(vault.ann, 'ls')).toEqual([4, 'JOURNAL_ROLLED_BACK'])
  })
})

function without(bytes: Buffer, frame: JournalFrame | undefined): Buffer {
  return Buffer.concat([bytes.subarray(0, frame?.from), bytes.subarray(frame?.end)])
}

function inserted(bytes: Buffer, after: JournalFrame | undefined, frame: JournalFrame | undefined): Buffer {
  const [from, end] = [bytes.subarray(0, after?.end), bytes.subarray(after?.end)]
  return Buffer.concat([from, bytes.subarray(frame?.from, frame?.end), end])
}

function swapped(bytes: Buffer, ...[one, two, three]: readonly (JournalFrame | undefined)[]): Buffer {
  const part = (frame: JournalFrame | undefined) => bytes.subarray(frame?.from, frame?.end)
  return Buffer.concat([
    bytes.subarray(0, two?.from),
    part(three),
    part(two),
    bytes.subarray(three?.end ?? one?.end),
  ])
}
