/**
 * Messages that must not open (docs/format.md §1.8). Where a check is meant, all tags hold: without the
 * check the message would open.
 */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  COMMITTING,
  type ForeignEdk,
  foreignBlock,
  foreignContext,
  foreignHeaderBody,
  foreignHeaderTag,
  foreignKeys,
  foreignRawAesEdk,
  foreignSigner,
  type Pairs,
  SIGNING,
  u16,
  u32,
  u64,
} from '../support/foreign-message.ts'
import { KEY, KEY_OPTIONS, openSealed, PYTHON, run, SCRIPT, sealed, tempFolder } from './open-sealed.ts'

type Changes = {
  readonly version?: number
  readonly suite?: number
  readonly context?: Buffer
  /** The pairs that the EDK's AAD is made of. */
  readonly pairs?: Pairs
  readonly edks?: (edk: ForeignEdk) => readonly ForeignEdk[]
  readonly edkCount?: number
  readonly contentType?: number
  readonly frameLength?: number
  readonly commitKey?: Buffer
  readonly body?: (parts: BodyMaker) => readonly Buffer[]
  readonly footer?: (signed: Buffer) => Buffer
}
type BodyMaker = {
  readonly regular: (seq: number, plain: string) => Buffer
  readonly final: (seq: number, plain: string) => Buffer
}

/** A message whose every tag holds, however it was changed. */
function made(changes: Changes): Buffer {
  const dataKey = randomBytes(32)
  const messageId = randomBytes(32)
  const suite = changes.suite ?? COMMITTING
  const keys = foreignKeys(dataKey, suite, messageId)
  const pairs = changes.pairs ?? []
  const edk = foreignRawAesEdk(KEY, dataKey, pairs)
  const header = foreignHeaderBody({
    version: changes.version ?? 2,
    suite,
    messageId,
    context: changes.context ?? foreignContext(pairs),
    edks: changes.edks?.(edk) ?? [edk],
    ...(changes.edkCount === undefined ? {} : { edkCount: changes.edkCount }),
    contentType: changes.contentType ?? 2,
    frameLength: changes.frameLength ?? 4,
    commitKey: changes.commitKey ?? keys.commitKey,
  })
  const block = (kind: 'regular' | 'final') => (seq: number, plain: string) =>
    foreignBlock(keys, messageId, kind, seq, Buffer.from(plain))
  const maker: BodyMaker = { regular: block('regular'), final: block('final') }
  const body = changes.body?.(maker) ?? [maker.regular(1, 'four'), maker.final(2, 'end')]
  const signed = Buffer.concat([header, foreignHeaderTag(keys, header), ...body])
  return changes.footer === undefined ? signed : Buffer.concat([signed, changes.footer(signed)])
}

function answer(message: Buffer, ...more: readonly string[]) {
  using folder = tempFolder({ key: KEY.key, 'm.sealed': message })
  const ended = openSealed(folder.path, 'm.sealed', ...KEY_OPTIONS, ...more)
  return { ...ended, files: folder.files(), plain: ended.code === 0 ? folder.read('m').toString() : '' }
}

const signer = foreignSigner()
const other = foreignSigner()

it('the messages of this file open when nothing is wrong with them', () => {
  expect(answer(made({}))).toMatchObject({ code: 0, plain: 'fourend' })
  const whole = made({ suite: SIGNING, pairs: [signer.pair], footer: signer.footer })
  expect(answer(whole)).toMatchObject({ code: 0, plain: 'fourend' })
  expect(answer(made({ edks: (edk) => Array(16).fill(edk) }))).toMatchObject({ code: 0, plain: 'fourend' })
  const emptyFinal = made({ body: ({ regular, final }) => [regular(1, 'four'), final(2, '')] })
  expect(answer(emptyFinal)).toMatchObject({ code: 0, plain: 'four' })
})

