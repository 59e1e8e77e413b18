import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CODES, type ErrorCode } from '../../src/main/contract/codes.ts'
import { type CliEnd, cli, codesOf, RawKey, startCli } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import { foreignMessage, foreignRawAesEdk, type Pairs } from '../support/foreign-message.ts'
import { describeWithVectors } from '../support/vectors.ts'

const KEY = { namespace: 'tests', name: 'k', key: Buffer.alloc(32, 7) }

function message(plain: string, more: Partial<Parameters<typeof foreignMessage>[1]> = {}) {
  const edks = (dataKey: Buffer, context: Pairs) => [foreignRawAesEdk(KEY, dataKey, context)]
  return foreignMessage(Buffer.from(plain), { frameLength: 16, edks, ...more })
}

/** The one document of `inspect --json`. */
function documentOf(end: CliEnd): Readonly<Record<string, unknown>> {
  expect([end.code, end.err, end.lines.length]).toEqual([0, '', 1])
  return { ...end.lines[0] }
}

describe('`inspect --json` gives one document of what the header says', () => {
  it('of a message of ours', async () => {
    using folder = new TestFolder({ 'a.txt': 'x'.repeat(600_000) })
    const key = new RawKey(folder.path)
    await cli(['seal', folder.at('a.txt'), ...key.options])
    const path = folder.at('a.txt.sealed')
    const sizeBytes = folder.read('a.txt.sealed').length
    const found = documentOf(await cli(['inspect', path]))
    expect(found).toEqual({
      type: 'result',
      path,
      sizeBytes,
      formatVersion: 2,
      suite: { id: '0x0478', name: 'AES-256-GCM, HKDF-SHA512, key commitment', signed: false },
      messageId: folder.read('a.txt.sealed').subarray(3, 35).toString('hex'),
      context: { 'strongroom-seal': expect.stringMatching(/^[0-9a-f]{32}$/) },
      edks: [{ provider: RawKey.namespace, keyName: RawKey.keyName, ciphertextBytes: 48 }],
      framed: true,
      frameLengthBytes: 262_144,
      commitKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      headerBytes: sizeBytes - 600_000 - 3 * 32 - 4 - 4,
      frames: 3,
      plainBytes: 600_000,
      lock: { kind: 'raw-aes', namespace: RawKey.namespace, name: RawKey.keyName },
    })
  })

  it.each([
    ['framed', {}, { framed: true, frames: 3, plainBytes: 40, frameLengthBytes: 16 }],
    ['unframed', { frameLength: 0 }, { framed: false, frames: 1, plainBytes: 40, frameLengthBytes: 0 }],
    ['signed', { signed: true }, { framed: true, frames: null, plainBytes: null }],
  ])('of one that another program wrote: %s', async (_, more, expected) => {
    const { bytes, header } = message('p'.repeat(40), { ...more, context: [['a', 'ü']] })
    using folder = new TestFolder({ m: bytes })
    const found = documentOf(await cli(['inspect', folder.at('m')]))
    expect(found).toMatchObject({ ...expected, headerBytes: header.length, context: { a: 'ü' } })
  })

  it('with pairs of any name', async () => {
    const context: Pairs = [
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['', 'empty'],
    ]
    using folder = new TestFolder({ m: message('x', { context }).bytes })
    const { out } = await startCli(['inspect', folder.at('m'), '--json']).ended
    expect(out).toContain('"__proto__":"p"')
    expect(out).toContain('"constructor":"c"')
    expect(out).toContain('"":"empty"')
  })

  it('with no size where the file was cut to one that no body has', async () => {
    using folder = new TestFolder({ m: message('p'.repeat(40)).bytes.subarray(0, -30) })
    expect(documentOf(await cli(['inspect', folder.at('m')]))).toMatchObject({
      frames: null,
      plainBytes: null,
    })
  })

  it('whose header is far larger than what is read first', async () => {
    const context: Pairs = [['long', 'v'.repeat(65_000)]]
    const edk = {
      providerId: Buffer.from('p'),
      info: Buffer.alloc(60_000, 1),
      ciphertext: Buffer.alloc(60_000),
    }
    const { bytes, header } = message('x', { context, edks: () => Array(16).fill(edk) })
    using folder = new TestFolder({ m: bytes })
    const found = documentOf(await cli(['inspect', folder.at('m')]))
    expect(header.length).toBeGreaterThan(1_900_000)
    expect(found).toMatchObject({
      headerBytes: header.length,
      lock: { kind: 'other', providers: Array(16).fill('p') },
    })
    truncateSync(folder.at('m'), 1_000_000)
    const cut = await cli(['inspect', folder.at('m')])
    expect([cut.code, codesOf(cut)]).toEqual([4, ['MESSAGE_TRUNCATED']])
  })
})

