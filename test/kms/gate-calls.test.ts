import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type GenerateDataKeyCommandOutput, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isKeyArn, openKms } from '../../src/main/kms/index.ts'
import { startKms } from '../support/kms.ts'
import { everyKms, hexOf, someContext, trusting } from '../support/kms-cases.ts'
import { type Gate, type GateKey, type Json, THROTTLE } from '../support/kms-gate/index.ts'
import { refusalOf } from '../support/refusal.ts'

let kms: Awaited<ReturnType<typeof startKms>>
let gate: Gate
let key: GateKey
let other: GateKey

beforeAll(async () => {
  kms = await startKms()
  gate = kms.gate
  key = await gate.createKey()
  other = await gate.createKey()
})
afterAll(() => kms[Symbol.asyncDispose]())
afterEach(() => gate.faults.clear())

describe('gate', () => {
  everyKms(() => key.arn)
})

it('the AWS SDK is loaded by the first call, not before', async () => {
  const door = new URL('../../src/main/kms/index.ts', import.meta.url).href
  const script = `
    import { registerHooks } from 'node:module'
    registerHooks({ resolve(name, context, next) {
      if (name.startsWith('@aws-sdk/client-kms')) console.log('SDK')
      return next(name, context)
    } })
    const { openKms } = await import(${JSON.stringify(door)})
    const arn = ${JSON.stringify(key.arn)}
    await openKms({ trusted: () => new Set() }).decrypt(arn, new Uint8Array(9), {}).catch(() => console.log('refused'))
    await openKms({ trusted: () => new Set([arn]) }).decrypt(arn, new Uint8Array(9), {}).catch(() => console.log('called'))`
  const flags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--input-type=module', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  expect(stdout.trim().split('\n')).toEqual(['refused', 'SDK', 'called'])
})

it('gate: not more than 32 calls are under way at once, over all clients of the process', async () => {
  gate.peak = 0
  gate.fault('GenerateDataKey', { kind: 'delay', ms: 30 })
  using first = trusting(key.arn)
  using second = trusting(key.arn)
  const calls = Array.from({ length: 100 }, (_, at) => (at % 2 ? first : second).generateDataKey(key.arn, {}))
  for (const { key: made } of await Promise.all(calls)) made[Symbol.dispose]()
  expect(gate.peak).toBe(32)
  // The slots are free again.
  ;(await first.generateDataKey(key.arn, {})).key[Symbol.dispose]()
})

it('gate: a KMS that throttles is waited out, longer than the SDK’s own three attempts', async () => {
  using client = trusting(key.arn)
  gate.fault({ operation: 'GenerateDataKey', times: 5 }, THROTTLE)
  const before = gate.calls.length
  ;(await client.generateDataKey(key.arn, someContext())).key[Symbol.dispose]()
  expect(gate.calls.slice(before).filter(({ error }) => error === 'ThrottlingException').length).toBe(5)
  expect(client.takeCalls().length).toBeGreaterThan(1)
})

it('gate: a KMS that throttles on and on is given up when patience ends', async () => {
  using client = openKms({ trusted: () => new Set([key.arn]), patienceMs: 1_000 })
  gate.fault('Decrypt', THROTTLE)
  const error = await refusalOf(client.decrypt(key.arn, new Uint8Array(90), {}))
  expect(error.code).toBe('KMS_THROTTLED')
})

it('gate: a KMS that hangs is given up, and the record says that nobody knows whether it was done', async () => {
  process.env.AWS_MAX_ATTEMPTS = '1'
  using client = openKms({ trusted: () => new Set([key.arn]), answerWithinMs: 300 })
  gate.fault('GenerateDataKey', { kind: 'hang' })
  const error = await refusalOf(client.generateDataKey(key.arn, {}))
  Reflect.deleteProperty(process.env, 'AWS_MAX_ATTEMPTS')
  expect(error.code).toBe('KMS_UNREACHABLE')
  expect(client.takeCalls()).toEqual([{ operation: 'GenerateDataKey', arn: key.arn, requestId: null }])
})

