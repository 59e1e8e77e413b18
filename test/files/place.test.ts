import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  createPrivateFile,
  ensureFolder,
  identityOf,
  readSmallFile,
  realFolder,
} from '../../src/main/files/index.ts'
import { TestFolder } from '../support/folder.ts'
import { refusal, refusalOf } from '../support/refusal.ts'

describe('a destination folder', () => {
  it('is made with all that is missing above it, and found by its real path', async () => {
    using folder = new TestFolder()
    mkdirSync(folder.at('real'))
    symlinkSync('real', folder.at('alias'))
    expect(await ensureFolder(folder.at('alias/a/b/c'))).toBe(folder.at('real/a/b/c'))
    expect(await ensureFolder(`${folder.path}/alias/a/../a/b/`)).toBe(folder.at('real/a/b'))
    expect(folder.names('real')).toEqual(['a', 'a/b', 'a/b/c'])
  })

  it('is refused where a file or a dead link stands, and nothing is made', async () => {
    using folder = new TestFolder({ file: 'f' })
    symlinkSync('nowhere', folder.at('dead'))
    for (const name of ['file', 'file/below', 'dead', 'dead/below']) {
      const refused = await refusalOf(ensureFolder(folder.at(name)))
      expect([name, refused.code]).toEqual([name, expect.stringMatching(/^(DESTINATION_EXISTS|NOT_FOUND)$/)])
    }
    expect(folder.names()).toEqual(['dead', 'file'])
  })

  it('is no file', () => {
    using folder = new TestFolder({ file: 'f' })
    expect(refusal(() => realFolder(folder.at('file'))).code).toBe('USAGE')
    expect(refusal(() => realFolder(folder.at('nope'))).code).toBe('NOT_FOUND')
  })

  it('is known again by what it is, not by its path', () => {
    using folder = new TestFolder({ 'sub/x': '' })
    symlinkSync('sub', folder.at('alias'))
    const [sub, again, alias] = ['sub', './sub/../sub', 'alias'].map((name) =>
      identityOf(`${folder.path}/${name}`),
    )
    expect(again).toEqual(sub)
    expect(sub?.folder).toBe(true)
    expect([alias?.folder, alias?.ino === sub?.ino]).toEqual([false, false])
    expect(identityOf(folder.at('nope'))).toBeUndefined()
    expect(identityOf(folder.at('sub/x/below'))).toBeUndefined()
  })
})

describe('a small file', () => {
  it('is read whole into a buffer of its own, up to its limit', () => {
    using folder = new TestFolder({ full: 'x'.repeat(64), over: 'x'.repeat(65), empty: '' })
    const bytes = readSmallFile(folder.at('full'), 64)
    // A shared buffer could not become a Secret.
    expect([bytes.length, bytes.buffer.byteLength]).toEqual([64, 64])
    expect(readSmallFile(folder.at('empty'), 64)).toHaveLength(0)
    expect(refusal(() => readSmallFile(folder.at('over'), 64))).toMatchObject({
      code: 'USAGE',
      facts: { maxBytes: 64 },
    })
    expect(refusal(() => readSmallFile(folder.path, 64)).code).toBe('USAGE')
    expect(refusal(() => readSmallFile(folder.at('nope'), 64)).code).toBe('NOT_FOUND')
  })

  it('that is private is made 0600 under any mask, and never onto another', async () => {
    using folder = new TestFolder({ mine: 'mine' })
    for (const mask of [0, 0o777, 0o022]) {
      const before = process.umask(mask)
      await createPrivateFile(folder.at(`under ${mask}`), Buffer.from('secret')).finally(() =>
        process.umask(before),
      )
      const { mode } = statSync(folder.at(`under ${mask}`))
      expect((mode & 0o077).toString(8)).toBe('0')
    }
    const refused = await refusalOf(createPrivateFile(folder.at('mine'), Buffer.from('other')))
    expect([refused.code, folder.read('mine').toString()]).toEqual(['DESTINATION_EXISTS', 'mine'])
    chmodSync(folder.at('mine'), 0o600)
    expect(folder.names()).toEqual(['mine', 'under 0', 'under 18', 'under 511'])
  })
})
