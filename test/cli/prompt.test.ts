import { truncateSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BUNDLE, cli, codesOf, NODE, RawKey, startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import { onTerminal } from '../support/run-cli-terminal.ts'

const FIRST = 'Passphrase: '
const SECOND = 'The same again: '
const WORDS = 'seven wild hörses 1782'
const ENTER = '\r'
const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_U = '\x15'
const BACKSPACE = '\x7f'

describe('a passphrase typed at a terminal', () => {
  it('is asked twice to seal, once to open, and never shown', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello', pw: `${WORDS.normalize('NFD')}\n` })
    // A backspace takes a whole character, whatever its bytes, and Ctrl-U all of the line.
    const sealed = await onTerminal(
      ['seal', folder.at('a.txt')],
      [
        { expect: FIRST, send: `seven wild hörsesé🔑${BACKSPACE}${BACKSPACE} 1782${ENTER}` },
        { expect: SECOND, send: `nonsense${CTRL_U}${BACKSPACE}${WORDS}${ENTER}` },
      ],
    )
    expect([sealed.code, sealed.echoAtSteps, sealed.echoAtEnd]).toEqual([0, [false, false], true])
    const opened = await onTerminal(
      ['unseal', folder.at('a.txt.sealed'), '--to', folder.at('back')],
      [{ expect: FIRST, send: WORDS + ENTER }],
    )
    expect([opened.code, opened.echoAtEnd, opened.screen.includes(SECOND)]).toEqual([0, true, false])
    expect(folder.read('back/a.txt').toString()).toBe('hello')
    for (const { screen } of [sealed, opened]) {
      for (const part of ['seven', 'wild', '1782', 'nonsense']) expect(screen).not.toContain(part)
    }
    // The same words in a file, in another Unicode form, are the same passphrase.
    const byFile = [
      'unseal',
      folder.at('a.txt.sealed'),
      '--to',
      folder.at('again'),
      '--passphrase-file',
      folder.at('pw'),
    ]
    expect((await cli(byFile)).code).toBe(0)
  })

  it('may be typed ahead, both times at once', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const { code } = await onTerminal(
      ['seal', folder.at('a.txt')],
      [{ expect: FIRST, send: WORDS + ENTER + WORDS + ENTER }],
    )
    expect([code, folder.names()]).toEqual([0, ['a.txt', 'a.txt.sealed']])
  })

  it.each([
    [
      'two different ones',
      [
        { expect: FIRST, send: `${WORDS}${ENTER}` },
        { expect: SECOND, send: `${WORDS}!${ENTER}` },
      ],
      2,
      'differ',
    ],
    ['an empty one', [{ expect: FIRST, send: ENTER }], 2, 'PASSPHRASE_EMPTY'],
    ['the end of input', [{ expect: FIRST, send: CTRL_D }], 2, 'PASSPHRASE_EMPTY'],
    ['one that was wiped', [{ expect: FIRST, send: `abc${CTRL_U}${ENTER}` }], 2, 'PASSPHRASE_EMPTY'],
    [
      'more backspaces than characters',
      [{ expect: FIRST, send: `ab${BACKSPACE.repeat(9)}${ENTER}` }],
      2,
      'PASSPHRASE_EMPTY',
    ],
    ['bytes that are no UTF-8', [{ expect: FIRST, send: `abc\udcff${ENTER}` }], 2, 'UTF-8'],
    [
      'a weak one',
      [
        { expect: FIRST, send: `password1${ENTER}` },
        { expect: SECOND, send: `password1${ENTER}` },
      ],
      2,
      'PASSPHRASE_WEAK',
    ],
    ['Ctrl-C', [{ expect: FIRST, send: `abc${CTRL_C}` }], 130, 'INTERRUPTED'],
    [
      'Ctrl-C the second time',
      [
        { expect: FIRST, send: WORDS + ENTER },
        { expect: SECOND, send: CTRL_C },
      ],
      130,
      'INTERRUPTED',
    ],
  ] as const)('ends with nothing made, and the terminal as it was: %s', async (_, steps, code, said) => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const end = await onTerminal(['seal', folder.at('a.txt')], steps)
    expect([end.code, end.echoAtEnd, folder.names()]).toEqual([code, true, ['a.txt']])
    expect(end.screen).toContain(said)
    expect(end.screen).not.toContain('wild')
  })

  it('is refused when it is longer than is kept, rather than cut', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    // In parts: a terminal takes 4,095 bytes at a time.
    const parts = Array.from({ length: 5 }, (_, i) => ({
      expect: i === 0 ? FIRST : '',
      send: 'x'.repeat(1_000),
    }))
    const end = await onTerminal(['seal', folder.at('a.txt')], [...parts, { expect: '', send: ENTER }])
    expect([end.code, folder.names()]).toEqual([2, ['a.txt']])
    expect(end.screen).toContain('at most 4096 bytes')
  })
})

