import { lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Folder, floorMs, isTemporaryName, StagedFile } from '../../src/main/files/index.ts'
import { cli, codesOf, filesOf, RawKey } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import { refusal } from '../support/refusal.ts'

const temporaries = (folder: TestFolder) => folder.names().filter(isTemporaryName)
const modeOf = (folder: TestFolder, name: string) => statSync(folder.at(name)).mode & 0o7777

/** A staged file of `content` in an opened folder; both end with it. */
function staged(test: TestFolder, content = 'new') {
  const folder = Folder.open(test.path)
  const file = StagedFile.create(folder)
  file.write(Buffer.from(content), 0)
  return {
    file,
    [Symbol.dispose]: () => {
      file.close()
      folder[Symbol.dispose]()
    },
  }
}

describe('a staged file', () => {
  it('has no name but a temporary one, and is its owner’s alone, whatever the mask', () => {
    using test = new TestFolder()
    const before = process.umask(0)
    using it = staged(test)
    process.umask(before)
    const [temp = '', ...more] = test.names()
    expect([isTemporaryName(temp), more, modeOf(test, temp)]).toEqual([true, [], 0o600])
    expect(it.file.publish('a')).toBe('published')
    expect(test.names()).toEqual(['a'])
    expect(test.read('a').toString()).toBe('new')
  })

  it('that is dropped leaves nothing, and one that is published stays', () => {
    using test = new TestFolder()
    {
      using _ = staged(test)
      expect(temporaries(test)).toHaveLength(1)
    }
    expect(test.names()).toEqual([])
    {
      using it = staged(test)
      it.file.publish('a')
    }
    expect(test.names()).toEqual(['a'])
  })

  it('never takes the name of another: a file, a folder, a link, a link to nothing', () => {
    using test = new TestFolder({ file: 'mine', target: 't' })
    mkdirSync(test.at('folder'))
    symlinkSync('target', test.at('link'))
    symlinkSync('nowhere', test.at('dangling'))
    const before = test.names()
    for (const name of ['file', 'folder', 'link', 'dangling']) {
      using it = staged(test)
      expect([name, it.file.publish(name)]).toEqual([name, 'exists'])
      // It can still get another one.
      expect(it.file.publish(`${name} (2)`)).toBe('published')
    }
    expect(test.names()).toEqual(
      [...before, ...['dangling', 'file', 'folder', 'link'].map((n) => `${n} (2)`)].sort(),
    )
    expect([test.read('file').toString(), test.read('target').toString()]).toEqual(['mine', 't'])
    expect(test.has('nowhere')).toBe(false)
  })

  it('replaces when it is told to: a file or a link, never what that points to, never a folder', () => {
    using test = new TestFolder({ file: 'mine', target: 't' })
    mkdirSync(test.at('folder'))
    symlinkSync('target', test.at('link'))
    for (const name of ['file', 'link']) {
      using it = staged(test)
      expect(it.file.publish(name, true)).toBe('published')
      expect([lstatSync(test.at(name)).isFile(), test.read(name).toString()]).toEqual([true, 'new'])
    }
    expect(test.read('target').toString()).toBe('t')
    using it = staged(test)
    const refused = refusal(() => it.file.publish('folder', true))
    expect(refused).toMatchObject({ code: 'DESTINATION_EXISTS', facts: { path: test.at('folder') } })
    expect(statSync(test.at('folder')).isDirectory()).toBe(true)
  })

  it('can take its name back, unless that replaced another file', () => {
    using test = new TestFolder({ old: 'old' })
    {
      using it = staged(test)
      it.file.publish('fresh')
      it.file.withdraw()
    }
    expect(test.names()).toEqual(['old'])
    {
      using it = staged(test)
      it.file.publish('old', true)
      it.file.withdraw()
    }
    expect(test.names()).toEqual(['old'])
    expect(test.read('old').toString()).toBe('new')
  })

  it('is published once', () => {
    using test = new TestFolder()
    using it = staged(test)
    it.file.publish('a')
    expect(() => it.file.publish('b')).toThrow('BUG')
    expect(test.names()).toEqual(['a'])
  })

  it('ends with its size, time and mode, without setuid and setgid', () => {
    using test = new TestFolder()
    for (const [mode, kept] of [
      [0o644, 0o644],
      [0o400, 0o400],
      [0, 0],
      [0o1644, 0o1644],
      [0o6755, 0o755],
    ] as const) {
      using it = staged(test)
      it.file.complete({ sizeBytes: 3, mtimeMs: -1_234_567, mode })
      const name = mode.toString(8)
      it.file.publish(name)
      expect(modeOf(test, name)).toBe(kept)
      expect(floorMs(statSync(test.at(name), { bigint: true }).mtimeNs)).toBe(-1_234_567)
    }
  })

  it('that ends in a hole has its full size, and reads as zeros there', () => {
    using test = new TestFolder()
    using it = staged(test)
    it.file.write(Buffer.from('end'), 100_000)
    it.file.complete({ sizeBytes: 10_000_000, mtimeMs: 0, mode: 0o600 })
    it.file.publish('sparse')
    const bytes = test.read('sparse')
    expect(bytes.length).toBe(10_000_000)
    expect(bytes.subarray(0, 3).toString()).toBe('new')
    expect(bytes.subarray(100_000, 100_003).toString()).toBe('end')
    expect(bytes.subarray(3, 100_000).every((byte) => byte === 0)).toBe(true)
    expect(statSync(test.at('sparse')).blocks * 512).toBeLessThan(1_000_000)
  })

  it('that is longer than it shall be, and was written last at its beginning, is cut to its size', () => {
    using test = new TestFolder()
    using it = staged(test)
    it.file.write(Buffer.from('too long'), 3)
    it.file.write(Buffer.from('abc'), 0)
    it.file.complete({ sizeBytes: 3, mtimeMs: 0, mode: 0o600 })
    it.file.publish('cut')
    expect(test.read('cut').toString()).toBe('abc')
  })

  it('can be closed while it is written back: it is gone, and so is its descriptor when that ends', async () => {
    using test = new TestFolder()
    using folder = Folder.open(test.path)
    for (let round = 0; round < 5; round++) {
      const file = StagedFile.create(folder)
      await new Promise((done) => setTimeout(done, 65))
      file.write(Buffer.alloc(8 * 1024 * 1024, 1), 0)
      await file.writeBack()
      file.close()
    }
    // The write-backs still run; then all is closed.
    await new Promise((done) => setTimeout(done, 500))
    const open = openFiles().filter((path) => path.startsWith(test.path) && path !== test.path)
    expect([open, test.names()]).toEqual([[], []])
  })

  it('refuses a name too long for the file system, and is gone', () => {
    using test = new TestFolder()
    {
      using it = staged(test)
      expect(refusal(() => it.file.publish('x'.repeat(256))).code).toBe('NAME_TOO_LONG')
    }
    expect(test.names()).toEqual([])
  })
})

