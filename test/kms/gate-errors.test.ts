import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode, VaultError } from '../../src/main/base/index.ts'
import { CODES } from '../../src/main/contract/codes.ts'
import { type KmsClient, openKms } from '../../src/main/kms/index.ts'
import { startKms } from '../support/kms.ts'
import { trusting } from '../support/kms-cases.ts'
import { type Gate, type GateKey, NO_AWS_OF_OURS } from '../support/kms-gate/index.ts'
import { refusalOf } from '../support/refusal.ts'

/** Each cause has a code and a text of its own. The refusals are the gate's, in AWS's words. */
let kms: Awaited<ReturnType<typeof startKms>>
let gate: Gate
let key: GateKey
let client: KmsClient
let blob: Uint8Array

beforeAll(async () => {
  kms = await startKms()
  gate = kms.gate
  key = await gate.createKey({ alias: 'alias/errors' })
  using first = trusting(key.arn)
  const made = await first.generateDataKey(key.arn, {})
  made.key[Symbol.dispose]()
  blob = made.blob
})
afterAll(() => kms[Symbol.asyncDispose]())
beforeEach(() => {
  gate.actAs()
  client = openKms({ trusted: () => new Set([key.arn]), patienceMs: 0 })
})
afterEach(() => {
  client[Symbol.dispose]()
  gate.faults.clear()
  key.state = 'Enabled'
})

const decrypting = (): Promise<VaultError> => refusalOf(client.decrypt(key.arn, blob, {}))
const refusing = (type: string, message: string, status = 400): Promise<VaultError> => {
  gate.fault('Decrypt', { kind: 'refuse', type, message, status })
  return decrypting()
}

const NAMED: readonly (readonly [name: string, message: string, code: ErrorCode])[] = [
  ['DisabledException', 'arn is disabled.', 'KMS_KEY_DISABLED'],
  ['KMSInvalidStateException', 'arn is disabled.', 'KMS_KEY_DISABLED'],
  ['KMSInvalidStateException', 'arn is pending deletion.', 'KMS_KEY_PENDING_DELETION'],
  ['KMSInvalidStateException', 'arn is pending replica deletion.', 'KMS_KEY_PENDING_DELETION'],
  ['DisabledException', 'arn is pending deletion.', 'KMS_KEY_PENDING_DELETION'],
  ['KMSInvalidStateException', 'arn is pending import.', 'KMS_KEY_UNAVAILABLE'],
  ['KMSInvalidStateException', 'arn is unavailable.', 'KMS_KEY_UNAVAILABLE'],
  ['KeyUnavailableException', 'try again', 'KMS_KEY_UNAVAILABLE'],
  ['CustomKeyStoreInvalidStateException', 'disconnected', 'KMS_KEY_UNAVAILABLE'],
  ['NotFoundException', "Key 'arn' does not exist", 'KMS_KEY_NOT_FOUND'],
  ['NotFoundException', 'Invalid arn us-east-1', 'KMS_WRONG_REGION'],
  ['SignatureDoesNotMatch', 'Credential should be scoped to a valid region.', 'KMS_WRONG_REGION'],
  ['InvalidKeyUsageException', 'usage', 'KMS_KEY_UNSUITABLE'],
  ['UnsupportedOperationException', 'spec', 'KMS_KEY_UNSUITABLE'],
  ['InvalidCiphertextException', '', 'KMS_CIPHERTEXT_REFUSED'],
  ['IncorrectKeyException', 'another', 'KMS_CIPHERTEXT_REFUSED'],
  ['ThrottlingException', 'Rate exceeded', 'KMS_THROTTLED'],
  ['LimitExceededException', 'quota', 'KMS_LIMIT_REACHED'],
  ['ExpiredTokenException', 'expired', 'KMS_CREDENTIALS_EXPIRED'],
  ['UnrecognizedClientException', 'invalid token', 'KMS_CREDENTIALS_REFUSED'],
  [
    'InvalidSignatureException',
    'Signature expired: 2020 is now earlier than 2026',
    'KMS_CREDENTIALS_REFUSED',
  ],
  ['IncompleteSignature', 'incomplete', 'KMS_CREDENTIALS_REFUSED'],
  ['DependencyTimeoutException', 'timeout', 'KMS_UNREACHABLE'],
  ['ValidationException', 'a parameter is wrong', 'KMS_UNEXPECTED'],
  ['SomethingNewException', 'in AWS’s own words', 'KMS_UNEXPECTED'],
]

it.each(NAMED)('gate: AWS’s %s (%s) is told as %s', async (name, message, code) => {
  const error = await refusing(name, message)
  expect(error.code).toBe(code)
  expect(error.exit).toBe(CODES[code].exit)
  expect(error.facts).toMatchObject({ operation: 'Decrypt', key: key.arn, aws: name })
  if (code === 'KMS_UNEXPECTED') expect(error.message).toContain(message)
})

it('gate: a clock that is wrong is named where AWS points at it', async () => {
  const error = await refusing('InvalidSignatureException', 'Signature expired: 20200101T000000Z')
  expect(error.message).toContain('clock')
})

