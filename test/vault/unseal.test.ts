import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isTemporaryName } from '../../src/main/files/index.ts'
import type { JobHandle } from '../../src/main/vault/index.ts'
import { TestFolder } from '../support/folder.ts'
import { foreignMessage, foreignRawAesEdk, type Pairs } from '../support/foreign-message.ts'
import { refusalOf } from '../support/refusal.ts'
import { outcomes, rawKey, seal, unseal } from '../support/run-cli-service.ts'
import { setMtime } from '../support/tree-make.ts'

const bytes = randomBytes(32)
const key = rawKey(bytes)
const BIG = 64 * 1024 * 1024

/** A message under this test's key, with any context, as another program may write it. */
function message(plain: string | Buffer, more: Partial<Parameters<typeof foreignMessage>[1]> = {}): Buffer {
  const wrapping = { namespace: 'tests', name: 'a key', key: bytes }
  const edks = (dataKey: Buffer, context: Pairs) => [foreignRawAesEdk(wrapping, dataKey, context)]
  return foreignMessage(Buffer.from(plain), { frameLength: 4096, edks, ...more }).bytes
}

const shortOf = (name: string, kept: string): string =>
  `${kept}~${createHash('sha256').update(name).digest('hex').slice(0, 16)}.sealed`

describe('the name that a file gets', () => {
  it.each([
    ['a.txt.sealed', 'a.txt'],
    ['A.SEALED', 'A'],
    ['.hidden.sealed', '.hidden'],
    ['a.sealed.sealed', 'a.sealed'],
    ['ünï.sealed', 'ünï'],
    [' .sealed', ' '],
    ['message.esdk', 'message.esdk'],
    ['no ending', 'no ending'],
  ])('is its sealed name without the ending: %s → %s', async (sealed, plain) => {
    using folder = new TestFolder({ [`in/${sealed}`]: message('x') })
    const ran = await unseal([folder.at(`in/${sealed}`)], key, { to: folder.at('out') })
    expect([ran.report.failed, folder.names('out')]).toEqual([[], [plain]])
  })

  it.each(['.sealed', '..sealed', '...sealed'])('is never none, or a folder: %s', async (sealed) => {
    using folder = new TestFolder({ [`in/${sealed}`]: message('x') })
    const ran = await unseal([folder.at(`in/${sealed}`)], key, { to: folder.at('out') })
    expect([ran.report.failed[0]?.code, folder.names('out')]).toEqual(['NAME_REFUSED', []])
  })

  it('is the whole one in the message, only while the sealed file still has the short one made of it', async () => {
    const whole = `${'whole '.repeat(41)}.txt`
    const short = shortOf(whole, whole.slice(0, 231))
    const sealed = message('x', { context: [['strongroom-name', whole]] })
    using folder = new TestFolder({ [`in/${short}`]: sealed, 'in/other.sealed': sealed })
    const ran = await unseal([folder.at('in')], key, { to: folder.at('out') })
    expect(ran.report.failed).toEqual([])
    expect(folder.names('out/in')).toEqual(['other', whole])
  })

  it.each([
    ['..', '..'],
    ['.', '.'],
  ])('in a message that means to lead elsewhere is refused: %j', async (stored, kept) => {
    const name = shortOf(stored, kept)
    using folder = new TestFolder({
      [`in/${name}`]: message('evil', { context: [['strongroom-name', stored]] }),
    })
    const before = folder.names()
    const ran = await unseal([folder.at(`in/${name}`)], key, { to: folder.at('out') })
    expect(ran.report.failed[0]?.code).toBe('NAME_REFUSED')
    expect(folder.names()).toEqual([...before, 'out'].sort())
  })

  it('in a message that is too long here is cut, and keeps its extension', async () => {
    const stored = `${'x'.repeat(400)}.txt`
    const name = shortOf(stored, 'x'.repeat(231))
    using folder = new TestFolder({
      [`in/${name}`]: message('x', { context: [['strongroom-name', stored]] }),
    })
    const ran = await unseal([folder.at(`in/${name}`)], key, { to: folder.at('out') })
    expect([ran.report.failed, folder.names('out')]).toEqual([[], [`${'x'.repeat(248)}….txt`]])
  })
})

