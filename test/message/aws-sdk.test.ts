/** The JavaScript AWS Encryption SDK as the peer: it opens what Strongroom writes, and the other way round. */
import { createSecretKey, randomBytes } from 'node:crypto'
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { describe, expect, it } from 'vitest'
import {
  bodySize,
  openMessage,
  type RawAesKey,
  sealMessage,
  unwrapByRawAes,
  WRITTEN_FRAME_LENGTH,
  wrapRawAes,
} from '../../src/main/message/index.ts'
import { chunkSizes, feed, plainBytes, WAYS } from './feed.ts'

const aws = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const WRAPPING = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
} as const
const SUITES = {
  unsigned: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
  signed: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
} as const

const CONTEXT = {
  'strongroom-seal': '00112233445566778899aabbccddeeff',
  purpose: 'Schlüssel · 鍵 · 🔑',
  empty: '',
}
const FRAME = 1024
const SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME, 3 * FRAME + 7, 777, 4_321, 31_337]

/** One key, as each of the two knows it. */
function keyOf(length: keyof typeof WRAPPING): { ours: RawAesKey; theirs: RawAesKeyringNode } {
  const bytes = randomBytes(length)
  const ours = { namespace: 'strongroom-seal', name: `key of ${length} bytes`, key: createSecretKey(bytes) }
  const theirs = new RawAesKeyringNode({
    keyNamespace: ours.namespace,
    keyName: ours.name,
    // The SDK wants a buffer of its own.
    unencryptedMasterKey: new Uint8Array(bytes),
    wrappingSuite: WRAPPING[length],
    utf8Sorting: true,
  })
  return { ours, theirs }
}

describe('@aws-crypto/client-node opens what Strongroom writes', () => {
  const { ours, theirs } = keyOf(32)
  const context = new Map(Object.entries(CONTEXT))
  const seal = (plain: Buffer, frameLength?: number, pairs = context) =>
    sealMessage(plain, {
      wrap: (dataKey, authenticated) => [wrapRawAes(ours, dataKey, authenticated)],
      context: pairs,
      ...(frameLength === undefined ? {} : { frameLength }),
    })

  it.each(SIZES)('%i bytes in frames of 1 KiB, with a context', async (size) => {
    const plain = plainBytes(size)
    const { plaintext, messageHeader } = await aws.decrypt(theirs, seal(plain, FRAME))
    expect(plaintext.equals(plain)).toBe(true)
    expect({ ...messageHeader.encryptionContext }).toEqual(CONTEXT)
    expect(messageHeader.suiteId).toBe(SUITES.unsigned)
  })

  it.each([0, 1, -1, 70_000])(
    'frames of 256 KiB as the product writes them: their length and %i bytes',
    async (more) => {
      for (const frames of [1, 3]) {
        const plain = plainBytes(frames * WRITTEN_FRAME_LENGTH + more)
        const { plaintext } = await aws.decrypt(theirs, seal(plain))
        expect(plaintext.equals(plain)).toBe(true)
      }
    },
  )

  it('a message without a context', async () => {
    const { plaintext, messageHeader } = await aws.decrypt(theirs, seal(plainBytes(99), FRAME, new Map()))
    expect(plaintext.equals(plainBytes(99))).toBe(true)
    expect({ ...messageHeader.encryptionContext }).toEqual({})
  })

  it('but not when a byte of it was changed', async () => {
    const message = seal(plainBytes(2 * FRAME), FRAME)
    for (const at of [3, 60, message.length - bodySize(2 * FRAME, FRAME) - 1, message.length - 1]) {
      const changed = Buffer.from(message)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      await expect(aws.decrypt(theirs, changed)).rejects.toThrow()
    }
  })
})

describe('Strongroom opens what @aws-crypto/client-node writes', () => {
  const lengths = [16, 24, 32] as const
  it.each(lengths.flatMap((length) => (['unsigned', 'signed'] as const).map((suite) => ({ length, suite }))))(
    'under a wrapping key of $length bytes, $suite, in every size',
    async ({ length, suite }) => {
      const { ours, theirs } = keyOf(length)
      for (const size of SIZES) {
        const plain = plainBytes(size)
        const { result } = await aws.encrypt(theirs, plain, {
          encryptionContext: CONTEXT,
          frameLength: FRAME,
          suiteId: SUITES[suite],
        })
        for (const way of WAYS) {
          const opened = feed(result, { unwrap: unwrapByRawAes([ours]) }, chunkSizes(way))
          expect(opened.error).toBeUndefined()
          expect(opened.plain.equals(plain), `${size} bytes ${way}`).toBe(true)
          expect(opened.header?.suite.signed).toBe(suite === 'signed')
          expect(Object.fromEntries(opened.header?.context ?? [])).toMatchObject(CONTEXT)
        }
      }
    },
  )

  it.each([1, 16, 4096, 100_000])('in frames of %i bytes', async (frameLength) => {
    const { ours, theirs } = keyOf(32)
    for (const size of [0, 1, frameLength, 2 * frameLength + 1]) {
      const plain = plainBytes(size)
      const { result } = await aws.encrypt(theirs, plain, { frameLength })
      const { header, plain: opened } = openMessage(result, { unwrap: unwrapByRawAes([ours]) })
      expect(opened.equals(plain)).toBe(true)
      expect(header.frameLength).toBe(frameLength)
    }
  })

  it('by random sizes, frame lengths and contexts', async () => {
    const { ours, theirs } = keyOf(32)
    for (let i = 0; i < 40; i++) {
      const [a = 0, b = 0, c = 0, d = 0] = randomBytes(4)
      const plain = randomBytes(a * 40 + b)
      const encryptionContext = Object.fromEntries(
        Array.from({ length: c % 6 }, (_, n) => [
          `${randomBytes(1 + n).toString('latin1')}${n}`,
          `value ${n}`,
        ]),
      )
      const { result } = await aws.encrypt(theirs, plain, { frameLength: 1 + d * 7, encryptionContext })
      const opened = openMessage(result, { unwrap: unwrapByRawAes([ours]) })
      expect(opened.plain.equals(plain)).toBe(true)
    }
  })
})
