/** Messages of the JavaScript AWS Encryption SDK, written here and now, opened by open_sealed.py. */
import { randomBytes } from 'node:crypto'
import {
  AlgorithmSuiteIdentifier,
  buildEncrypt,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { expect, it } from 'vitest'
import { openSealed, tempFolder } from './open-sealed.ts'

const { encrypt } = buildEncrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const WRAPPING = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
} as const
const SUITES = {
  unsigned: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
  signed: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
} as const
const FRAME = 1000
const SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME]

it.each([
  { suite: 'unsigned', keyBytes: 16 },
  { suite: 'unsigned', keyBytes: 24 },
  { suite: 'unsigned', keyBytes: 32 },
  { suite: 'signed', keyBytes: 32 },
] as const)('opens $suite messages of the SDK under a key of $keyBytes bytes, of every size', async (how) => {
  const key = new Uint8Array(randomBytes(how.keyBytes))
  const keyring = new RawAesKeyringNode({
    keyNamespace: 'Schlüssel',
    keyName: 'größter Schlüssel 1',
    unencryptedMasterKey: key.slice(),
    wrappingSuite: WRAPPING[how.keyBytes],
    utf8Sorting: true,
  })
  using folder = tempFolder({ key })
  const plain = new Map(SIZES.map((size) => [`${size}`, randomBytes(size)]))
  for (const [name, content] of plain) {
    const { result } = await encrypt(keyring, content, {
      suiteId: SUITES[how.suite],
      frameLength: FRAME,
      // In UTF-8 the second comes first; the SDK's own default would sort the other way round.
      encryptionContext: { '\u{10000}': 'astral', '\u{ffff}': 'basic', '': 'no key', empty: '' },
    })
    folder.write(`in/${name}.sealed`, result)
  }
  const options = ['--raw-aes-key-file', 'key', '--key-namespace', 'Schlüssel']
  const ended = openSealed(folder.path, 'in', '--to', 'out', ...options, '--key-name', 'größter Schlüssel 1')
  expect(ended).toMatchObject({ code: 0, err: '' })
  for (const [name, content] of plain) expect(folder.read(`out/in/${name}`).equals(content), name).toBe(true)
})
