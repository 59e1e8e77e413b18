/** Passphrases (docs/format.md §2.3), sealed by another Argon2 and another HKDF than the script's. */
import { hkdfSync, randomBytes } from 'node:crypto'
import { hashRawSync, type Options } from '@node-rs/argon2'
import { describe, expect, it } from 'vitest'
import {
  type ForeignMessage,
  foreignMessage,
  foreignRawAesEdk,
  type Pairs,
} from '../support/foreign-message.ts'
import { openSealed, PYTHON, run, SCRIPT, tempFolder } from './open-sealed.ts'

type Cost = { readonly m: number; readonly t: number; readonly p: number }
type Argon2Settings = { readonly cost?: Cost; readonly salt?: Buffer; readonly algorithm?: number }
type Changes = Argon2Settings & {
  /** The pairs as they are stored, made from those that belong there. */
  readonly pairs?: (kdf: string, commitment: string) => Pairs
  readonly namespace?: string
}

/** The cheapest that may be read, so that these tests are quick. */
const CHEAP: Cost = { m: 65_536, t: 1, p: 1 }
const ARGON2ID = 2
const PASSPHRASE = 'correct horse'

function derive(passphrase: string, settings: Argon2Settings): (label: string) => Buffer {
  const { cost = CHEAP, salt = Buffer.alloc(16, 1), algorithm = ARGON2ID } = settings
  const options: Options = {
    algorithm,
    version: 1,
    memoryCost: cost.m,
    timeCost: cost.t,
    parallelism: cost.p,
    outputLen: 32,
    salt,
  }
  const k = hashRawSync(passphrase, options)
  return (label) => Buffer.from(hkdfSync('sha256', k, salt, `${label}\0`, 32))
}

function sealed(passphrase: string, changes: Changes = {}): ForeignMessage {
  const { cost = CHEAP, salt = Buffer.alloc(16, 1) } = changes
  const key = derive(passphrase, changes)
  const kdf = `argon2id$v=19$m=${cost.m},t=${cost.t},p=${cost.p}$${salt.toString('base64')}`
  const commitment = key('strongroom/commit').toString('base64')
  const own: Pairs = [
    ['strongroom-commit', commitment],
    ['strongroom-kdf', kdf],
  ]
  const wrapping = {
    namespace: changes.namespace ?? 'strongroom-passphrase',
    name: randomBytes(16).toString('hex'),
    key: key('strongroom/seal'),
  }
  return foreignMessage(Buffer.from('content'), {
    frameLength: 262_144,
    context: changes.pairs?.(kdf, commitment) ?? own,
    edks: (dataKey, context) => [foreignRawAesEdk(wrapping, dataKey, context)],
  })
}

function answer(message: Buffer, line: Buffer | string = PASSPHRASE) {
  using folder = tempFolder({ pass: line, 'm.sealed': message })
  const started = performance.now()
  const ended = openSealed(folder.path, 'm.sealed', '--passphrase-file', 'pass')
  return { ...ended, ms: performance.now() - started, files: folder.files() }
}

it.each<[string, string, Buffer | string]>([
  ['as the first line of a file', PASSPHRASE, `${PASSPHRASE}\nsecond line\n`],
  ['with Windows line ends', PASSPHRASE, `${PASSPHRASE}\r\n`],
  ['without a line end', PASSPHRASE, PASSPHRASE],
  ['with spaces around it', `  ${PASSPHRASE} `, `  ${PASSPHRASE} \n`],
  ['typed in another Unicode form', 'café ²', 'cafe\u0301 \u00b2'.normalize('NFD')],
])('opens a message by the passphrase %s', (_title, passphrase, line) => {
  expect(answer(sealed(passphrase.normalize('NFKC')).bytes, line)).toMatchObject({ code: 0, err: '' })
})

it('opens at the strongest cost that it has to accept', () => {
  expect(answer(sealed(PASSPHRASE, { cost: { m: 65_536, t: 16, p: 16 } }).bytes)).toMatchObject({ code: 0 })
})