describe('gate: the state of the key', () => {
  it('disabled', async () => {
    key.state = 'Disabled'
    expect((await decrypting()).code).toBe('KMS_KEY_DISABLED')
  })

  it.each(['KMSInvalidStateException', 'DisabledException'] as const)(
    'pending deletion, as %s',
    async (as) => {
      key.state = 'PendingDeletion'
      key.deletedAs = as
      expect((await decrypting()).code).toBe('KMS_KEY_PENDING_DELETION')
    },
  )

  it.each(['PendingImport', 'Unavailable'] as const)('%s', async (state) => {
    key.state = state
    expect((await decrypting()).code).toBe('KMS_KEY_UNAVAILABLE')
  })
})

describe('gate: the name of the key', () => {
  it('an alias that was deleted', async () => {
    const gone = await gate.createKey({ alias: 'alias/gone' })
    expect(await client.resolveAlias('alias/gone')).toBe(gone.arn)
    await gate.deleteAlias('alias/gone')
    const error = await refusalOf(client.resolveAlias('alias/gone', gone.arn))
    expect(error.code).toBe('KMS_ALIAS_NOT_FOUND')
    expect(error.message).toContain('alias/gone')
  })

  it('an alias that moved to another key, and none that did not', async () => {
    const first = await gate.createKey({ alias: 'alias/moves' })
    expect(await client.resolveAlias('alias/moves', first.arn)).toBe(first.arn)
    const second = await gate.createKey()
    await gate.moveAlias('alias/moves', second)
    const error = await refusalOf(client.resolveAlias('alias/moves', first.arn))
    expect(error.code).toBe('KMS_ALIAS_MOVED')
    expect(error.facts).toEqual({ alias: 'alias/moves', pinned: first.arn, arn: second.arn })
  })

  it.each(['', 'alias', 'key/1', 'arn:aws:s3:::bucket', 'alias/a b', 'alias/x\n', '../x'])(
    'no name at all: “%s”',
    async (name) => {
      const before = gate.calls.length
      expect((await refusalOf(client.describeKey(name))).code).toBe('KMS_NAME_INVALID')
      expect(gate.calls.length).toBe(before)
    },
  )

  it.each(['alias/aws/s3', 'arn:aws:kms:eu-central-1:123456789012:alias/aws/ebs'])(
    'AWS’s own: %s',
    async (name) => {
      const before = gate.calls.length
      const error = await refusalOf(client.describeKey(name))
      expect(error.code).toBe('KMS_KEY_UNSUITABLE')
      expect(error.message).toContain('AWS manages it')
      expect(gate.calls.length).toBe(before)
    },
  )
})

describe('gate: the region', () => {
  it('an endpoint of another region than the key’s', async () => {
    const abroad = key.arn.replace('eu-central-1', 'us-west-2')
    gate.fault('Decrypt', { kind: 'refuse', type: 'NotFoundException', message: 'Invalid arn us-west-2' })
    using other = trusting(abroad)
    expect((await refusalOf(other.decrypt(abroad, blob, {}))).code).toBe('KMS_WRONG_REGION')
  })

  it('none set, for a name that names none', async () => {
    Reflect.deleteProperty(process.env, 'AWS_REGION')
    const error = await refusalOf(client.describeKey('alias/errors'))
    expect(error.code).toBe('KMS_REGION_MISSING')
    expect(client.takeCalls()).toEqual([])
  })
})

describe('gate: the credentials', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-aws-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  afterEach(() => {
    Object.assign(process.env, NO_AWS_OF_OURS)
    Reflect.deleteProperty(process.env, 'AWS_PROFILE')
  })
  const without = (): void => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
      Reflect.deleteProperty(process.env, name)
  }

  it('none', async () => {
    without()
    expect((await decrypting()).code).toBe('KMS_CREDENTIALS_MISSING')
    expect(client.takeCalls()).toEqual([])
  })

  it('an SSO sign-in that is over', async () => {
    without()
    const file = join(folder, 'config')
    writeFileSync(
      file,
      '[profile team]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\nregion = eu-central-1\n[sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://example.invalid/start\n',
    )
    Object.assign(process.env, { AWS_CONFIG_FILE: file, AWS_PROFILE: 'team' })
    expect((await decrypting()).code).toBe('KMS_CREDENTIALS_EXPIRED')
  })

  it('expired, and unknown to AWS', async () => {
    const bob = gate.caller('bob')
    bob.expired = true
    gate.actAs(bob)
    expect((await decrypting()).code).toBe('KMS_CREDENTIALS_EXPIRED')
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIASTRANGER' })
    using stranger = trusting(key.arn)
    const error = await refusalOf(stranger.decrypt(key.arn, blob, {}))
    expect(error.code).toBe('KMS_CREDENTIALS_REFUSED')
    expect(JSON.stringify([error.message, error.facts])).not.toContain('STRANGER')
  })
})

describe('the network', () => {
  it.each([
    ['a port where nobody listens', 'http://127.0.0.1:1'],
    ['a host that is not there', 'http://kms.invalid'],
    ['TLS where there is none', 'tls'],
  ])('%s', async (_what, url) => {
    process.env.AWS_ENDPOINT_URL_KMS = url === 'tls' ? gate.url.replace('http:', 'https:') : url
    const error = await decrypting()
    expect(error.code).toBe('KMS_UNREACHABLE')
    expect(error.exit).toBe(5)
  })

  it('gate: an answer that is not KMS’s', async () => {
    gate.fault('Decrypt', { kind: 'lie', answer: () => ({}) })
    expect((await decrypting()).code).toBe('KMS_ANSWER_WRONG')
  })
})
