import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sealMessage, wrapRawAes } from '../../src/main/message/index.ts'
import { cli, codesOf, filesOf, RawKey } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const GOOD = 'seven wild horses of Tübingen 1782'
const OTHER = 'eleven tame ponies of Göttingen 1783'

describe('a passphrase', () => {
  it('is the first line of its file, in any Unicode form, with or without CRLF', async () => {
    using folder = new TestFolder({
      'a.txt': 'hello',
      crlf: `${'ﬁve cafés and a half 1999'.normalize('NFD')}\r\nsecond line\r\n`,
      bare: 'five cafés and a half 1999'.normalize('NFC'),
    })
    expect((await cli(['seal', folder.at('a.txt'), '--passphrase-file', folder.at('crlf')])).code).toBe(0)
    const back = ['unseal', folder.at('a.txt.sealed'), '--to', folder.at('back')]
    expect((await cli([...back, '--passphrase-file', folder.at('bare')])).code).toBe(0)
    expect(folder.read('back/a.txt').toString()).toBe('hello')
    const stdin = await cli([...back, '--overwrite', '--passphrase-stdin'], {
      input: 'five cafés and a half 1999\n',
    })
    expect(stdin.code).toBe(0)
  })

  it('that would soon be guessed is refused for sealing, unless it is insisted on', async () => {
    using folder = new TestFolder({ 'a.txt': 'hello', weak: 'password1' })
    const seal = ['seal', folder.at('a.txt'), '--passphrase-file', folder.at('weak')]
    const refused = await cli(seal)
    expect([refused.code, codesOf(refused)]).toEqual([2, ['PASSPHRASE_WEAK']])
    expect(folder.has('a.txt.sealed')).toBe(false)
    expect((await cli([...seal, '--allow-weak-passphrase'])).code).toBe(0)
  })
})

it('a folder of many locks: each file by its own, wrong and damaged ones apart, the others go on', async () => {
  using folder = new TestFolder({ good: GOOD, other: OTHER })
  const raw = new RawKey(folder.path)
  const passphrase = (name: string) => ['--passphrase-file', folder.at(name)]
  const jobs: readonly [string, readonly string[]][] = [
    ['first', passphrase('good')],
    ['second', passphrase('good')],
    ['others', passphrase('other')],
    ['raw', raw.options],
  ]
  for (const [name, key] of jobs) {
    for (const file of ['1', '2']) folder.write(`plain/${name}${file}`, `${name} ${file}`)
    const sources = ['1', '2'].map((file) => folder.at(`plain/${name}${file}`))
    expect((await cli(['seal', ...sources, '--to', folder.at('mixed'), ...key])).code).toBe(0)
  }
  const damaged = folder.read('mixed/first2.sealed')
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
  folder.write('mixed/first2.sealed', damaged)
  // Two jobs' parameters swapped into one file: its commitment is not this salt's.
  folder.write(
    'mixed/swapped.sealed',
    swapContext(folder.read('mixed/first1.sealed'), folder.read('mixed/second1.sealed')),
  )

  const end = await cli(['unseal', folder.at('mixed'), '--to', folder.at('back'), ...passphrase('good')])
  expect(end.code).toBe(4)
  expect(folder.names('back/mixed')).toEqual(['first1', 'second1', 'second2'])
  expect(folder.read('back/mixed/second2').toString()).toBe('second 2')
  const codes = new Map(filesOf(end, 'failed').map(({ path, code }) => [path?.split('/').at(-1), code]))
  expect(Object.fromEntries(codes)).toEqual({
    'first2.sealed': 'MESSAGE_TAMPERED',
    'others1.sealed': 'PASSPHRASE_WRONG',
    'others2.sealed': 'PASSPHRASE_WRONG',
    'raw1.sealed': 'KEY_MISMATCH',
    'raw2.sealed': 'KEY_MISMATCH',
    'swapped.sealed': 'PASSPHRASE_WRONG',
  })
})

describe('a file that asks for work that Strongroom never asks for is refused at once (T10)', () => {
  const salt = Buffer.alloc(16, 7).toString('base64')
  it.each([
    `argon2id$v=19$m=4294967296,t=3,p=4$${salt}`,
    `argon2id$v=19$m=262144,t=2147483648,p=4$${salt}`,
    `argon2id$v=19$m=2097153,t=3,p=4$${salt}`,
    `argon2id$v=19$m=65535,t=3,p=4$${salt}`,
    `argon2id$v=19$m=262144,t=17,p=4$${salt}`,
    `argon2id$v=19$m=262144,t=3,p=17$${salt}`,
    `argon2id$v=19$m=262144,t=3,p=0$${salt}`,
    `argon2id$v=19$m=262144,t=3,p=4$`,
    `argon2id$v=19$m=262144,t=3,p=4$${Buffer.alloc(15).toString('base64')}`,
    `argon2i$v=19$m=262144,t=3,p=4$${salt}`,
    '',
  ])('%s', async (kdf) => {
    const context = new Map([
      ['strongroom-kdf', kdf],
      ['strongroom-commit', Buffer.alloc(32).toString('base64')],
    ])
    const key = {
      namespace: 'strongroom-passphrase',
      name: 'a'.repeat(32),
      key: createSecretKey(randomBytes(32)),
    }
    const message = sealMessage(Buffer.from('x'), {
      context,
      wrap: (dataKey, whole) => [wrapRawAes(key, dataKey, whole)],
    })
    using folder = new TestFolder({ 'a.sealed': message, good: GOOD })
    const started = performance.now()
    const end = await cli(['unseal', folder.at('a.sealed'), '--passphrase-file', folder.at('good')])
    expect([end.code, codesOf(end)]).toEqual([4, ['KDF_BOUNDS']])
    // One run at the least of these costs would take hours or more memory than there is.
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(folder.has('a')).toBe(false)
  })
})

/** The first message with the second's parameters: same lengths, so the header stays well-formed. */
function swapContext(first: Buffer, second: Buffer): Buffer {
  const copy = Buffer.from(first)
  const from = (bytes: Buffer) => bytes.indexOf('argon2id$')
  second.copy(copy, from(copy), from(second), from(second) + 'argon2id$v=19$m=262144,t=3,p=4$'.length + 24)
  return copy
}
