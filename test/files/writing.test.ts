import { spawnSync } from 'node:child_process'
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  Folder,
  floorMs,
  openBelow,
  Source,
  StagedFile,
  TreeWriter,
  walk,
} from '../../src/main/files/index.ts'
import { removeStaleTemporaries, temporaryName } from '../../src/main/files/temp.ts'
import { setMtime } from '../../src/main/files/times.ts'
import { NODE } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const refusal = (code: string) => expect.objectContaining({ code })

it('a modification time survives to the millisecond, from 1900 to 2106', () => {
  using folder = new TestFolder({ a: '' })
  const fd = openSync(folder.at('a'), 'r+')
  const bases = [-2_000_000_000_000, -1_001, -1, 0, 1, 999, 1_700_000_000_123, 4_294_967_295_999]
  for (const base of bases) {
    for (let ms = base; ms < base + 300; ms++) {
      setMtime(fd, ms)
      expect(floorMs(statSync(folder.at('a'), { bigint: true }).mtimeNs)).toBe(ms)
    }
  }
  closeSync(fd)
})

describe('a staged file', () => {
  it('never takes the name of another, is private until its end, and leaves nothing when dropped', async () => {
    using test = new TestFolder({ taken: 'mine' })
    using folder = Folder.open(test.path)
    const file = StagedFile.create(folder)
    file.write(Buffer.from('new'), 0)
    const [temp] = test.names().filter((name) => name.startsWith('.strongroom-'))
    expect(statSync(test.at(temp ?? '')).mode & 0o777).toBe(0o600)
    await file.sync()
    expect(file.publish('taken')).toBe('exists')
    expect(test.read('taken').toString()).toBe('mine')
    file.close()
    expect(test.names()).toEqual(['taken'])
  })

  it('can take its name back, unless that replaced another file', async () => {
    using test = new TestFolder({ old: 'old' })
    using folder = Folder.open(test.path)
    for (const [name, replace] of [
      ['fresh', false],
      ['old', true],
    ] as const) {
      const file = StagedFile.create(folder)
      await file.sync()
      expect(file.publish(name, replace)).toBe('published')
      file.withdraw()
      file.close()
    }
    expect(test.names()).toEqual(['old'])
  })
})

describe('temporary files', () => {
  it('of dead processes and threads are removed, of living ones and other machines left', () => {
    using test = new TestFolder()
    using folder = Folder.open(test.path)
    const dead = spawnSync(NODE, ['-e', '']).pid
    const own = temporaryName()
    const name = (pid: number, thread: number) => own.replace(/-[0-9]+\.[0-9]+-/, `-${pid}.${thread}-`)
    const living = [own, name(1, 0), own.replace(/^\.strongroom-[0-9a-f]{8}/, '.strongroom-00000000')]
    for (const each of [...living, name(dead, 0), name(process.pid, 77)]) test.write(each, '')
    mkdirSync(test.at(name(dead, 1)))
    removeStaleTemporaries(folder)
    expect(test.names()).toEqual([...living, name(process.pid, 77)].sort())
    removeStaleTemporaries(folder, 77)
    expect(test.names()).toEqual([...living].sort())
  })
})

describe('folders of a tree', () => {
  it('appear writable, end with their modes and times, and keep the mode they had before', async () => {
    using test = new TestFolder({ 'old/x': '' })
    const tree = new TreeWriter(test.path)
    tree.make(['new'], { mode: 0o555, mtimeMs: 86_400_000 })
    tree.make(['new', 'deep'], { mode: 0o750, mtimeMs: 1_000 })
    tree.make(['old'], { mode: 0o700, mtimeMs: 2_000 })
    const modeOf = (name: string) => statSync(test.at(name)).mode & 0o7777
    const before = modeOf('old')
    expect(modeOf('new')).toBe(0o755)
    await tree.sync()
    expect(await tree.finish()).toEqual([])
    expect([modeOf('new'), modeOf('new/deep'), modeOf('old')]).toEqual([0o555, 0o750, before])
    expect(floorMs(statSync(test.at('new'), { bigint: true }).mtimeNs)).toBe(86_400_000)
  })

  it('a link in the place of a folder is followed by nothing', () => {
    using test = new TestFolder({ 'outside/keep': '' })
    symlinkSync(test.at('outside'), test.at('link'))
    expect(() => openBelow(test.path, ['link'])).toThrow(refusal('PATH_UNSAFE'))
    expect(() => new TreeWriter(test.path).make(['link', 'x'], { mode: 0o755, mtimeMs: 0 })).toThrow(
      refusal('PATH_UNSAFE'),
    )
  })

  it('a folder that is replaced by a link after it was opened still gets what is written to it', async () => {
    if (process.platform !== 'linux') return
    using test = new TestFolder({ 'target/x': '', 'outside/keep': '' })
    using folder = openBelow(test.path, ['target'])
    renameSync(test.at('target'), test.at('moved'))
    symlinkSync(test.at('outside'), test.at('target'))
    const file = StagedFile.create(folder)
    await file.sync()
    file.publish('secret')
    file.close()
    expect(readdirSync(test.at('outside'))).toEqual(['keep'])
    expect(readdirSync(test.at('moved')).sort()).toEqual(['secret', 'x'])
  })
})

describe('a source', () => {
  it('is refused when it changes while it is read: longer, rewritten, replaced', () => {
    const changes: readonly ((test: TestFolder) => void)[] = [
      (test) => writeFileSync(test.at('a'), 'more', { flag: 'a' }),
      (test) => writeFileSync(test.at('a'), 'HELLO'),
      (test) => linkSync(test.at('a'), test.at('b')),
    ]
    for (const change of changes) {
      using test = new TestFolder({ a: 'hello' })
      const source = Source.open(test.at('a'))
      if (typeof source === 'string') throw new Error(source)
      using _ = source
      source.demandUnchanged()
      change(test)
      expect(() => source.demandUnchanged()).toThrow(refusal('SOURCE_CHANGED'))
    }
  })

  it('is nothing but a regular file, and a pipe without a writer keeps nobody waiting', () => {
    using test = new TestFolder({ a: '' })
    symlinkSync('a', test.at('link'))
    spawnSync('mkfifo', [test.at('pipe')])
    expect(Source.open(test.at('link'))).toBe('SYMLINK')
    expect(Source.open(test.at('pipe'))).toBe('FIFO')
    expect(Source.open(test.path)).toBe('FOLDER')
    expect(Source.open('/dev/null')).toBe('DEVICE')
  })
})

it('a walk names folders before what is in them, in the order of names, and no temporary files', () => {
  using test = new TestFolder({ 't/b/2': '', 't/b/1': '', 't/a': '', [`t/${temporaryName()}`]: '' })
  expect(
    [...walk(test.at('t'))].map((entry) => [entry.kind, entry.path.slice(test.path.length + 1)]),
  ).toEqual([
    ['folder', 't'],
    ['file', 't/a'],
    ['folder', 't/b'],
    ['file', 't/b/1'],
    ['file', 't/b/2'],
  ])
})