describe('open_sealed.py refuses', () => {
  const pair = (key: string, value: string) => foreignContext([[key, value]]).subarray(2)
  const bad = Buffer.from([0, 1, 0, 1, 0xff, 0, 0])

  it.each<[string, Buffer, number, RegExp]>([
    ['an empty file', Buffer.alloc(0), 4, /cut off/],
    ['a file of text', Buffer.from('Dear diary, today I lost my key.'), 4, /starts with 44, not 02/],
    ['version 1', made({ version: 1 }), 11, /version 1/],
    ['version 3', made({ version: 3 }), 4, /starts with 03/],
    ['a suite without commitment', made({ suite: 0x0178 }), 11, /suite 0x0178/],
    ['a suite nobody knows', made({ suite: 0x0678 }), 11, /suite 0x0678/],
    [
      'a context with a key twice',
      made({ context: Buffer.concat([u16(2), pair('a', '1'), pair('a', '1')]), pairs: [['a', '1']] }),
      4,
      /holds a key twice/,
    ],
    [
      'a context with bytes after its pairs',
      made({ context: Buffer.from([0, 1, 0, 0, 0, 0, 9]), pairs: [['', '']] }),
      4,
      /bytes beside/,
    ],
    ['a context with a count of zero', made({ context: u16(0) }), 4, /its context/],
    ['a context that ends inside a pair', made({ context: Buffer.from([0, 1, 0, 9, 97]) }), 4, /cut off/],
    ['a context that is not UTF-8', made({ context: bad }), 4, /not UTF-8/],
    ['a signing key in an unsigned message', made({ pairs: [signer.pair] }), 4, /its suite does not sign/],
    ['a message without EDKs', made({ edks: () => [] }), 4, /claims 0 encrypted/],
    ['a message with 17 EDKs', made({ edks: (edk) => Array(17).fill(edk) }), 4, /claims 17 encrypted/],
    ['a claim of 65,535 EDKs', made({ edkCount: 65_535 }), 4, /claims 65535 encrypted/],
    ['content type 3', made({ contentType: 3, frameLength: 0 }), 4, /content type 3/],
    ['frames in an unframed message', made({ contentType: 1 }), 4, /content type 1 with frames/],
    [
      'frames of no length',
      made({ frameLength: 0, body: ({ final }) => [final(1, '')] }),
      4,
      /frames of 0 bytes/,
    ],
    ['a commitment to another key', made({ commitKey: randomBytes(32) }), 4, /commitment does not hold/],
    [
      'frames in another order',
      made({ body: ({ regular, final }) => [regular(2, 'swap'), regular(1, 'four'), final(3, '')] }),
      4,
      /frame 2 stands where frame 1 belongs/,
    ],
    [
      'a missing frame',
      made({ body: ({ regular, final }) => [regular(1, 'four'), final(3, '')] }),
      4,
      /frame 3 stands where frame 2/,
    ],
    [
      'a frame twice',
      made({ body: ({ regular, final }) => [regular(1, 'four'), regular(1, 'four'), final(2, '')] }),
      4,
      /frame 1 stands where/,
    ],
    [
      'a final frame that is longer than a frame',
      made({ body: ({ final }) => [final(1, 'longer than four')] }),
      4,
      /claims 16 bytes/,
    ],
    ['an end without a final frame', made({ body: ({ regular }) => [regular(1, 'four')] }), 4, /cut off/],
    [
      'a second final frame',
      made({ body: ({ final }) => [final(1, 'end'), final(2, 'more')] }),
      4,
      /bytes after its end/,
    ],
    ['one byte after the end', Buffer.concat([made({}), Buffer.from([0])]), 4, /bytes after its end/],
    [
      'one byte after a signature',
      Buffer.concat([
        made({ suite: SIGNING, pairs: [signer.pair], footer: signer.footer }),
        Buffer.from([0]),
      ]),
      4,
      /bytes after its end/,
    ],
    ['a signed message without a signature', made({ suite: SIGNING, pairs: [signer.pair] }), 4, /cut off/],
    [
      'a signed message without a public key',
      made({ suite: SIGNING, footer: signer.footer }),
      4,
      /signature does not hold/,
    ],
    [
      'a signature by another key',
      made({ suite: SIGNING, pairs: [signer.pair], footer: other.footer }),
      4,
      /signature does not hold/,
    ],
    [
      'a signature of other bytes',
      made({ suite: SIGNING, pairs: [signer.pair], footer: () => signer.footer(Buffer.from('x')) }),
      4,
      /signature does not hold/,
    ],
    [
      'a public key that is no point',
      made({ suite: SIGNING, pairs: [[signer.pair[0], 'AAAA']], footer: signer.footer }),
      4,
      /signature does not hold/,
    ],
    [
      'a public key in lax base64',
      made({ suite: SIGNING, pairs: [[signer.pair[0], `${signer.pair[1]}\n`]], footer: signer.footer }),
      4,
      /signature does not hold/,
    ],
    [
      'a data key that is cut short',
      made({ edks: (edk) => [{ ...edk, ciphertext: edk.ciphertext.subarray(0, 8) }] }),
      3,
      /wrong key/,
    ],
    [
      'a tag length other than 128',
      made({
        edks: (edk) => [
          { ...edk, info: Buffer.concat([edk.info.subarray(0, 5), u32(96), edk.info.subarray(9)]) },
        ],
      }),
      3,
      /but for: tests$/m,
    ],
  ])('%s', (_title, message, code, why) => {
    const { err, files, ...ended } = answer(message)
    expect(err).toMatch(why)
    expect(ended.code).toBe(code)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(files).toEqual(['key', 'm.sealed'])
  })

  it('a given pair that contradicts a stored one, but not an equal one', () => {
    const message = made({ pairs: [['color', 'blue']] })
    expect(answer(message, '--context', 'color=red')).toMatchObject({ code: 3 })
    expect(answer(message, '--context', 'color=blue')).toMatchObject({ code: 0, plain: 'fourend' })
  })

  it('a key of another namespace or name, and says which would open it', () => {
    using folder = tempFolder({ key: KEY.key, 'm.sealed': made({}) })
    const withNames = (namespace: string, name: string) =>
      openSealed(
        folder.path,
        'm.sealed',
        ...KEY_OPTIONS.slice(0, 2),
        '--key-namespace',
        namespace,
        '--key-name',
        name,
      )
    for (const ended of [
      withNames('tests', 'key'),
      withNames('tests', 'key-1x'),
      withNames('test', 'key-1'),
    ]) {
      expect(ended).toMatchObject({ code: 3 })
      expect(ended.err).toContain('but for: tests / key-1')
    }
    expect(withNames('tests', 'key-1').code).toBe(0)
  })

  it('another key of the same name', () => {
    using folder = tempFolder({ key: randomBytes(32), 'm.sealed': made({}) })
    const ended = openSealed(folder.path, 'm.sealed', ...KEY_OPTIONS)
    expect(ended).toMatchObject({ code: 3 })
    expect(ended.err).toContain('wrong key, or a --context pair is missing, or its header was changed')
  })

  it('names in a message that would play tricks on a terminal', () => {
    const edks = (edk: ForeignEdk) => [{ ...edk, providerId: Buffer.from('\u001b[2J\n\u202eevil') }]
    const { err } = answer(made({ edks }))
    expect(err).toContain('\\u{1b}[2J\\u{a}\\u{202e}evil')
  })
})