it.each<[string, Buffer | string, number, RegExp]>([
  ['another passphrase', 'wrong horse', 3, /wrong passphrase/],
  ['an empty passphrase', '\nsecond line', 2, /passphrase is empty/],
  ['a passphrase file that is not UTF-8', Buffer.from([0xff, 0xfe, 0x0a]), 2, /not UTF-8/],
])('refuses %s', (_title, line, code, why) => {
  const { err, files, ...ended } = answer(sealed(PASSPHRASE).bytes, line)
  expect(err).toMatch(why)
  expect(ended.code).toBe(code)
  expect(files).toEqual(['m.sealed', 'pass'])
})

describe('parameters out of bounds are refused before any work', () => {
  const withKdf = (kdf: string) =>
    sealed(PASSPHRASE, {
      pairs: (_kdf, commitment) => [
        ['strongroom-commit', commitment],
        ['strongroom-kdf', kdf],
      ],
    })
  const salt = Buffer.alloc(16, 1).toString('base64')

  it.each<[string, ForeignMessage]>([
    // These are real: they would open, if only they were tried.
    ['less than 64 MiB', sealed(PASSPHRASE, { cost: { m: 65_535, t: 1, p: 1 } })],
    ['17 passes', sealed(PASSPHRASE, { cost: { m: 65_536, t: 17, p: 1 } })],
    ['17 lanes', sealed(PASSPHRASE, { cost: { m: 65_536, t: 1, p: 17 } })],
    ['a salt of 15 bytes', sealed(PASSPHRASE, { salt: Buffer.alloc(15, 1) })],
    ['a salt of 17 bytes', sealed(PASSPHRASE, { salt: Buffer.alloc(17, 1) })],
    // These would take hours, or all memory.
    ['more than 2 GiB', withKdf(`argon2id$v=19$m=2097153,t=1,p=1$${salt}`)],
    ['2³² KiB', withKdf(`argon2id$v=19$m=4294967296,t=1,p=1$${salt}`)],
    ['2³¹ passes', withKdf(`argon2id$v=19$m=65536,t=2147483648,p=1$${salt}`)],
    ['a number of 5,000 digits', withKdf(`argon2id$v=19$m=${'9'.repeat(5000)},t=1,p=1$${salt}`)],
    // And these are not written as Strongroom writes them.
    ['no passes', withKdf(`argon2id$v=19$m=65536,t=0,p=1$${salt}`)],
    ['no lanes', withKdf(`argon2id$v=19$m=65536,t=1,p=0$${salt}`)],
    ['no salt', withKdf('argon2id$v=19$m=65536,t=1,p=1$')],
    ['a salt in lax base64', withKdf(`argon2id$v=19$m=65536,t=1,p=1$${salt.replace('Q==', 'R==')}`)],
    ['a leading zero', withKdf(`argon2id$v=19$m=065536,t=1,p=1$${salt}`)],
    ['another algorithm', withKdf(`argon2i$v=19$m=65536,t=1,p=1$${salt}`)],
    ['another version', withKdf(`argon2id$v=16$m=65536,t=1,p=1$${salt}`)],
    ['words after them', withKdf(`argon2id$v=19$m=65536,t=1,p=1$${salt}\n`)],
  ])('%s', (_title, message) => {
    const { code, err, ms, files } = answer(message.bytes)
    expect(err).toMatch(/\(4\): its passphrase parameters are (out of bounds|not those of Argon2id)/)
    expect(code).toBe(4)
    expect(ms).toBeLessThan(5_000)
    expect(files).toEqual(['m.sealed', 'pass'])
  })
})

