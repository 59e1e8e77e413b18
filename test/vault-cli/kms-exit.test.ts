import { readFileSync, writeFileSync } from 'node:fs'
import {
  buildClient,
  CommitmentPolicy,
  KmsKeyringNode,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cli, codesOf } from '../support/cli.ts'
import { startKms } from '../support/kms.ts'
import { KmsVault } from '../support/kms-vault.ts'
import { WorkFolder } from '../support/tree.ts'

/** The ways out that docs/recovery.md shows for KMS, taken with AWS’s own programs and no line of ours. */
let kms: Awaited<ReturnType<typeof startKms>>
beforeAll(async () => {
  kms = await startKms()
})
afterAll(() => kms[Symbol.asyncDispose]())

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const keyringOf = (arn: string) => new KmsKeyringNode({ generatorKeyId: arn, keyIds: [] })

it('a sealed file opens in one step with the AWS Encryption SDK', async () => {
  const key = await kms.gate.createKey()
  using work = new WorkFolder()
  writeFileSync(work.at('a'), 'one')
  const env = kms.gate.env()
  expect((await cli(['seal', work.at('a'), '--kms', key.arn], { env })).code).toBe(0)
  const { plaintext, messageHeader } = await decrypt(keyringOf(key.arn), readFileSync(work.at('a.sealed')))
  expect(plaintext.toString()).toBe('one')
  expect(Object.keys(messageHeader.encryptionContext)).toEqual(['strongroom-seal'])
})

it('what the AWS Encryption SDK encrypted with a KMS key, signed and all, `unseal` opens', async () => {
  const key = await kms.gate.createKey()
  using work = new WorkFolder()
  const { result } = await encrypt(keyringOf(key.arn), Buffer.from('two'), {
    encryptionContext: { who: 'sdk' },
  })
  writeFileSync(work.at('b.sealed'), result)
  const end = await cli(['unseal', work.at('b.sealed'), '--kms', key.arn], { env: kms.gate.env() })
  expect([codesOf(end), end.code]).toEqual([[], 0])
  expect(readFileSync(work.at('b'), 'utf8')).toBe('two')
})

it('a file of a KMS vault opens with `kms decrypt` and the AWS Encryption SDK', async () => {
  const key = await kms.gate.createKey()
  using vault = await KmsVault.create(kms.gate, [key.arn])
  await vault.device.does('add', vault.source('a', 'three'))
  const { versionId = '' } = await vault.device.item('/a')
  const message = readFileSync(`${vault.path}/items/${versionId?.slice(0, 2)}/${versionId}.sealed`)
  // Step 1: the key record in the message’s context: commitment 32, count 2, then EDKs of three parts each.
  const context = contextOf(message)
  const record = Buffer.from(context.get('strongroom-key') ?? '', 'base64')
  const blob = blobOf(record, key.arn)
  // Step 2: `aws kms decrypt --key-id ARN --ciphertext-blob … --encryption-context …`
  const answer = await new KMSClient({}).send(
    new DecryptCommand({
      KeyId: key.arn,
      CiphertextBlob: blob,
      EncryptionContext: {
        'strongroom-vault': context.get('strongroom-vault') ?? '',
        'strongroom-version': versionId ?? '',
      },
    }),
  )
  // Step 3: a Raw AES keyring with that key.
  const keyring = new RawAesKeyringNode({
    keyNamespace: 'strongroom',
    keyName: versionId ?? '',
    unencryptedMasterKey: new Uint8Array(answer.Plaintext ?? []),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  expect((await decrypt(keyring, message)).plaintext.toString()).toBe('three')
})

/** The pairs of a version 2 message’s header: 02, suite 2, id 32, length 2, count 2, then the pairs. */
function contextOf(message: Buffer): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  let at = 39
  const text = () => {
    const length = message.readUInt16BE(at)
    at += 2 + length
    return message.toString('utf8', at - length, at)
  }
  for (let left = message.readUInt16BE(37); left > 0; left--) pairs.set(text(), text())
  return pairs
}

function blobOf(record: Buffer, arn: string): Buffer {
  let at = 34
  const part = () => {
    const length = record.readUInt16BE(at)
    at += 2 + length
    return record.subarray(at - length, at)
  }
  for (let left = record.readUInt16BE(32); left > 0; left--) {
    const [provider, info, blob] = [part(), part(), part()]
    if (`${provider}` === 'aws-kms' && `${info}` === arn) return blob
  }
  throw new Error('no KMS EDK')
}