describe('open_sealed.py believes no length', () => {
  /** In 200 MB of address space, a quarter of which Python itself takes. */
  const inLittleMemory = (folder: string, ...args: readonly string[]) =>
    run('bash', ['-c', 'ulimit -v 200000; exec "$@"', 'bash', PYTHON, SCRIPT, ...args], folder)
  const head = (seq: number, length: number): Buffer =>
    Buffer.concat([u32(0xffffffff), u32(seq), Buffer.alloc(12), u32(length)])

  it.each<[string, Changes, RegExp]>([
    [
      'a regular frame of 4 GiB',
      { frameLength: 0xffffffff, body: () => [u32(1), Buffer.alloc(100)] },
      /cut off/,
    ],
    [
      'a final frame of 4 GiB',
      { frameLength: 0xffffffff, body: () => [head(1, 0xffffffff), Buffer.alloc(100)] },
      /cut off/,
    ],
    [
      'an unframed body of 64 GiB',
      { contentType: 1, frameLength: 0, body: () => [Buffer.alloc(12), u64(2n ** 36n - 32n)] },
      /cut off/,
    ],
    [
      'an unframed body of more',
      { contentType: 1, frameLength: 0, body: () => [Buffer.alloc(12), u64(2n ** 64n - 1n)] },
      /more than AES-GCM allows/,
    ],
  ])('%s that is not there takes no memory', (_title, changes, why) => {
    using folder = tempFolder({ key: KEY.key, 'm.sealed': made(changes) })
    const ended = inLittleMemory(folder.path, 'm.sealed', ...KEY_OPTIONS)
    expect(ended.err).toMatch(why)
    expect(ended.code).toBe(4)
    expect(folder.files()).toEqual(['key', 'm.sealed'])
  })

  it.each(['one frame', 'an unframed body'])('%s of 128 MiB opens in pieces', (how) => {
    const plain = Buffer.alloc(128 * 1024 * 1024, 'piece ')
    const { bytes } = sealed(plain, { frameLength: how === 'one frame' ? plain.length : 0 })
    using folder = tempFolder({ key: KEY.key, 'm.sealed': bytes })
    expect(inLittleMemory(folder.path, 'm.sealed', ...KEY_OPTIONS)).toMatchObject({ code: 0, err: '' })
    expect(folder.read('m').equals(plain)).toBe(true)
  })
})
