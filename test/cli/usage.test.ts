import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CODES } from '../../src/main/contract/codes.ts'
import { cli, codesOf, startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const COMMANDS = ['seal', 'unseal', 'inspect', 'demo']
const KEY = ['--raw-aes-key-file', 'key32', '--key-namespace', 'n', '--key-name', 'k']
const root = join(import.meta.dirname, '../..')

describe('help', () => {
  it.each([[['--help']], [['-h']], [[]]])(
    'is given for %j, with every command, and is no error',
    async (args) => {
      const { code, out, err } = await startCli(args).ended
      expect([code, err]).toEqual([0, ''])
      for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'))
    },
  )

  it.each(COMMANDS)('of %s names every argument and option that docs/cli.md has', async (command) => {
    const { code, out, err } = await startCli([command, '--help']).ended
    expect([code, err]).toEqual([0, ''])
    const docs = readFileSync(join(root, 'docs/cli.md'), 'utf8')
    const section = docs.slice(docs.indexOf(`## ${command}\n`)).split('\n## ')[0] ?? ''
    const options = [...section.matchAll(/^\| `(-[^`]*)`/gm)].map(([, flags]) => flags ?? '')
    expect(options.length).toBeGreaterThan(0)
    for (const flags of options) expect(out).toContain(flags)
  })

  it('knows its version', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    for (const flag of ['--version', '-V']) expect((await startCli([flag]).ended).out).toBe(`${version}\n`)
  })
})

describe('words that don’t fit', () => {
  let folder: TestFolder
  beforeAll(() => {
    folder = new TestFolder({
      'a.txt': 'a',
      'a.sealed': 'no message',
      pw: 'seven wild horses of Tübingen 1782\n',
      key32: Buffer.alloc(32, 7),
      key33: Buffer.alloc(33),
      'long passphrase': 'x'.repeat(65_537),
      'long key': Buffer.alloc(4097),
    })
    folder.write('folder/x', '')
  })
  afterAll(() => folder[Symbol.dispose]())

  it.each([
    [['seal'], "Missing required argument 'path'."],
    [['inspect', 'a.sealed', 'pw'], 'Too many arguments for'],
    [['frobnicate'], "Unknown command 'frobnicate'."],
    [['saal'], "Unknown command 'saal'."],
    [['seal', 'help', '--what'], "Unknown option '--what'."],
    [['seal', 'a.txt', '--no-such'], "Unknown option '--no-such'."],
    [['seal', 'a.txt', '--passphrase', 'secret words'], "Unknown option '--passphrase'."],
    [['seal', 'a.txt', '--to'], "Option '--to <folder>' argument missing."],
    [
      ['seal', 'a.txt', '--overwrite', '--keep-both', ...KEY],
      '--overwrite and --keep-both exclude each other.',
    ],
    [['seal', 'a.txt', '--passphrase-file', 'pw', '--passphrase-stdin'], 'Give one key:'],
    [['seal', 'a.txt', '--passphrase-file', 'pw', ...KEY], 'Give one key:'],
    [['unseal', 'a.sealed', '--passphrase-stdin', ...KEY], 'Give one key:'],
    [['unseal', 'a.sealed', '--passphrase-stdin', '--passphrase-file', 'pw', ...KEY], 'Give one key:'],
    [
      ['seal', 'a.txt', '--raw-aes-key-file', 'key32', '--key-name', 'k'],
      'needs --key-namespace and --key-name',
    ],
    [['seal', 'a.txt', '--raw-aes-key-file', 'key32', '--key-namespace', 'n'], 'needs --key-namespace and'],
    [['seal', 'a.txt', '--passphrase-file', 'pw', '--key-namespace', 'n'], 'go with --raw-aes-key-file.'],
    [['seal', 'a.txt', '--key-name', 'k'], 'go with --raw-aes-key-file.'],
    [['unseal', 'a.sealed', '--context', 'novalue', ...KEY], '--context takes KEY=VALUE, not “novalue”.'],
    [['unseal', 'a.sealed', '--context', '=value', ...KEY], '--context takes KEY=VALUE, not “=value”.'],
    [['unseal', 'a.sealed', '--context', 'k=1', '--context', 'k=2', ...KEY], '--context gives “k” twice.'],
    [['seal', 'a.txt', '--passphrase-file', 'folder'], 'folder is a folder, where a file was expected.'],
    [['seal', 'a.txt', '--passphrase-file', 'long passphrase'], 'holds more than 65536 bytes.'],
    [
      ['seal', 'a.txt', '--raw-aes-key-file', 'long key', '--key-namespace', 'n', '--key-name', 'k'],
      'holds more than',
    ],
    [['inspect', 'folder'], 'folder is a folder; a sealed file was expected.'],
  ] as const)('%j are refused with 2: %s', async (args, message) => {
    const before = folder.names()
    const { code, out, err } = await startCli(args, { cwd: folder.path }).ended
    expect([code, out]).toEqual([2, ''])
    const [first = '', next, ...more] = err.split('\n')
    expect(first).toContain(message)
    expect(first).toMatch(/^strongroom: .* \[USAGE\]$/)
    expect([next, more]).toEqual([`  ${CODES.USAGE.next}`, ['']])
    expect(folder.names()).toEqual(before)
  })

  it('are one JSON object with --json, and nothing else', async () => {
    const { code, out, err } = await startCli(['seal', '--json', '--no-such'], { cwd: folder.path }).ended
    expect([code, err]).toEqual([2, ''])
    expect(out).toMatch(/^\{.*\}\n$/)
    expect(JSON.parse(out)).toEqual({
      type: 'error',
      code: 'USAGE',
      message: "Unknown option '--no-such'.",
      next: CODES.USAGE.next,
      facts: {},
    })
  })

  it('are an error of the file where that is at fault, with its facts', async () => {
    const wrong = ['--key-namespace', 'n', '--key-name', 'k']
    const size = await cli(['seal', 'a.txt', '--raw-aes-key-file', 'key33', ...wrong], { cwd: folder.path })
    expect(size.lines).toEqual([
      {
        type: 'error',
        code: 'KEY_FILE_INVALID',
        message: 'The key file holds 33 bytes.',
        next: CODES.KEY_FILE_INVALID.next,
        facts: { sizeBytes: 33 },
      },
    ])
    for (const option of ['--passphrase-file', '--raw-aes-key-file']) {
      const missing = await cli(
        ['unseal', 'a.sealed', option, 'nope', ...(option === '--raw-aes-key-file' ? wrong : [])],
        {
          cwd: folder.path,
        },
      )
      expect([missing.code, codesOf(missing)]).toEqual([7, ['NOT_FOUND']])
    }
  })

  it('a name of a key that nobody may seal with may still be opened with: others write such messages', async () => {
    const options = ['--raw-aes-key-file', 'key32', '--key-namespace', 'aws-kms', '--key-name', 'k']
    const opened = await cli(['unseal', 'a.sealed', ...options], { cwd: folder.path })
    expect([opened.code, codesOf(opened)]).toEqual([4, ['MESSAGE_MALFORMED']])
    const sealed = await cli(['seal', 'a.txt', ...options], { cwd: folder.path })
    expect([sealed.code, codesOf(sealed)]).toEqual([2, ['USAGE']])
  })

  it('a path that begins with a dash comes after --', async () => {
    folder.write('-rf', 'dash')
    const { code } = await startCli(['seal', '--to', 'out', ...KEY, '--', '-rf'], { cwd: folder.path }).ended
    expect([code, folder.names('out')]).toEqual([0, ['-rf.sealed']])
  })
})
