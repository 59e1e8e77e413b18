import { argon2Sync, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { hex, type Secret } from '../../src/main/base/index.ts'
import {
  type Lock,
  lockOf,
  newPassphraseKey,
  passphraseKeyFor,
  passphraseSecret,
} from '../../src/main/keys/index.ts'
import type { NamedKey } from '../../src/main/keys/lock.ts'
import {
  type Context,
  openMessage,
  parseHeader,
  sealMessage,
  unwrapByRawAes,
  wrapRawAes,
} from '../../src/main/message/index.ts'
import { foreignMessage, foreignRawAesEdk } from '../support/foreign-message.ts'
import { refusalOf } from '../support/refusal.ts'

const passphrase = (text: string): Secret => passphraseSecret(new Uint8Array(new TextEncoder().encode(text)))
const keyObject = ({ key, ...rest }: NamedKey) => ({ ...rest, key: key.keyObject() })

function lockIn(message: Uint8Array): Lock {
  const header = parseHeader(message)
  if (header === 'short') throw new Error('a header cut short')
  return lockOf(header)
}

function passphraseLockIn(message: Uint8Array): Lock & { kind: 'passphrase' } {
  const lock = lockIn(message)
  if (lock.kind !== 'passphrase') throw new Error(`locked by ${lock.kind}`)
  return lock
}

function seal(key: NamedKey, context: Context = key.context): Buffer {
  const wrapping = keyObject(key)
  return Buffer.from(
    sealMessage(Buffer.from('contents'), {
      context,
      wrap: (dataKey, whole) => [wrapRawAes(wrapping, dataKey, whole)],
    }),
  )
}

const open = (key: NamedKey, message: Uint8Array): string =>
  openMessage(message, { unwrap: unwrapByRawAes([keyObject(key)]) }).plain.toString()

describe('a message sealed with a passphrase', () => {
  const WORDS = 'seven wild horses'
  let key: NamedKey
  let other: NamedKey
  let message: Buffer

  beforeAll(async () => {
    key = await newPassphraseKey(passphrase(WORDS))
    other = await newPassphraseKey(passphrase(WORDS))
    message = seal(key)
  })

  it('says how it is locked, and the same passphrase opens it', async () => {
    const again = await passphraseKeyFor(passphraseLockIn(message), passphrase(WORDS))
    expect(open(again, message)).toBe('contents')
    expect(again).toMatchObject({ namespace: 'strongroom-passphrase', name: key.name, proven: true })
    expect(again.context).toEqual(key.context)
  })

  it('has the key that argon2 and HKDF of node:crypto make, by the format alone', () => {
    const lock = passphraseLockIn(message)
    const [, , , salt = ''] = lock.kdf.split('$')
    const saltBytes = Buffer.from(salt, 'base64')
    const k = argon2Sync('argon2id', {
      message: Buffer.from(WORDS),
      nonce: saltBytes,
      memory: 262_144,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    })
    const hkdf = (info: string) => Buffer.from(hkdfSync('sha256', k, saltBytes, `${info}\0`, 32))
    expect(lock.commitment).toBe(hkdf('strongroom/commit').toString('base64'))
    expect(key.key.use((bytes) => hex(bytes))).toBe(hkdf('strongroom/seal').toString('hex'))
  })

  it('of another job has another salt, name and key', () => {
    const [one, two] = [key, other].map((it) => ({
      name: it.name,
      kdf: it.context.get('strongroom-kdf'),
      commitment: it.context.get('strongroom-commit'),
      key: it.key.use((bytes) => hex(bytes)),
    }))
    for (const part of ['name', 'kdf', 'commitment', 'key'] as const) {
      expect(one?.[part]).toBeDefined()
      expect(one?.[part]).not.toBe(two?.[part])
    }
    expect(key.name).toMatch(/^[0-9a-f]{32}$/)
  })

  it('is refused with another passphrase, as that and not as damage', async () => {
    const lock = passphraseLockIn(message)
    const refused = await refusalOf(passphraseKeyFor(lock, passphrase('eight wild horses')))
    expect(refused).toMatchObject({ code: 'PASSPHRASE_WRONG', exit: 3 })
  })

  it.each([
    ['none', ''],
    ['31 bytes', Buffer.alloc(31).toString('base64')],
    ['33 bytes', Buffer.alloc(33).toString('base64')],
    ['no base64', '!'.repeat(44)],
    ['32 bytes without padding', Buffer.alloc(32).toString('base64url')],
  ])('with a commitment of %s is refused as damaged, before any work', async (_, commitment) => {
    const startedAtMs = performance.now()
    const lock = { ...passphraseLockIn(message), commitment }
    expect((await refusalOf(passphraseKeyFor(lock, passphrase(WORDS)))).code).toBe('MESSAGE_MALFORMED')
    expect(performance.now() - startedAtMs).toBeLessThan(100)
  })

  it('whose parameters are another job’s does not open, and says that it was changed', async () => {
    const swapped = seal(key, other.context)
    const lock = passphraseLockIn(swapped)
    const theirs = await passphraseKeyFor(lock, passphrase(WORDS))
    expect(() => open(theirs, swapped)).toThrowError(expect.objectContaining({ code: 'MESSAGE_TAMPERED' }))
    expect(() => open(key, swapped)).toThrowError(expect.objectContaining({ code: 'KEY_MISMATCH' }))
  })

  it('with one pair of another job’s is no key’s', async () => {
    for (const pair of ['strongroom-kdf', 'strongroom-commit']) {
      const mixed = new Map([...key.context, [pair, other.context.get(pair) ?? '']])
      const lock = passphraseLockIn(seal(key, mixed))
      expect((await refusalOf(passphraseKeyFor(lock, passphrase(WORDS)))).code).toBe('PASSPHRASE_WRONG')
    }
  })
})

describe('what locks a message', () => {
  const raw = (namespace: string, name: string) => ({ namespace, name, key: randomBytes(32) })
  const messageWith = (...keys: readonly ReturnType<typeof raw>[]) =>
    foreignMessage(Buffer.from('x'), {
      frameLength: 16,
      edks: (dataKey, context) => keys.map((key) => foreignRawAesEdk(key, dataKey, context)),
    }).bytes

  it('is its raw AES key', () => {
    expect(lockIn(messageWith(raw('space', 'name')))).toEqual({
      kind: 'raw-aes',
      namespace: 'space',
      name: 'name',
    })
  })

  it('is a passphrase, if any of its keys is one’s', () => {
    expect(lockIn(messageWith(raw('space', 'name'), raw('strongroom-passphrase', 'id')))).toEqual({
      kind: 'passphrase',
      name: 'id',
      kdf: '',
      commitment: '',
    })
  })

  it('is neither where its keys are of another kind', () => {
    const edk = {
      providerId: Buffer.from('aws-kms'),
      info: Buffer.from('arn:aws:kms:eu-west-1:111122223333:key/x'),
      ciphertext: Buffer.alloc(184),
    }
    const { bytes } = foreignMessage(Buffer.from('x'), { frameLength: 16, edks: () => [edk] })
    expect(lockIn(bytes)).toEqual({ kind: 'other', providers: ['aws-kms'] })
  })

  it('is not read out of a passphrase’s pairs alone', () => {
    const key = createSecretKey(randomBytes(32))
    const context = new Map([
      ['strongroom-kdf', 'argon2id$v=19$m=262144,t=3,p=4$AAECAwQFBgcICQoLDA0ODw=='],
      ['strongroom-commit', Buffer.alloc(32).toString('base64')],
    ])
    const message = sealMessage(Buffer.from('x'), {
      context,
      wrap: (dataKey, whole) => [wrapRawAes({ namespace: 'n', name: 'k', key }, dataKey, whole)],
    })
    expect(lockIn(message)).toEqual({ kind: 'raw-aes', namespace: 'n', name: 'k' })
  })
})
