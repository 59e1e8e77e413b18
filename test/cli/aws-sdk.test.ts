import { randomBytes } from 'node:crypto'
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { expect, it } from 'vitest'
import { cli, RawKey } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const FRAME = 256 * 1024
const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

function keyringOf(key: RawKey): RawAesKeyringNode {
  return new RawAesKeyringNode({
    keyNamespace: RawKey.namespace,
    keyName: RawKey.keyName,
    // The SDK wants a buffer that is alone in its ArrayBuffer.
    unencryptedMasterKey: new Uint8Array(key.bytes),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
}

const sizes = [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 700_001]

it.each(sizes)('the AWS SDK for JavaScript opens what `seal` made of %i bytes', async (size) => {
  const content = randomBytes(size)
  using folder = new TestFolder({ 'a.bin': content })
  const key = new RawKey(folder.path)
  expect((await cli(['seal', folder.at('a.bin'), ...key.options])).code).toBe(0)
  const { plaintext } = await decrypt(keyringOf(key), folder.read('a.bin.sealed'))
  expect(plaintext.equals(content)).toBe(true)
})

it.each(sizes)('`unseal` opens what the AWS SDK for JavaScript made of %i bytes', async (size) => {
  const content = randomBytes(size)
  using folder = new TestFolder()
  const key = new RawKey(folder.path)
  const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
  const { result } = await encrypt(keyringOf(key), content, {
    suiteId,
    encryptionContext: { who: 'sdk', where: 'Zürich' },
  })
  folder.write('b.sealed', result)
  expect((await cli(['unseal', folder.at('b.sealed'), ...key.options])).code).toBe(0)
  expect(folder.read('b').equals(content)).toBe(true)
})