it('gate: a connection that is cut, or a KMS in trouble, is tried again', async () => {
  using client = trusting(key.arn)
  gate.fault({ operation: 'GenerateDataKey', times: 1 }, { kind: 'reset' })
  gate.fault(
    { operation: 'GenerateDataKey', times: 1 },
    { kind: 'refuse', type: 'KMSInternalException', status: 500 },
  )
  ;(await client.generateDataKey(key.arn, {})).key[Symbol.dispose]()
  gate.fault('GenerateDataKey', { kind: 'reset', after: true })
  expect((await refusalOf(client.generateDataKey(key.arn, {}))).code).toBe('KMS_UNREACHABLE')
  gate.faults.clear()
  gate.fault('GenerateDataKey', { kind: 'refuse', type: 'KMSInternalException', status: 500 })
  expect((await refusalOf(client.generateDataKey(key.arn, {}))).code).toBe('KMS_UNREACHABLE')
})

it('gate: a job that is stopped ends at once, under way, waiting its turn or waiting out throttling', async () => {
  using client = trusting(key.arn)
  const stop = new AbortController()
  const job = client.during(stop.signal)
  gate.fault('GenerateDataKey', { kind: 'hang' })
  gate.fault('Decrypt', THROTTLE)
  const ends = [
    ...Array.from({ length: 40 }, () => job.generateDataKey(key.arn, {})),
    job.decrypt(key.arn, new Uint8Array(90), {}),
  ].map(refusalOf)
  setTimeout(() => stop.abort(), 300)
  const started = performance.now()
  for (const { code } of await Promise.all(ends)) expect(code).toBe('INTERRUPTED')
  expect(performance.now() - started).toBeLessThan(3_000)
  gate.faults.clear()
  gate.fault('Decrypt', THROTTLE)
  const late = new AbortController()
  const waiting = refusalOf(client.during(late.signal).decrypt(key.arn, new Uint8Array(90), {}))
  setTimeout(() => late.abort(), 1_800)
  expect((await waiting).code).toBe('INTERRUPTED')
  gate.faults.clear()
  ;(await client.generateDataKey(key.arn, {})).key[Symbol.dispose]()
})

it('gate: a job that is stopped does not wait for its turn behind calls that go on', async () => {
  using client = trusting(key.arn)
  gate.fault('GenerateDataKey', { kind: 'delay', ms: 1_500 })
  const others = Array.from({ length: 32 }, () => client.generateDataKey(key.arn, {}))
  const stop = new AbortController()
  const started = performance.now()
  const waiting = refusalOf(client.during(stop.signal).generateDataKey(key.arn, {}))
  setTimeout(() => stop.abort(new Error('Ctrl-C')), 100)
  expect((await waiting).code).toBe('INTERRUPTED')
  expect(performance.now() - started).toBeLessThan(1_000)
  for (const { key: made } of await Promise.all(others)) made[Symbol.dispose]()
})

const foreign = (name: string) => (answer: Json) => ({ ...answer, [name]: other.arn })
const LIES: readonly (readonly [string, string, (answer: Json) => Json])[] = [
  ['GenerateDataKey', 'another key', foreign('KeyId')],
  ['GenerateDataKey', 'no name of a key', ({ KeyId: _, ...rest }) => rest],
  [
    'GenerateDataKey',
    'a short key',
    (answer) => ({ ...answer, Plaintext: Buffer.alloc(16).toString('base64') }),
  ],
  ['GenerateDataKey', 'no key', ({ Plaintext: _, ...rest }) => rest],
  ['GenerateDataKey', 'nothing wrapped', ({ CiphertextBlob: _, ...rest }) => rest],
  ['GenerateDataKey', 'an empty wrapping', (answer) => ({ ...answer, CiphertextBlob: '' })],
  [
    'GenerateDataKey',
    'far too long a wrapping',
    (answer) => ({ ...answer, CiphertextBlob: 'A'.repeat(10_000) }),
  ],
  ['Encrypt', 'another key', foreign('KeyId')],
  ['Decrypt', 'another key', foreign('KeyId')],
  ['Decrypt', 'a long key', (answer) => ({ ...answer, Plaintext: Buffer.alloc(33).toString('base64') })],
  ['ReEncrypt', 'another source', ({ ...answer }) => ({ ...answer, SourceKeyId: 'arn:aws:kms:x' })],
  ['ReEncrypt', 'another destination', (answer) => ({ ...answer, KeyId: 'arn:aws:kms:x' })],
  ['DescribeKey', 'another key', () => ({ KeyMetadata: { KeyId: 'x', Arn: other.arn } })],
]

