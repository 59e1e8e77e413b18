import { createSecretKey, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { sealMessage, wrapRawAes } from '../../src/main/message/index.ts'
import { TestFolder } from '../support/folder.ts'
import { outcomes, passphrase, rawKey, seal, unseal } from '../support/run-cli-service.ts'

/** Every real run of Argon2 in this process. */
const runs = vi.hoisted(() => ({ count: 0 }))
vi.mock(import('@node-rs/argon2'), async (original) => {
  const real = await original()
  const hashRaw: typeof real.hashRaw = (...args) => {
    runs.count++
    return real.hashRaw(...args)
  }
  return { ...real, hashRaw }
})

const OURS = 'seven wild horses of Tübingen 1782'
const THEIRS = 'eleven tame ponies of Göttingen 1783'
const SALT = Buffer.alloc(16, 7).toString('base64')
const key = rawKey()

const by = (words: string) =>
  ({ kind: 'passphrase', passphrase: passphrase(words), allowWeak: true }) as const

/** A message that says it is locked by a passphrase, with parameters of our choice. */
function hostile(kdf: string, commitment = Buffer.alloc(32).toString('base64')): Buffer {
  const wrapping = {
    namespace: 'strongroom-passphrase',
    name: 'a'.repeat(32),
    key: createSecretKey(randomBytes(32)),
  }
  return Buffer.from(
    sealMessage(Buffer.from('x'), {
      context: new Map([
        ['strongroom-kdf', kdf],
        ['strongroom-commit', commitment],
      ]),
      wrap: (dataKey, whole) => [wrapRawAes(wrapping, dataKey, whole)],
    }),
  )
}

describe('a folder of files of several locks', () => {
  const folder = new TestFolder()
  afterAll(() => folder[Symbol.dispose]())

  beforeAll(async () => {
    const ways = { first: by(OURS), second: by(OURS), theirs: by(THEIRS), raw: key }
    for (const [name, way] of Object.entries(ways)) {
      // More than one group of files is made of them: both workers meet every lock.
      const files = Array.from({ length: 6 }, (_, i) => folder.write(`plain/${name}${i}`, `${name} ${i}`))
      await seal(files, way, { to: folder.at('mixed') })
    }
    const damaged = folder.read('mixed/second3.sealed')
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    folder.write('mixed/second3.sealed', damaged)
    folder.write('mixed/costly1.sealed', hostile(`argon2id$v=19$m=4294967296,t=3,p=4$${SALT}`))
    folder.write('mixed/costly2.sealed', hostile(`argon2id$v=19$m=4294967296,t=3,p=4$${SALT}`))
    folder.write('mixed/no commitment.sealed', hostile(`argon2id$v=19$m=262144,t=3,p=4$${SALT}`, ''))
    folder.write('mixed/no message.sealed', 'just text')
    folder.write('mixed/readme.txt', 'not sealed')
    folder.write('mixed/other salt.sealed', exchanged('strongroom-kdf'))
    folder.write('mixed/other commitment.sealed', exchanged('strongroom-commit'))
    folder.write('mixed/other both.sealed', exchanged('strongroom-kdf', 'strongroom-commit'))
  })

  /** A file of the first job with pairs of the second: of the same lengths, so all else stays well-formed. */
  function exchanged(...pairs: readonly string[]): Buffer {
    const [first, second] = [folder.read('mixed/first0.sealed'), folder.read('mixed/second0.sealed')]
    for (const pair of pairs) {
      const at = (bytes: Buffer) => bytes.indexOf(pair) + pair.length + 2
      const length = first.readUInt16BE(at(first) - 2)
      second.copy(first, at(first), at(second), at(second) + length)
    }
    return first
  }

  beforeEach(() => {
    runs.count = 0
  })

  const all = (name: string, word: string) =>
    Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`mixed/${name}${i}.sealed`, word]))
  const BROKEN = {
    'mixed/costly1.sealed': 'KDF_BOUNDS',
    'mixed/costly2.sealed': 'KDF_BOUNDS',
    'mixed/no commitment.sealed': 'MESSAGE_MALFORMED',
    'mixed/no message.sealed': 'MESSAGE_MALFORMED',
    'mixed/readme.txt': 'NOT_SEALED',
    'mixed/other salt.sealed': 'PASSPHRASE_WRONG',
    'mixed/other commitment.sealed': 'PASSPHRASE_WRONG',
    // The passphrase is the right one, and these parameters gave another job's key.
    'mixed/other both.sealed': 'MESSAGE_TAMPERED',
  }

  it('opens each that the passphrase opens, says of each other why not, at one Argon2 run a lock', async () => {
    const ran = await unseal([folder.at('mixed')], by(OURS), { to: folder.at('ours') })
    expect(outcomes(ran, folder.path)).toEqual({
      ...all('first', 'done'),
      ...all('second', 'done'),
      'mixed/second3.sealed': 'MESSAGE_TAMPERED',
      ...all('theirs', 'PASSPHRASE_WRONG'),
      ...all('raw', 'KEY_MISMATCH'),
      ...BROKEN,
    })
    // Three locks, and three more that were made of two of them.
    expect(runs.count).toBe(6)
    expect(ran.events.filter(({ kind }) => kind === 'key')).toHaveLength(3)
    expect(folder.names('ours/mixed')).toHaveLength(11)
    for (const name of ['first5', 'second0']) {
      expect(folder.read(`ours/mixed/${name}`).toString()).toBe(`${name.slice(0, -1)} ${name.at(-1)}`)
    }
  })

  it('says which key each of the others needs', async () => {
    const ran = await unseal([folder.at('mixed')], key, { to: folder.at('raw') })
    expect(outcomes(ran, folder.path)).toMatchObject({
      ...all('raw', 'done'),
      ...all('first', 'KEY_MISMATCH'),
      ...all('theirs', 'KEY_MISMATCH'),
    })
    expect(runs.count).toBe(0)
    const messages = ran.report.failed.map(({ message }) => message)
    expect(messages).toContain('This file is locked by a passphrase, not by the key given.')
    const other = await unseal([folder.at('mixed/raw0.sealed')], rawKey(undefined, 'another'))
    expect(other.report.failed[0]?.message).toBe('This file is locked by the raw AES key “a key” of “tests”.')
  })

  it('that ask for too much work cost none', async () => {
    const paths = ['costly1', 'costly2', 'no commitment'].map((name) => folder.at(`mixed/${name}.sealed`))
    const startedAtMs = performance.now()
    const ran = await unseal(paths, by(OURS), { to: folder.at('costly') })
    expect(performance.now() - startedAtMs).toBeLessThan(1_000)
    expect([runs.count, ran.report.files, folder.names('costly')]).toEqual([0, 0, []])
  })
})