describe('in a folder', () => {
  it('files that are not sealed are passed over, and temporary ones not even named', async () => {
    const temp = '.strongroom-00000000-1.0-0123456789abcdef.tmp'
    using folder = new TestFolder({
      'in/a.sealed': message('x'),
      'in/readme.txt': 'r',
      [`in/${temp}`]: 'half',
      'in/sub/.keep': '',
    })
    symlinkSync('a.sealed', folder.at('in/link.sealed'))
    mkdirSync(folder.at('in/folder.sealed'))
    const ran = await unseal([folder.at('in')], key, { to: folder.at('out') })
    expect(outcomes(ran, folder.path)).toEqual({
      'in/a.sealed': 'done',
      'in/link.sealed': 'SYMLINK',
      'in/readme.txt': 'NOT_SEALED',
      'in/sub/.keep': 'NOT_SEALED',
    })
    expect(folder.names('out')).toEqual(['in', 'in/a', 'in/folder.sealed', 'in/sub'])
  })

  it('nothing at all is no error', async () => {
    using folder = new TestFolder()
    mkdirSync(folder.at('empty'))
    const { report } = await unseal([folder.at('empty')], key, { to: folder.at('out') })
    expect(report).toMatchObject({ files: 0, folders: 1, failed: [], stopped: false })
  })

  it('its own destination is refused before anything is written', async () => {
    using folder = new TestFolder({ 'in/a.sealed': message('x'), 'b.sealed': message('y') })
    const before = folder.names()
    const paths = [folder.at('b.sealed'), folder.at('in')]
    expect((await refusalOf(unseal(paths, key, { to: folder.at('in') }))).code).toBe('USAGE')
    expect(folder.names()).toEqual(before)
  })
})

describe('a plain file that is there already', () => {
  /** What a first run left, then perhaps changed. */
  async function openedOnce(change: (folder: TestFolder) => void = () => {}) {
    const folder = new TestFolder({ 'in/a.txt.sealed': message('one'), 'in/b.sealed': message('b') })
    setMtime(folder.at('in/a.txt.sealed'), 1_000_000)
    await unseal([folder.at('in')], key, { to: folder.at('out') })
    change(folder)
    return folder
  }
  const outcome = async (folder: TestFolder, exists: 'refuse' | 'replace' | 'number') =>
    outcomes(await unseal([folder.at('in')], key, { to: folder.at('out'), exists }), folder.path)[
      'in/a.txt.sealed'
    ]

  it('was done before if it has the size and time that it would get', async () => {
    using folder = await openedOnce()
    expect(await outcome(folder, 'refuse')).toBe('DONE')
    expect(await outcome(folder, 'number')).toBe('DONE')
    const before = statSync(folder.at('out/in/a.txt')).ino
    expect(await outcome(folder, 'replace')).toBe('done')
    expect(statSync(folder.at('out/in/a.txt')).ino).not.toBe(before)
  })

  it.each([
    ['of another time', (folder: TestFolder) => setMtime(folder.at('out/in/a.txt'), 1_000_001)],
    [
      'of another size',
      (folder: TestFolder) => {
        folder.write('out/in/a.txt', 'mine!')
        setMtime(folder.at('out/in/a.txt'), 1_000_000)
      },
    ],
  ])('is somebody’s own %s: left alone, joined or replaced as told', async (_, change) => {
    using folder = await openedOnce(change)
    const mine = folder.read('out/in/a.txt').toString()
    expect(await outcome(folder, 'refuse')).toBe('DESTINATION_EXISTS')
    expect(folder.read('out/in/a.txt').toString()).toBe(mine)
    expect(await outcome(folder, 'number')).toBe('done')
    expect([folder.read('out/in/a.txt').toString(), folder.read('out/in/a (2).txt').toString()]).toEqual([
      mine,
      'one',
    ])
    expect(await outcome(folder, 'number')).toBe('DONE')
    expect(await outcome(folder, 'replace')).toBe('done')
    expect(folder.read('out/in/a.txt').toString()).toBe('one')
  })

  it('is never taken for done when it was asked for by name', async () => {
    using folder = await openedOnce()
    const one = [folder.at('in/a.txt.sealed')]
    const { report } = await unseal(one, key, { to: folder.at('out/in') })
    expect(report.failed[0]?.code).toBe('DESTINATION_EXISTS')
  })

  it('is never taken for done by a signed message, whose size says less', async () => {
    using folder = new TestFolder({
      'in/a.sealed': message('one', { signed: true }),
      'in/b.sealed': message('b'),
    })
    const again = () => unseal([folder.at('in')], key, { to: folder.at('out') })
    expect(outcomes(await again(), folder.path)['in/a.sealed']).toBe('done')
    expect(outcomes(await again(), folder.path)).toEqual({
      'in/a.sealed': 'DESTINATION_EXISTS',
      'in/b.sealed': 'DONE',
    })
  })
})