describe('the commitment to the passphrase', () => {
  it.each<[string, (commitment: string) => Pairs]>([
    ['absent', () => []],
    ['too short', () => [['strongroom-commit', 'AAAA']]],
    ['in lax base64', (commitment) => [['strongroom-commit', `${commitment}\n`]]],
  ])('is demanded, not %s', (_title, commit) => {
    const message = sealed(PASSPHRASE, {
      pairs: (kdf, commitment) => [...commit(commitment), ['strongroom-kdf', kdf]],
    })
    expect(answer(message.bytes)).toMatchObject({ code: 4, err: /does not commit/ })
  })

  it('decides, even where the key would open', () => {
    const message = sealed(PASSPHRASE, {
      pairs: (kdf) => [
        ['strongroom-commit', Buffer.alloc(32).toString('base64')],
        ['strongroom-kdf', kdf],
      ],
    })
    expect(answer(message.bytes)).toMatchObject({ code: 3, err: /wrong passphrase/ })
  })

  it('makes a damaged header a damaged one, not a wrong passphrase', () => {
    const { bytes } = sealed(PASSPHRASE)
    const at = bytes.indexOf('strongroom-passphrase') + 'strongroom-passphrase'.length + 2
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    // The key name is no part of the EDK's AAD: only the header tag knows it.
    expect(answer(bytes)).toMatchObject({ code: 4, err: /its header was changed or damaged/ })
  })
})

it('a data key of another namespace is not tried', () => {
  const message = sealed(PASSPHRASE, { namespace: 'somebody' })
  expect(answer(message.bytes)).toMatchObject({ code: 4, err: /its header was changed or damaged/ })
})

it('a message that is not sealed with a passphrase is said to need another key', () => {
  expect(answer(sealed(PASSPHRASE, { pairs: () => [] }).bytes)).toMatchObject({
    code: 3,
    err: /not sealed with a passphrase/,
  })
})

it('files that were sealed together cost one run of Argon2', () => {
  using folder = tempFolder({ pass: PASSPHRASE })
  for (let i = 0; i < 5; i++) folder.write(`in/${i}.sealed`, sealed(PASSPHRASE).bytes)
  folder.write('in/other.sealed', sealed(PASSPHRASE, { salt: Buffer.alloc(16, 2) }).bytes)
  const counting = `
import argon2.low_level as low, runpy, sys
real, runs = low.hash_secret_raw, []
low.hash_secret_raw = lambda *a: runs.append(1) or real(*a)
sys.argv = ['open_sealed.py', 'in', '--passphrase-file', 'pass']
try: runpy.run_path(${JSON.stringify(SCRIPT)}, run_name='__main__')
except SystemExit as end: print('exit', end.code, 'runs', len(runs))`
  const { out } = run(PYTHON, ['-c', counting], folder.path)
  expect(out).toContain('exit 0 runs 2')
})

describe('without a key option', () => {
  /** Answers the prompt on a terminal of Python's own making, of which the test sees every character. */
  const onTerminal = (folder: string, typed: string) => {
    const argv = JSON.stringify([PYTHON, SCRIPT, 'm.sealed'])
    const typing = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(${JSON.stringify(PYTHON)}, ${argv})
seen = b''
while not seen.endswith(b'Passphrase: '): seen += os.read(terminal, 1)
os.write(terminal, ${JSON.stringify(typed)}.encode())
try:
    while (more := os.read(terminal, 4096)): seen += more
except OSError: pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`
    return run(PYTHON, ['-c', typing], folder)
  }

  it('asks on a terminal, and does not show what is typed', () => {
    using folder = tempFolder({ 'm.sealed': sealed(PASSPHRASE).bytes })
    const { code, out } = onTerminal(folder.path, `${PASSPHRASE}\n`)
    expect(out).toContain('Passphrase: ')
    expect(out).not.toContain(PASSPHRASE)
    expect(out).toContain('opened: m')
    expect(code).toBe(0)
    expect(folder.read('m').toString()).toBe('content')
  })

  it.each([
    ['nothing', '\n', 2, /passphrase is empty/],
    ['end of input', '\u0004', 3, /no passphrase was typed/],
  ])('says so when %s is typed', (_title, typed, code, why) => {
    using folder = tempFolder({ 'm.sealed': sealed(PASSPHRASE).bytes })
    const ended = onTerminal(folder.path, typed)
    expect(ended.out).toMatch(why)
    expect(ended.code).toBe(code)
  })

  it('says so where there is no terminal to ask on', () => {
    using folder = tempFolder({ 'm.sealed': sealed(PASSPHRASE).bytes })
    expect(openSealed(folder.path, 'm.sealed')).toMatchObject({ code: 3, err: /no terminal/ })
  })
})
