import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/main/cli/exit-code.ts'
import { CODES, type ErrorCode } from '../../src/main/contract/codes.ts'
import { cli, codesOf, filesOf, RawKey, startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

/** A file sealed under a raw key. */
async function sealedFile(content: string | Uint8Array = 'hello') {
  const folder = new TestFolder({ 'a.txt': content })
  const key = new RawKey(folder.path)
  expect((await cli(['seal', folder.at('a.txt'), '--to', folder.at('out'), ...key.options])).code).toBe(0)
  return {
    folder,
    key,
    sealed: folder.at('out/a.txt.sealed'),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

describe('words that don’t fit are refused with 2 and change nothing', () => {
  it.each([
    [['seal']],
    [['frobnicate']],
    [['seal', 'x', '--no-such-option']],
    [['seal', 'a.txt', '--passphrase-file', 'pw', '--passphrase-stdin']],
    [['seal', 'a.txt', '--raw-aes-key-file', 'key32']],
    [['seal', 'a.txt', '--passphrase-file', 'pw', '--key-name', 'k']],
    [['seal', 'a.txt', '--passphrase-file', 'pw', '--overwrite', '--keep-both']],
    [['seal', 'a.txt', '--raw-aes-key-file', 'key32', '--key-namespace', 'aws-kms', '--key-name', 'k']],
    [['seal', 'a.txt', '--raw-aes-key-file', 'key32', '--key-namespace', 'strongroom', '--key-name', 'k']],
    [['seal', 'a.txt', '--raw-aes-key-file', 'key31', '--key-namespace', 'n', '--key-name', 'k']],
    [['seal', 'a.txt', '--passphrase-file', 'empty']],
    [['seal', 'a.txt', '--passphrase-file', 'binary']],
    [['seal', 'a.txt', '--passphrase-file', 'weak']],
    [
      [
        'unseal',
        'a.txt',
        '--raw-aes-key-file',
        'key32',
        '--key-namespace',
        'n',
        '--key-name',
        'k',
        '--context',
        'x',
      ],
    ],
    [['seal', 'd1/same', 'd2/same', '--to', 'out', '--passphrase-file', 'pw']],
    [['seal', 'd1', '--to', 'd1', '--raw-aes-key-file', 'key32', '--key-namespace', 'n', '--key-name', 'k']],
  ])('%j', async (args) => {
    using folder = new TestFolder({
      'a.txt': 'a',
      pw: 'seven wild horses of Tübingen 1782\n',
      weak: 'password1\n',
      empty: '\n',
      binary: Buffer.from([0xff, 0xfe, 0x0a]),
      key32: randomBytes(32),
      key31: randomBytes(31),
      'd1/same': '1',
      'd2/same': '2',
    })
    const before = folder.names()
    const end = await cli(args, { cwd: folder.path })
    expect(end.code).toBe(2)
    expect(end.lines.at(-1)).toMatchObject({
      type: 'error',
      next: expect.any(String),
      message: expect.any(String),
    })
    expect(folder.names()).toEqual(before)
  })
})

it('without --json an error says what happened, its code and what to do next', async () => {
  using folder = new TestFolder()
  const end = await startCli(['inspect', folder.at('nope.sealed')]).ended
  expect(end.code).toBe(7)
  expect(end.out).toBe('')
  expect(end.err).toBe(
    `strongroom: Can’t read ${folder.at('nope.sealed')}: it does not exist. [NOT_FOUND]\n  ${CODES.NOT_FOUND.next}\n`,
  )
})

it('no key and nobody to ask: 3, nothing made', async () => {
  using folder = new TestFolder({ 'a.txt': 'a' })
  const end = await cli(['seal', folder.at('a.txt')])
  expect([end.code, codesOf(end)]).toEqual([3, ['KEY_NOT_GIVEN']])
  expect(folder.names()).toEqual(['a.txt'])
})

describe('a sealed file that does not open leaves nothing behind', () => {
  const damages: readonly [string, (bytes: Buffer) => Buffer, ErrorCode][] = [
    ['a flipped bit in the last tag', (bytes) => flip(bytes, bytes.length - 1), 'MESSAGE_TAMPERED'],
    [
      'a flipped bit in the header tag',
      (bytes) => flip(bytes, bytes.length - 16 - 36 - 5 - 1),
      'MESSAGE_TAMPERED',
    ],
    ['its end cut off', (bytes) => bytes.subarray(0, -1), 'MESSAGE_TRUNCATED'],
    ['everything but its head cut off', (bytes) => bytes.subarray(0, 20), 'MESSAGE_TRUNCATED'],
    ['a byte added', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), 'MESSAGE_TAMPERED'],
    ['nothing left of it', () => Buffer.alloc(0), 'MESSAGE_TRUNCATED'],
    ['other contents', () => Buffer.from('just a text'), 'MESSAGE_MALFORMED'],
    ['version 1', (bytes) => Buffer.concat([Buffer.from([1]), bytes.subarray(1)]), 'MESSAGE_UNSUPPORTED'],
    [
      'a suite without commitment',
      (bytes) => Buffer.concat([Buffer.from([2, 1, 0x78]), bytes.subarray(3)]),
      'MESSAGE_UNSUPPORTED',
    ],
  ]
  it.each(damages)('%s', async (_, damage, code) => {
    using it = await sealedFile()
    it.folder.write('bad/a.txt.sealed', damage(it.folder.read('out/a.txt.sealed')))
    const end = await cli(['unseal', it.folder.at('bad/a.txt.sealed'), ...it.key.options])
    expect([end.code, codesOf(end)]).toEqual([CODES[code].exit, [code]])
    expect(it.folder.names('bad')).toEqual(['a.txt.sealed'])
  })

  it('another key of the same name, another name, another kind of key', async () => {
    using it = await sealedFile()
    const other = new RawKey(it.folder.path, 'other.key')
    const wrong = await cli(['unseal', it.sealed, ...other.options])
    expect([wrong.code, codesOf(wrong)]).toEqual([3, ['KEY_REFUSED']])
    const named = it.key.options.map((word) => (word === RawKey.keyName ? 'another' : word))
    const misnamed = await cli(['unseal', it.sealed, ...named])
    expect([misnamed.code, codesOf(misnamed)]).toEqual([3, ['KEY_MISMATCH']])
    expect(filesOf(misnamed, 'failed')[0]?.message).toContain(RawKey.keyName)
    it.folder.write('pw', 'seven wild horses')
    const passphrase = await cli(['unseal', it.sealed, '--passphrase-file', it.folder.at('pw')])
    expect([passphrase.code, codesOf(passphrase)]).toEqual([3, ['KEY_MISMATCH']])
    expect(it.folder.names('out')).toEqual(['a.txt.sealed'])
  })

  it('one bad file of three never stops the others, and the exit code is its', async () => {
    using it = await sealedFile()
    for (const name of ['b', 'c']) it.folder.write(`out/${name}.sealed`, it.folder.read('out/a.txt.sealed'))
    const bytes = it.folder.read('out/b.sealed')
    it.folder.write('out/b.sealed', flip(bytes, bytes.length - 1))
    const end = await cli(['unseal', it.folder.at('out'), '--to', it.folder.at('back'), ...it.key.options])
    expect(filesOf(end, 'done')).toHaveLength(2)
    expect(filesOf(end, 'failed')).toHaveLength(1)
    expect(end.code).toBe(4)
    expect(it.folder.names('back/out')).toEqual(['a.txt', 'c'])
    expect(end.lines.at(-1)).toMatchObject({
      type: 'result',
      files: 2,
      failed: [{ code: expect.any(String) }],
    })
  })
})

describe('a destination that exists', () => {
  it('is left alone with 8, replaced when asked, or joined by a numbered one', async () => {
    using it = await sealedFile('one')
    it.folder.write('back/a.txt', 'mine')
    const to = ['--to', it.folder.at('back'), ...it.key.options]
    const refused = await cli(['unseal', it.sealed, ...to])
    expect([refused.code, codesOf(refused)]).toEqual([8, ['DESTINATION_EXISTS']])
    expect(it.folder.read('back/a.txt').toString()).toBe('mine')
    expect((await cli(['unseal', it.sealed, '--keep-both', ...to])).code).toBe(0)
    expect((await cli(['unseal', it.sealed, '--keep-both', ...to])).code).toBe(0)
    expect(it.folder.names('back')).toEqual(['a (2).txt', 'a (3).txt', 'a.txt'])
    expect((await cli(['unseal', it.sealed, '--overwrite', ...to])).code).toBe(0)
    expect(it.folder.read('back/a.txt').toString()).toBe('one')
  })

  it('is never a folder, nor what a link points to', async () => {
    using it = await sealedFile('one')
    it.folder.write('victim', 'untouched')
    mkdirSync(it.folder.at('back/a.txt'), { recursive: true })
    const folder = await cli([
      'unseal',
      it.sealed,
      '--overwrite',
      '--to',
      it.folder.at('back'),
      ...it.key.options,
    ])
    expect(folder.code).toBe(8)
    mkdirSync(it.folder.at('linked'))
    symlinkSync(it.folder.at('victim'), it.folder.at('linked/a.txt'))
    const linked = await cli([
      'unseal',
      it.sealed,
      '--overwrite',
      '--to',
      it.folder.at('linked'),
      ...it.key.options,
    ])
    expect(linked.code).toBe(0)
    expect(it.folder.read('victim').toString()).toBe('untouched')
    expect(it.folder.read('linked/a.txt').toString()).toBe('one')
  })

  it('inside what is sealed is not sealed itself', async () => {
    using folder = new TestFolder({ 'tree/a': 'a', 'tree/sub/b': 'b' })
    const key = new RawKey(folder.path)
    const end = await cli(['seal', folder.at('tree'), '--to', folder.at('tree/out'), ...key.options])
    expect(end.code).toBe(0)
    expect(folder.names('tree/out')).toEqual(['tree', 'tree/a.sealed', 'tree/sub', 'tree/sub/b.sealed'])
  })
})

it('what is no regular file is passed over, each with a line of its code', async () => {
  using folder = new TestFolder({ 'tree/a': 'a' })
  symlinkSync('a', folder.at('tree/link'))
  const key = new RawKey(folder.path)
  const end = await cli(['seal', folder.at('tree'), '--to', folder.at('out'), ...key.options])
  expect(end.code).toBe(0)
  expect(filesOf(end, 'skipped')).toMatchObject([{ code: 'SYMLINK', path: folder.at('tree/link') }])
})

it('a sealed file has its source’s mode, without setuid', async () => {
  using folder = new TestFolder({ a: 'a' })
  chmodSync(folder.at('a'), 0o4750)
  const key = new RawKey(folder.path)
  expect((await cli(['seal', folder.at('a'), ...key.options])).code).toBe(0)
  expect(statSync(folder.at('a.sealed')).mode & 0o7777).toBe(0o750)
})

it('a name that would lead elsewhere is refused', async () => {
  using it = await sealedFile()
  it.folder.write('bad/...sealed', it.folder.read('out/a.txt.sealed'))
  const end = await cli(['unseal', it.folder.at('bad'), '--to', it.folder.at('back'), ...it.key.options])
  expect([end.code, codesOf(end)]).toEqual([10, ['NAME_REFUSED']])
  expect(it.folder.names('back')).toEqual(['bad'])
})

it('names from elsewhere can’t write on the screen', async () => {
  using folder = new TestFolder({ 'tree/evil\u001b[31m\u202egnp.exe': 'x' })
  symlinkSync('x', folder.at('tree/link\n\u001b[2J'))
  const key = new RawKey(folder.path)
  const end = await startCli(['seal', '-v', folder.at('tree'), ...key.options]).ended
  expect(end.err).toContain('\\u{202e}')
  for (const hidden of ['\u001b', '\u202e']) expect(end.err).not.toContain(hidden)
})

describe('the exit code of a job', () => {
  const failed = (...codes: ErrorCode[]) => codes.map((code) => ({ path: '', code, message: '' }))
  it.each([
    [[], 0],
    [['NOT_FOUND'], 7],
    [['NOT_FOUND', 'NOT_FOUND'], 7],
    [['PASSPHRASE_WRONG', 'MESSAGE_TAMPERED', 'NO_SPACE'], 4],
    [['PASSPHRASE_WRONG', 'NO_SPACE'], 10],
    [['PASSPHRASE_WRONG', 'NOT_FOUND'], 1],
    [['WORKER_CRASHED'], 1],
  ] satisfies [ErrorCode[], number][])('%j → %i', (codes, exit) => {
    expect(exitCodeOf({ failed: failed(...codes), stopped: false })).toBe(exit)
  })

  it('is 130 for one that was interrupted, whatever failed', () => {
    expect(exitCodeOf({ failed: failed('MESSAGE_TAMPERED'), stopped: true })).toBe(130)
  })
})

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
