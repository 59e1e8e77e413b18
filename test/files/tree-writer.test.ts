import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { describe, expect, it } from 'vitest'
import { floorMs, isTemporaryName, openBelow, StagedFile, TreeWriter } from '../../src/main/files/index.ts'
import { TestFolder } from '../support/folder.ts'
import { refusal } from '../support/refusal.ts'

const modeOf = (folder: TestFolder, name: string): string =>
  (lstatSync(folder.at(name)).mode & 0o7777).toString(8)
const timeOf = (folder: TestFolder, name: string): number =>
  floorMs(statSync(folder.at(name), { bigint: true }).mtimeNs)
const facts = (mode: number, mtimeMs = 1_000) => ({ mode, mtimeMs })

/** Runs `act` under a mask that takes everything from everyone else. */
async function underMask(mask: number, act: () => Promise<void>): Promise<void> {
  const before = process.umask(mask)
  try {
    await act()
  } finally {
    process.umask(before)
  }
}

describe('a new folder of a tree', () => {
  it.each([
    [0o755, '755', '755'],
    [0o555, '755', '555'],
    [0o500, '700', '500'],
    [0o000, '700', '0'],
    [0o077, '777', '77'],
    [0o1777, '1777', '1777'],
    [0o1555, '1755', '1555'],
    // Setuid and setgid from elsewhere are not carried over.
    [0o4755, '755', '755'],
    [0o2775, '775', '775'],
    [0o6000, '700', '0'],
  ])('of mode %o is one its owner can write into until its end', async (mode, meanwhile, atEnd) => {
    using folder = new TestFolder()
    for (const mask of [0o022, 0o077, 0]) {
      const name = `under ${mask}`
      await underMask(mask, async () => {
        const tree = new TreeWriter(folder.path)
        tree.make([name], facts(mode))
        expect(modeOf(folder, name)).toBe(meanwhile)
        expect(await tree.finish()).toEqual([])
      })
      expect(modeOf(folder, name)).toBe(atEnd)
    }
  })

  it('ends with its time, though things were made in it: the deepest first', async () => {
    using folder = new TestFolder()
    const tree = new TreeWriter(folder.path)
    tree.make(['a'], facts(0o755, -86_400_001))
    tree.make(['a', 'b'], facts(0o555, 4_294_967_296_003))
    tree.make(['a', 'b', 'c'], facts(0o755, 1))
    folder.write('a/b/c/file', 'x')
    await tree.finish()
    expect(['a', 'a/b', 'a/b/c'].map((name) => timeOf(folder, name))).toEqual([
      -86_400_001, 4_294_967_296_003, 1,
    ])
    expect(folder.names()).toEqual(['a', 'a/b', 'a/b/c', 'a/b/c/file'])
  })

  it('leaves no temporary one behind, and none is taken for it', () => {
    using folder = new TestFolder()
    const tree = new TreeWriter(folder.path)
    for (const name of ['x', '.hidden', '-rf', 'line\nbreak', 'é'.repeat(127)])
      tree.make([name], facts(0o700))
    expect(folder.names().filter(isTemporaryName)).toEqual([])
    expect(folder.names()).toHaveLength(5)
  })

  it('the root itself is neither made nor changed', async () => {
    using folder = new TestFolder()
    utimesSync(folder.path, 5, 5)
    const tree = new TreeWriter(folder.path)
    tree.make([], facts(0o777, 9_000))
    expect(await tree.finish()).toEqual([])
    expect([modeOf(folder, '.'), timeOf(folder, '.')]).toEqual(['700', 5_000])
  })
})

describe('a folder that was there', () => {
  it('keeps its mode and what is in it, and gets the time', async () => {
    using folder = new TestFolder({ 'old/mine': 'm' })
    chmodSync(folder.at('old'), 0o751)
    const tree = new TreeWriter(folder.path)
    tree.make(['old'], facts(0o700, 7_000))
    await tree.finish()
    expect([modeOf(folder, 'old'), timeOf(folder, 'old')]).toEqual(['751', 7_000])
    expect(folder.read('old/mine').toString()).toBe('m')
  })

  it('gets its last mode, if a killed run left it half-made', async () => {
    using folder = new TestFolder()
    new TreeWriter(folder.path).make(['half'], facts(0o550))
    expect(modeOf(folder, 'half')).toBe('750')
    const again = new TreeWriter(folder.path)
    again.make(['half'], facts(0o550))
    await again.finish()
    expect(modeOf(folder, 'half')).toBe('550')
  })
})

describe('what stands in the way of a folder', () => {
  it('is never followed or replaced: a link, a link to nothing, a file', () => {
    using folder = new TestFolder({ 'outside/keep': '', file: 'f' })
    symlinkSync(folder.at('outside'), folder.at('link'))
    symlinkSync('nowhere', folder.at('dangling'))
    const tree = new TreeWriter(folder.path)
    const before = folder.names()
    for (const steps of [['link'], ['link', 'x'], ['dangling'], ['file'], ['file', 'x']]) {
      const refused = refusal(() => tree.make(steps, facts(0o755)))
      expect([steps, refused.code]).toEqual([steps, 'PATH_UNSAFE'])
    }
    expect(folder.names()).toEqual(before)
    expect(folder.read('file').toString()).toBe('f')
  })

  it('is said at the end, when it came while the tree was written; the others are finished', async () => {
    using folder = new TestFolder({ 'outside/keep': '' })
    const tree = new TreeWriter(folder.path)
    for (const name of ['gone', 'linked', 'kept']) tree.make([name], facts(0o550, 3_000))
    rmSync(folder.at('gone'), { recursive: true })
    renameSync(folder.at('linked'), folder.at('moved'))
    symlinkSync(folder.at('outside'), folder.at('linked'))
    const outside = [modeOf(folder, 'outside'), timeOf(folder, 'outside')]
    const failed = await tree.finish()
    expect(failed.map(({ path, error }) => [path, error.code])).toEqual([
      [folder.at('gone'), 'NOT_FOUND'],
      [folder.at('linked'), 'PATH_UNSAFE'],
    ])
    expect([modeOf(folder, 'kept'), timeOf(folder, 'kept')]).toEqual(['550', 3_000])
    expect([modeOf(folder, 'outside'), timeOf(folder, 'outside')]).toEqual(outside)
  })

  it('is not entered when it takes a folder’s place after that was opened', async () => {
    if (process.platform !== 'linux') return
    using folder = new TestFolder({ 'target/x': '', 'outside/keep': '' })
    using open = openBelow(folder.path, ['target'])
    renameSync(folder.at('target'), folder.at('moved'))
    symlinkSync(folder.at('outside'), folder.at('target'))
    const file = StagedFile.create(open)
    await file.sync()
    file.publish('secret')
    file.close()
    expect(folder.names('outside')).toEqual(['keep'])
    expect(folder.names('moved')).toEqual(['secret', 'x'])
  })

  it('is refused on the way down, with the path of the step', () => {
    using folder = new TestFolder({ 'a/b/c': '', 'outside/keep': '' })
    mkdirSync(folder.at('a/d'))
    symlinkSync(folder.at('outside'), folder.at('a/d/link'))
    const refused = refusal(() => openBelow(folder.path, ['a', 'd', 'link', 'keep']))
    expect(refused).toMatchObject({ code: 'PATH_UNSAFE', facts: { path: folder.at('a/d/link') } })
    expect(refusal(() => openBelow(folder.path, ['a', 'b', 'c'])).code).toBe('PATH_UNSAFE')
    expect(refusal(() => openBelow(folder.path, ['a', 'nope'])).code).toBe('NOT_FOUND')
  })
})