/** What the kernel answers where a file system has no hard links; strace puts it in the place of link's. */
describe('where there are no hard links', () => {
  const withoutLinks = (errno: string) => [
    ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=link,linkat'],
    ...['-e', `inject=link,linkat:error=${errno}`],
  ]

  it.each(['EPERM', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])(
    'files get their names all the same, and take nobody’s (%s)',
    async (errno) => {
      using test = new TestFolder({
        'tree/a': 'a',
        'tree/b': 'b',
        'tree/c': 'c',
        'out/tree/b.sealed': 'mine',
      })
      const key = new RawKey(test.path)
      const under = withoutLinks(errno)
      const seal = ['seal', test.at('tree'), '--to', test.at('out'), ...key.options]
      const sealed = await cli(seal, { under })
      expect([sealed.code, codesOf(sealed)]).toEqual([8, ['DESTINATION_EXISTS']])
      expect(filesOf(sealed, 'done')).toHaveLength(2)
      expect(test.names('out/tree')).toEqual(['a.sealed', 'b.sealed', 'c.sealed'])
      expect(test.read('out/tree/b.sealed').toString()).toBe('mine')
      const opened = await cli(
        ['unseal', test.at('out/tree/a.sealed'), '--to', test.at('back'), ...key.options],
        { under },
      )
      expect([opened.code, test.names('back'), test.read('back/a').toString()]).toEqual([0, ['a'], 'a'])
    },
  )

  it('an error of another kind is none of these: nothing is named', async () => {
    using test = new TestFolder({ a: 'a' })
    const key = new RawKey(test.path)
    const end = await cli(['seal', test.at('a'), ...key.options], { under: withoutLinks('EIO') })
    expect([end.code, codesOf(end), test.names()]).toEqual([10, ['IO_ERROR'], ['a', 'raw.key']])
  })
})

function openFiles(): readonly string[] {
  return Array.from({ length: 256 }, (_, fd) => linkOf(`/proc/self/fd/${fd}`)).filter((path) => path !== '')
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