describe('`inspect` in words', () => {
  it('says each fact on a line, that nothing is verified, and obeys nothing in it', async () => {
    const context: Pairs = [['evil\u001b[2J', 'line\nbreak\u202e']]
    using folder = new TestFolder({ m: message('p'.repeat(40), { context }).bytes })
    const { code, out, err } = await startCli(['inspect', folder.at('m')]).ended
    expect([code, err]).toEqual([0, ''])
    const lines = out.split('\n')
    for (const line of [
      `File        ${folder.at('m')}, `,
      'Format      AWS Encryption SDK message, version 2',
      'Suite       0x0478: AES-256-GCM',
      'Message id  ',
      'Locked by   the raw AES key “k” of “tests”',
      'Context     evil\\u{1b}[2J = line\\u{a}break\\u{202e}',
      'Data key 1  wrapped by “k” of tests, 48 bytes',
      'Commit key  ',
      'Body        3 frames (frames of 16 B), 40 plain bytes',
      'Header      ',
    ]) {
      expect(lines.some((found) => found.startsWith(line))).toBe(true)
    }
    expect(out).toMatch(/\nNothing above is verified: that takes the key\.\n$/)
    for (const hidden of ['\u001b', '\u202e']) expect(out).not.toContain(hidden)
  })

  it('needs no key, changes nothing, and says as little of a changed body', async () => {
    const { bytes } = message('p'.repeat(40))
    const changed = Buffer.from(bytes)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    using folder = new TestFolder({ m: bytes, n: changed })
    const [sound, other] = [await cli(['inspect', folder.at('m')]), await cli(['inspect', folder.at('n')])]
    expect([sound.code, other.code, folder.names()]).toEqual([0, 0, ['m', 'n']])
  })
})

describe('`inspect` refuses', () => {
  const sound = message('p'.repeat(40))
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(sound.bytes)
    bytes[at] = value
    return bytes
  }
  it.each([
    ['nothing', Buffer.alloc(0), 'MESSAGE_TRUNCATED'],
    ['a text', Buffer.from('just a text, long enough to be no header'), 'MESSAGE_MALFORMED'],
    ['a cut header', sound.header.subarray(0, 60), 'MESSAGE_TRUNCATED'],
    ['version 1', changed(0, 1), 'MESSAGE_UNSUPPORTED'],
    ['another suite', changed(1, 1), 'MESSAGE_UNSUPPORTED'],
    ['no data keys', sound.bytes.subarray(0, 37).fill(0, 35), 'MESSAGE_TRUNCATED'],
  ] satisfies [string, Buffer, ErrorCode][])('%s', async (_, bytes, code) => {
    using folder = new TestFolder({ m: bytes })
    const end = await cli(['inspect', folder.at('m')])
    expect([end.code, codesOf(end)]).toEqual([CODES[code].exit, [code]])
    expect(end.lines[0]).toMatchObject({ type: 'error', facts: { path: folder.at('m') } })
    expect(end.lines[0]?.message).toContain(folder.at('m'))
  })

  it('what is no file, without waiting for anybody', async () => {
    using folder = new TestFolder({ m: sound.bytes })
    symlinkSync('m', folder.at('link'))
    execFileSync('mkfifo', [folder.at('pipe')])
    for (const [name, code] of [
      ['link', 2],
      ['pipe', 2],
      ['.', 2],
      ['nope', 7],
      ['m/below', 7],
    ] as const) {
      const end = await cli(['inspect', folder.at(name)], { timeoutMs: 5_000 })
      expect([name, end.code]).toEqual([name, code])
    }
    expect((await cli(['inspect', '/dev/null'], { timeoutMs: 5_000 })).code).toBe(2)
  })
})

describeWithVectors('`inspect` reads messages of other SDKs', (vectors) => {
  it('also where no key of ours could open them, and says whose keys do', async () => {
    const entries = vectors.manifest().filter(({ expectError }) => expectError === 'no-usable-key')
    expect(entries.length).toBeGreaterThan(3)
    using folder = new TestFolder()
    for (const entry of entries) {
      const path = folder.write(entry.id, vectors.message(entry))
      const found = documentOf(await cli(['inspect', path]))
      expect(found).toMatchObject({ suite: { id: `0x${entry.suite}` } })
      const edks = found.edks
      expect(Array.isArray(edks) && edks.length > 0).toBe(true)
    }
  })
})
