import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CODES } from '../../src/main/contract/codes.ts'
import { cli, codesOf, filesOf, startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import { foreignMessage, foreignRawAesEdk, type Pairs } from '../support/foreign-message.ts'

const key = randomBytes(32)

type Wrapping = { readonly namespace: string; readonly name: string; readonly key: Buffer }
const WRAPPING: Wrapping = { namespace: 'tests', name: 'k', key }
const optionsFor = ({ namespace, name }: Wrapping = WRAPPING, file = 'key') => [
  ...['--raw-aes-key-file', file],
  ...['--key-namespace', namespace, '--key-name', name],
]

/** A message as another program may write it. */
function message(
  more: Partial<Parameters<typeof foreignMessage>[1]> = {},
  wrapping: readonly Wrapping[] = [WRAPPING],
): Buffer {
  const edks = (dataKey: Buffer, context: Pairs) =>
    wrapping.map((one) => foreignRawAesEdk(one, dataKey, context))
  return foreignMessage(Buffer.from('contents'), { frameLength: 4096, edks, ...more }).bytes
}

describe('pairs that are required and not stored', () => {
  const notStored: Pairs = [
    ['who', 'me'],
    ['where', 'Zürich=here'],
  ]
  const sealed = message({ context: [['stored', 'yes']], notStored })

  it.each([
    ['both', ['who=me', 'where=Zürich=here'], 0, []],
    ['both, and one that is stored', ['where=Zürich=here', 'stored=yes', 'who=me'], 0, []],
    ['none', [], 3, ['KEY_REFUSED']],
    ['one of two', ['who=me'], 3, ['KEY_REFUSED']],
    ['another value', ['who=you', 'where=Zürich=here'], 3, ['KEY_REFUSED']],
    ['one too many', ['who=me', 'where=Zürich=here', 'more=x'], 3, ['KEY_REFUSED']],
    ['an empty value', ['who=', 'where=Zürich=here'], 3, ['KEY_REFUSED']],
    ['one that contradicts', ['who=me', 'where=Zürich=here', 'stored=no'], 3, ['CONTEXT_CONTRADICTED']],
  ] as const)('are given by --context: %s', async (_, pairs, code, codes) => {
    using folder = new TestFolder({ 'a.sealed': sealed, key })
    const given = pairs.flatMap((pair) => ['--context', pair])
    // Before the path: an option takes one word and leaves the path alone.
    const end = await cli(['unseal', ...given, 'a.sealed', ...optionsFor()], { cwd: folder.path })
    expect([end.code, codesOf(end), folder.has('a')]).toEqual([code, codes, code === 0])
  })

  it('and are missing are named among the reasons', async () => {
    using folder = new TestFolder({ 'a.sealed': sealed, key })
    const { code, err } = await startCli(['unseal', 'a.sealed', ...optionsFor()], { cwd: folder.path }).ended
    expect(code).toBe(3)
    expect(err).toContain('pairs for --context are missing')
    expect(err).toContain('[KEY_REFUSED]')
  })
})

describe('a raw key', () => {
  it.each([16, 24, 32])('of %i bytes opens what is sealed under it', async (length) => {
    const short = { namespace: 'tests', name: 'short', key: randomBytes(length) }
    using folder = new TestFolder({ 'a.sealed': message({}, [short]), key: short.key })
    const end = await cli(['unseal', 'a.sealed', ...optionsFor(short)], { cwd: folder.path })
    expect([end.code, folder.read('a').toString()]).toEqual([0, 'contents'])
  })

  it('is found among the keys of many recipients, whatever stands before it', async () => {
    const others = ['one', 'two', 'k'].map((name) => ({ namespace: 'tests', name, key: randomBytes(32) }))
    using folder = new TestFolder({ 'a.sealed': message({}, [...others, WRAPPING]), key })
    const end = await cli(['unseal', 'a.sealed', ...optionsFor()], { cwd: folder.path })
    expect([end.code, folder.read('a').toString()]).toEqual([0, 'contents'])
  })

  it('of another name is refused with the name that the file wants, fit for a screen', async () => {
    const hostile = { namespace: 'evil\u001b[2J\u202e', name: 'x\nfake line', key }
    using folder = new TestFolder({ 'a.sealed': message({}, [hostile]), key })
    const args = ['unseal', 'a.sealed', ...optionsFor()]
    const { code, err } = await startCli(args, { cwd: folder.path }).ended
    expect(code).toBe(3)
    const [first, next] = err.split('\n')
    expect(first).toBe(
      `failed ${folder.at('a.sealed')}: This file is locked by the raw AES key “x\\u{a}fake line” of “evil\\u{1b}[2J\\u{202e}”. [KEY_MISMATCH]`,
    )
    expect(next).toBe(`  ${CODES.KEY_MISMATCH.next}`)
    // A program gets the name as it is.
    const [failed] = filesOf(await cli(args, { cwd: folder.path }), 'failed')
    expect(failed?.facts).toEqual({ namespace: hostile.namespace, name: hostile.name })
  })
})

describe('a job with failures ends', () => {
  const good = message()
  const flipped = Buffer.from(good)
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  const version1 = Buffer.from(good)
  version1[0] = 1
  const files = {
    good,
    tampered: flipped,
    cut: good.subarray(0, -1),
    unsupported: version1,
    'other key': message({}, [{ ...WRAPPING, name: 'other' }]),
    'wrong key': message({}, [{ ...WRAPPING, key: randomBytes(32) }]),
  }
  type Name = keyof typeof files

  it.each([
    [['good'], 0],
    [['unsupported'], 11],
    [['unsupported', 'good'], 11],
    [['other key', 'wrong key'], 3],
    [['tampered', 'cut'], 4],
    [['tampered', 'unsupported', 'other key', 'good'], 4],
    [['unsupported', 'other key'], 1],
    [['..', 'other key', 'unsupported'], 10],
    [['..', 'cut', 'other key', 'unsupported'], 4],
  ] satisfies [(Name | '..')[], number][])('of %j with %i', async (names, code) => {
    using folder = new TestFolder({ key })
    for (const name of names) folder.write(`in/${name}.sealed`, files[name === '..' ? 'good' : name])
    const end = await cli(['unseal', 'in', '--to', 'out', ...optionsFor()], { cwd: folder.path })
    expect(end.code).toBe(code)
    // What is sound is there, what is not is not.
    expect(folder.names('out/in')).toEqual(names.filter((name) => name === 'good'))
    expect(end.lines.at(-1)?.failed).toHaveLength(names.filter((name) => name !== 'good').length)
  })
})

describe('`unseal` says', () => {
  it('where the one file went, or how many', async () => {
    using folder = new TestFolder({
      'in/a.sealed': message(),
      'in/b.sealed': message(),
      'in/c.txt': 'c',
      key,
    })
    const one = await startCli(['unseal', folder.at('in/a.sealed'), ...optionsFor()], { cwd: folder.path })
      .ended
    expect([one.code, one.out]).toEqual([0, `${folder.at('in/a')}\n`])
    expect(one.err).toMatch(/^Opened 1 file, 8 B, in \d+\.\d s\.\n$/)
    const all = await startCli(['unseal', 'in', ...optionsFor()], { cwd: folder.path }).ended
    expect([all.code, all.out]).toEqual([0, `${folder.at('in/b')}\n`])
    // `a` was opened before, and is no sealed file itself.
    expect(all.err.split('\n').slice(1)).toEqual([
      '2 files skipped: not a .sealed file.',
      '1 file skipped: done before: same size and time.',
      '',
    ])
  })

  it('that a file of another ending would be its own target, and leaves it', async () => {
    using folder = new TestFolder({ 'message.esdk': message(), key })
    const before = folder.read('message.esdk')
    const end = await cli(['unseal', 'message.esdk', ...optionsFor()], { cwd: folder.path })
    expect([end.code, codesOf(end)]).toEqual([8, ['DESTINATION_EXISTS']])
    expect(folder.read('message.esdk').equals(before)).toBe(true)
  })

  it('that it lacks a key when there is none and nobody to ask', async () => {
    using folder = new TestFolder({ 'a.sealed': message() })
    const { code, err } = await startCli(['unseal', folder.at('a.sealed')]).ended
    expect(code).toBe(3)
    expect(err).toBe(
      `strongroom: No key was given to open with. [KEY_NOT_GIVEN]\n  ${CODES.KEY_NOT_GIVEN.next}\n`,
    )
  })
})

it('--passphrase-stdin waits for the one who writes slowly, and takes the first line alone', async () => {
  using folder = new TestFolder({ a: 'hello' })
  const words = ['seven wild horses ', 'of Tübingen 1782', '\r\nsecond line']
  const script = `${words.map((word) => `printf '%s' '${word}'; sleep 0.3`).join('; ')}`
  const under = ['/bin/sh', '-c', `(${script}) | exec "$@"`, 'sh']
  const sealed = await cli(['seal', folder.at('a'), '--passphrase-stdin'], { under })
  expect(sealed.code).toBe(0)
  folder.write('pw', 'seven wild horses of Tübingen 1782')
  const opened = await cli([
    'unseal',
    folder.at('a.sealed'),
    '--to',
    folder.at('back'),
    '--passphrase-file',
    folder.at('pw'),
  ])
  expect([opened.code, folder.read('back/a').toString()]).toEqual([0, 'hello'])
})
