import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, unlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Folder, parentOf, type WalkEntry, type WalkOptions, walk } from '../../src/main/files/index.ts'
import { temporaryName } from '../../src/main/files/temp.ts'
import { TestFolder } from '../support/folder.ts'

/** `kind path`, the path from the test's folder. */
function said(folder: TestFolder, entries: Iterable<WalkEntry>): readonly string[] {
  return [...entries].map((entry) => {
    const more =
      entry.kind === 'other' ? ` ${entry.what}` : entry.kind === 'failed' ? ` ${entry.error.code}` : ''
    return `${entry.kind} ${entry.path.slice(folder.path.length + 1)}${more}`
  })
}
const walked = (folder: TestFolder, name: string, options?: WalkOptions) =>
  said(folder, walk(folder.at(name), options))

describe('a walk', () => {
  it('names folders before what is in them, in the order of names, and no temporary files', () => {
    using folder = new TestFolder({
      't/b/2': '',
      't/b/1': '',
      't/a': '',
      't/B': '',
      't/10': '',
      't/9': '',
      't/é': '',
      [`t/${temporaryName()}`]: '',
    })
    mkdirSync(folder.at('t/empty'))
    mkdirSync(folder.at(`t/${temporaryName()}`))
    expect(walked(folder, 't')).toEqual([
      'folder t',
      'file t/10',
      'file t/9',
      'file t/B',
      'file t/a',
      'folder t/b',
      'file t/b/1',
      'file t/b/2',
      'folder t/empty',
      'file t/é',
    ])
  })

  it('says each step from the folder that holds what was named', () => {
    using folder = new TestFolder({ 't/sub/a': 'abc' })
    const entries = [...walk(folder.at('t'))]
    expect(entries.map((entry) => 'steps' in entry && entry.steps)).toEqual([
      ['t'],
      ['t', 'sub'],
      ['t', 'sub', 'a'],
    ])
    expect([...walk(folder.at('t/sub/a'))]).toEqual([
      { kind: 'file', path: folder.at('t/sub/a'), steps: ['a'], sizeBytes: 3, mtimeMs: expect.any(Number) },
    ])
    expect([...walk('/dev/null')]).toEqual([{ kind: 'other', path: '/dev/null', what: 'DEVICE' }])
  })

  it('takes a path with a slash at its end or dots in it for what it means', () => {
    using folder = new TestFolder({ 't/a': '' })
    const expected = walked(folder, 't')
    for (const words of ['t/', 't/.', './t', 't/../t', 't//']) {
      expect(said(folder, walk(`${folder.path}/${words}`))).toEqual(expected)
    }
    expect(parentOf(`${folder.path}/t/`)).toBe(folder.path)
    expect(parentOf('a')).toBe(resolve('.'))
  })

  it('follows no link, also not one that was named or leads in a circle', () => {
    using folder = new TestFolder({ 't/a': '', 'outside/secret': '' })
    symlinkSync(folder.at('outside'), folder.at('t/away'))
    symlinkSync('..', folder.at('t/circle'))
    symlinkSync('t', folder.at('link'))
    expect(walked(folder, 't')).toEqual([
      'folder t',
      'file t/a',
      'other t/away SYMLINK',
      'other t/circle SYMLINK',
    ])
    expect(walked(folder, 'link')).toEqual(['other link SYMLINK'])
  })

  it('leaves out the folder that is written into, wherever it lies and whatever it is called', () => {
    using folder = new TestFolder({ 't/a': '', 't/sub/out/b': '', 't/sub/c': '' })
    symlinkSync(folder.at('t/sub/out'), folder.at('alias'))
    using exclude = Folder.open(folder.at('alias'))
    expect(walked(folder, 't', { exclude })).toEqual(['folder t', 'file t/a', 'folder t/sub', 'file t/sub/c'])
    expect(walked(folder, 't/sub/out', { exclude })).toEqual([])
  })

  it('says what is missing, and ends', () => {
    using folder = new TestFolder({ file: '' })
    expect(walked(folder, 'nope')).toEqual(['failed nope NOT_FOUND'])
    expect(walked(folder, 'nope/below')).toEqual(['failed nope/below NOT_FOUND'])
    expect(walked(folder, 'file/below')).toEqual(['failed file/below NOT_FOUND'])
  })

  it('goes on behind what vanishes while it walks', () => {
    using folder = new TestFolder({ 't/a': '', 't/b': '', 't/c': '' })
    const entries = walk(folder.at('t'))
    const first = [entries.next(), entries.next()].flatMap(({ value }) => (value ? [value] : []))
    unlinkSync(folder.at('t/b'))
    expect(said(folder, [...first, ...entries])).toEqual([
      'folder t',
      'file t/a',
      'failed t/b NOT_FOUND',
      'file t/c',
    ])
  })

  it('goes on behind a name that is no UTF-8, which it can’t read', () => {
    using folder = new TestFolder({ 't/a': '', 't/z': '' })
    const made = spawnSync('/bin/sh', ['-c', String.raw`printf x > "$(printf 't/bad\377name')"`], {
      cwd: folder.path,
    })
    expect(made.status).toBe(0)
    const found = walked(folder, 't')
    expect(found).toEqual(['folder t', 'file t/a', 'failed t/bad\uFFFDname NAME_REFUSED', 'file t/z'])
  })

  it('of a folder that may not be read says so, and goes on', () => {
    using folder = new TestFolder({ 't/closed/a': '', 't/z': '' })
    chmodSync(folder.at('t/closed'), 0)
    const { stdout } = asNobody(folder)
    chmodSync(folder.at('t/closed'), 0o755)
    expect(JSON.parse(stdout)).toEqual(['folder', 'failed ACCESS_DENIED', 'file'])
  })
})

/** Root reads everything: the walk is made by a user who may not. */
function asNobody(folder: TestFolder) {
  chmodSync(folder.path, 0o755)
  const room = resolve(import.meta.dirname, '../../src/main/files/index.ts')
  const script = `
    const { walk } = await import(process.argv[1])
    const said = [...walk(process.argv[2])].map((e) => e.kind + (e.error ? ' ' + e.error.code : ''))
    process.stdout.write(JSON.stringify(said))`
  const words = ['--input-type=module', '-e', script, room, folder.at('t')]
  const under =
    process.getuid?.() === 0
      ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath]
      : [process.execPath]
  return spawnSync(under[0] ?? '', [...under.slice(1), ...words], { encoding: 'utf8' })
}