it.each(LIES)('gate: %s is not believed when it answers with %s', async (operation, _what, answer) => {
  using client = trusting(key.arn, other.arn)
  const context = someContext()
  const { key: made, blob } = await client.generateDataKey(key.arn, context)
  using _made = made
  gate.fault(operation, { kind: 'lie', answer })
  const acts: Record<string, () => Promise<unknown>> = {
    GenerateDataKey: () => client.generateDataKey(key.arn, context),
    Encrypt: () => client.encrypt(key.arn, made, context),
    Decrypt: () => client.decrypt(key.arn, blob, context),
    ReEncrypt: () => client.reEncrypt({ from: key.arn, blob, to: other.arn, context }),
    DescribeKey: () => client.describeKey(key.arn),
  }
  const error = await refusalOf(acts[operation]?.() ?? Promise.resolve())
  expect(error.code).toBe('KMS_ANSWER_WRONG')
  expect(error.exit).toBe(4)
})

it('gate: re-encrypting moves a key to another KMS key without its bytes coming here', async () => {
  using client = trusting(key.arn, other.arn)
  const context = someContext()
  const { key: made, blob } = await client.generateDataKey(key.arn, context)
  using _made = made
  const before = gate.calls.length
  const moved = await client.reEncrypt({ from: key.arn, blob, to: other.arn, context })
  expect(gate.operations.slice(before)).toEqual(['ReEncrypt'])
  expect(gate.calls.at(-1)?.context).toEqual(context)
  expect(moved.keyMaterialId).toBe(other.material)
  using back = (await client.decrypt(other.arn, moved.blob, context)).key
  expect(hexOf(back)).toBe(hexOf(made))
  expect((await refusalOf(client.decrypt(key.arn, moved.blob, context))).code).toBe('KMS_CIPHERTEXT_REFUSED')
})

it('gate: re-encrypting to a key that is not trusted, or of another region, calls nothing', async () => {
  using client = trusting(key.arn)
  const { key: made, blob } = await client.generateDataKey(key.arn, {})
  made[Symbol.dispose]()
  const before = gate.calls.length
  const request = { from: key.arn, blob, to: other.arn, context: {} }
  expect((await refusalOf(client.reEncrypt(request))).code).toBe('KMS_KEY_NOT_TRUSTED')
  const abroad = key.arn.replace('eu-central-1', 'us-west-2')
  using both = trusting(key.arn, abroad)
  expect((await refusalOf(both.reEncrypt({ ...request, to: abroad }))).code).toBe('KMS_WRONG_REGION')
  expect(gate.calls.length).toBe(before)
})

it('gate: a key is called in the region that its ARN names, whatever AWS_REGION says', async () => {
  const abroad = await gate.createKey({ region: 'us-west-2' })
  using client = trusting(abroad.arn)
  ;(await client.generateDataKey(abroad.arn, {})).key[Symbol.dispose]()
  expect(gate.calls.at(-1)).toMatchObject({ region: 'us-west-2', arn: abroad.arn, error: undefined })
})

it('the key in the SDK’s answer is overwritten with zeros as soon as it is taken', async () => {
  const answers: GenerateDataKeyCommandOutput[] = []
  const { send } = KMSClient.prototype
  // Looks over the SDK's shoulder; the call itself is real.
  KMSClient.prototype.send = async function seen(this: KMSClient, ...args: Parameters<typeof send>) {
    const answer: unknown = await Reflect.apply(send, this, args)
    answers.push(answer as GenerateDataKeyCommandOutput)
    return answer
  } as typeof send
  try {
    using client = trusting(key.arn)
    const { key: made, blob } = await client.generateDataKey(key.arn, {})
    using back = (await client.decrypt(key.arn, blob, {})).key
    expect(hexOf(back)).toBe(hexOf(made))
    expect(hexOf(back)).not.toMatch(/^0+$/)
    made[Symbol.dispose]()
  } finally {
    KMSClient.prototype.send = send
  }
  expect(answers.map(({ Plaintext: bytes }) => bytes?.every((byte) => byte === 0))).toEqual([true, true])
})

it('only the whole ARN of a key can be pinned', () => {
  expect(isKeyArn(key.arn)).toBe(true)
  for (const text of [
    'alias/team',
    key.arn.split('/')[1] ?? '',
    key.arn.replace('key/', 'alias/'),
    `${key.arn} `,
  ]) {
    expect(isKeyArn(text)).toBe(false)
  }
})