describe('what is opened', () => {
  it('has the sealed file’s time and mode, without setuid', async () => {
    using folder = new TestFolder({ 'a.sealed': message('x') })
    chmodSync(folder.at('a.sealed'), 0o4640)
    setMtime(folder.at('a.sealed'), -12_345_678)
    await unseal([folder.at('a.sealed')], key)
    const { mode, mtimeMs } = statSync(folder.at('a'))
    expect([mode & 0o7777, Math.floor(mtimeMs)]).toEqual([0o640, -12_345_678])
  })

  it.each([
    ['unframed', { frameLength: 0 }],
    ['signed', { signed: true }],
    ['signed and unframed', { signed: true, frameLength: 0 }],
    ['ended by an empty frame', { emptyFinal: true, frameLength: 5 }],
  ])('may be %s, as other SDKs write it', async (_, more) => {
    const plain = randomBytes(10_000)
    using folder = new TestFolder({ 'a.sealed': message(plain, more) })
    const { report } = await unseal([folder.at('a.sealed')], key)
    expect([report.failed, folder.read('a').equals(plain)]).toEqual([[], true])
  })

  it.each([
    ['its last byte', -1],
    ['a byte of its body', -2_000],
    ['a byte of its signature', -20],
  ])('has no name if %s was changed, however much of it was sound', async (_, at) => {
    const sealed = message(randomBytes(3_000_000), { signed: true })
    const changed = Buffer.from(sealed)
    const index = changed.length + at
    changed[index] = (changed[index] ?? 0) ^ 1
    using folder = new TestFolder({ 'in/a.sealed': changed })
    const { report } = await unseal([folder.at('in')], key, { to: folder.at('out') })
    expect(report.failed.map(({ code }) => code)).toEqual([expect.stringMatching(/^MESSAGE_/)])
    expect(folder.names('out')).toEqual(['in'])
  })
})

it('a job that is stopped in a large file leaves nothing of it, and the same again opens all', async () => {
  using folder = new TestFolder({ 't/big': randomBytes(BIG), 't/small': 's' })
  await seal([folder.at('t')], key, { to: folder.at('sealed') })
  const stop = new AbortController()
  let handle: JobHandle | undefined
  const onStart = (started: JobHandle) => {
    handle = started
  }
  const into = { to: folder.at('out') }
  const running = unseal([folder.at('sealed/t')], key, into, { onStart, signal: stop.signal })
  while ((handle?.bytesDone ?? 0) < 2_000_000) await sleep(1)
  stop.abort()
  expect((await running).report).toMatchObject({ stopped: true, failed: [] })
  expect(folder.names('out').filter((name) => name === 't/big' || isTemporaryName(name))).toEqual([])
  const again = await unseal([folder.at('sealed/t')], key, into)
  expect(again.report).toMatchObject({ stopped: false, failed: [] })
  expect(folder.read('out/t/big').equals(folder.read('t/big'))).toBe(true)
})