describe('while a passphrase is waited for', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends the program at once', async (signal) => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const end = await onTerminal(['seal', folder.at('a.txt')], [{ expect: FIRST, signal }])
    expect([end.code, end.signal, folder.names()]).toEqual([null, signal, ['a.txt']])
    // SIGHUP says that there is no terminal left to be put right.
    if (signal !== 'SIGHUP') expect(end.echoAtEnd).toBe(true)
  })

  it('a terminal that is closed ends the program, and not as if all were done', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const shell = ['/bin/sh', '-c', 'trap "" HUP; "$@"; echo $? > code', 'sh', NODE, BUNDLE]
    const program = { program: shell, cwd: folder.path }
    await onTerminal(['seal', 'a.txt'], [{ expect: FIRST, hangUp: true }], program)
    expect([folder.read('code').toString(), folder.names()]).toEqual(['130\n', ['a.txt', 'code']])
    const plain = await onTerminal(['seal', folder.at('a.txt')], [{ expect: FIRST, hangUp: true }])
    expect(plain.signal).toBe('SIGHUP')
  })

  it('Ctrl-C ends the program also where it reads standard input', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const args = ['seal', folder.at('a.txt'), '--passphrase-stdin']
    const end = await onTerminal(args, [
      { expect: '', send: `abc${ENTER}` },
      { expect: 'abc', send: CTRL_C },
    ])
    expect([end.signal, folder.names()]).toEqual(['SIGINT', ['a.txt']])
  })
})

describe('nobody is asked', () => {
  it('where standard input or standard error is no terminal', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    for (const redirection of ['< /dev/null', '2> err']) {
      const shell = ['/bin/sh', '-c', `exec "$@" ${redirection}`, 'sh', NODE, BUNDLE]
      const end = await onTerminal(['seal', 'a.txt', '--json'], [], { program: shell, cwd: folder.path })
      expect([end.code, end.screen.includes(FIRST)]).toEqual([3, false])
      expect(end.screen).toContain('"KEY_NOT_GIVEN"')
    }
  })

  it('where a key is given, or the words are wrong', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const key = new RawKey(folder.path)
    const given = await onTerminal(['seal', folder.at('a.txt'), ...key.options], [])
    expect([given.code, given.screen.includes(FIRST)]).toEqual([0, false])
    const wrong = await onTerminal(['seal', folder.at('a.txt'), '--overwrite', '--keep-both'], [])
    expect([wrong.code, wrong.screen.includes(FIRST)]).toEqual([2, false])
  })
})

describe('the progress bar', () => {
  const BAR = /[▓░]{24} \d+ %/

  /** A file that takes long enough to be seen under way, a hole on the disk. */
  function big() {
    const folder = new TestFolder({ 't/big': '', 't/small': 's', 't/link.sealed': 'x' })
    truncateSync(folder.at('t/big'), 300_000_000)
    return { folder, key: new RawKey(folder.path), [Symbol.dispose]: () => folder[Symbol.dispose]() }
  }

  it('is drawn on a terminal, then wiped; what failed stands above it', async () => {
    using it = big()
    const args = [
      'seal',
      it.folder.at('t'),
      it.folder.at('nope'),
      '--to',
      it.folder.at('out'),
      ...it.key.options,
    ]
    const { code, screen } = await onTerminal(args, [])
    expect(code).toBe(7)
    expect(screen).toMatch(BAR)
    expect(screen).toMatch(/of 300 MB/)
    // The cursor is hidden while it is drawn, and shown again.
    expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'))
    const end = screen.slice(screen.lastIndexOf('\u001b[2K'))
    expect(end).not.toMatch(BAR)
    expect(end).toMatch(/Sealed 2 files, 300 MB, in/)
    expect(screen).toContain(`\r\u001b[Kfailed Can’t read ${it.folder.at('nope')}`)
  })

  it('is not drawn for a program or into a file', async () => {
    using it = big()
    const { folder, key } = it
    const json = await onTerminal(['seal', 't', '--to', 'json', '--json', ...key.options], [], {
      cwd: folder.path,
    })
    expect(json.code).toBe(0)
    expect(json.screen).not.toMatch(BAR)
    for (const line of json.screen.trim().split('\r\n')) expect(JSON.parse(line)).toHaveProperty('type')
    const shell = ['/bin/sh', '-c', 'exec "$@" 2> err', 'sh', NODE, BUNDLE]
    const args = ['seal', 't/small', '--to', 'file', ...key.options]
    await onTerminal(args, [], { program: shell, cwd: folder.path })
    expect(folder.read('err').toString()).toMatch(/^Sealed 1 file, 1 B, in/)
    const piped = await startCli(['seal', folder.at('t/small'), '--to', folder.at('pipe'), ...key.options])
      .ended
    expect([piped.code, BAR.test(piped.err + piped.out)]).toEqual([0, false])
  })
})

it('what is asked for by its words alone is said to a program, too', async () => {
  using folder = new TestFolder({ 'a.txt': 'hello' })
  const end = await cli(['unseal', folder.at('a.txt')])
  expect([end.code, codesOf(end), end.err]).toEqual([3, ['KEY_NOT_GIVEN'], ''])
})
