import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { demandUsable, type KmsClient, openKms, usableKmsKey } from '../../src/main/kms/index.ts'
import { startKms } from '../support/kms.ts'
import { someContext } from '../support/kms-cases.ts'
import { ALL_OF_KMS, defaultPolicy, type Gate, type GateKey, type Json } from '../support/kms-gate/index.ts'
import { refusal, refusalOf } from '../support/refusal.ts'

/** Facts of a key, and what its administrator does to it. State, policy, grants and rotation are the gate's. */
let kms: Awaited<ReturnType<typeof startKms>>
let gate: Gate
let key: GateKey
let client: KmsClient
const trusted = new Set<string>()

beforeAll(async () => {
  kms = await startKms()
  gate = kms.gate
  client = openKms({ trusted: () => trusted })
  key = await newKey('alias/facts')
})
afterAll(async () => {
  client[Symbol.dispose]()
  await kms[Symbol.asyncDispose]()
})

async function newKey(alias?: string): Promise<GateKey> {
  const made = await gate.createKey(alias === undefined ? {} : { alias })
  trusted.add(made.arn)
  return made
}

const DAY_MS = 86_400_000

it('gate: a key’s facts are what KMS says: aliases, rotation, materials', async () => {
  await client.care.enableRotation(key.arn, 90)
  await client.care.rotateOnDemand(key.arn)
  const facts = await client.describeKey('alias/facts')
  expect(facts).toMatchObject({
    arn: key.arn,
    account: '123456789012',
    manager: 'customer',
    state: 'Enabled',
    enabled: true,
    origin: 'AWS_KMS',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    multiRegion: null,
    deletionMs: null,
    keyMaterialId: key.material,
    aliases: { kind: 'known', value: ['alias/facts'] },
  })
  expect(Math.abs((facts.createdMs ?? 0) - Date.now())).toBeLessThan(DAY_MS)
  const { rotation, rotations } = facts
  expect(rotation).toMatchObject({ kind: 'known', value: { kind: 'on', periodDays: 90 } })
  const next = rotation.kind === 'known' && rotation.value.kind === 'on' ? (rotation.value.nextMs ?? 0) : 0
  expect(Math.abs(next - Date.now() - 90 * DAY_MS)).toBeLessThan(DAY_MS)
  expect(rotations).toMatchObject({
    kind: 'known',
    value: key.materials.map(({ id, how }) => ({ keyMaterialId: id, how })),
  })
  await client.care.disableRotation(key.arn)
  expect((await client.describeKey(key.arn)).rotation).toEqual({ kind: 'known', value: { kind: 'off' } })
})

it('gate: what may not be asked is “could not check”, never “off” or “none”', async () => {
  const deny = ['kms:GetKeyRotationStatus', 'kms:ListKeyRotations', 'kms:ListAliases']
  const poor = gate.caller('describes-only', {
    Statement: [...ALL_OF_KMS.Statement, { Effect: 'Deny', Action: deny, Resource: '*' }],
  })
  gate.actAs(poor)
  using their = openKms({ trusted: () => trusted })
  const { rotation, rotations, aliases } = await their.describeKey(key.arn)
  for (const fact of [rotation, rotations, aliases]) {
    expect(fact).toMatchObject({ kind: 'unchecked', reason: { code: 'KMS_ACCESS_DENIED' } })
  }
  gate.actAs()
})

it('gate: a failure other than a missing permission is not taken for “could not check”', async () => {
  const lift = gate.fault('GetKeyRotationStatus', { kind: 'refuse', type: 'ExpiredTokenException' })
  expect((await refusalOf(client.describeKey(key.arn))).code).toBe('KMS_CREDENTIALS_EXPIRED')
  lift()
})

it('gate: a role that may not describe the key can do without its material id', async () => {
  expect(await client.currentMaterial(key.arn)).toBe(key.material)
  const deny = { Effect: 'Deny', Action: 'kms:DescribeKey', Resource: '*' } as const
  gate.actAs(gate.caller('cannot-describe', { Statement: [...ALL_OF_KMS.Statement, deny] }))
  using their = openKms({ trusted: () => trusted })
  expect(await their.currentMaterial(key.arn)).toBeNull()
  gate.actAs()
})

it('gate: rotating on demand gives new material; what the old one wrapped opens, and says which it was', async () => {
  const own = await newKey()
  const context = someContext()
  const before = await client.generateDataKey(own.arn, context)
  await client.care.rotateOnDemand(own.arn)
  const after = await client.reEncrypt({ from: own.arn, blob: before.blob, to: own.arn, context })
  expect(after.keyMaterialId).not.toBe(before.keyMaterialId)
  const opened = await client.decrypt(own.arn, before.blob, context)
  expect(opened.keyMaterialId).toBe(before.keyMaterialId)
  opened.key[Symbol.dispose]()
  before.key[Symbol.dispose]()
  expect((await client.care.listRotations(own.arn)).map(({ keyMaterialId }) => keyMaterialId)).toEqual([
    before.keyMaterialId,
    after.keyMaterialId,
  ])
})

it('gate: on-demand rotation has its limit', async () => {
  const own = await newKey()
  for (let times = 0; times < 25; times++) await client.care.rotateOnDemand(own.arn)
  expect((await refusalOf(client.care.rotateOnDemand(own.arn))).code).toBe('KMS_LIMIT_REACHED')
})

it('gate: deletion is scheduled, shown with its date, and taken back; the key is disabled then', async () => {
  const own = await newKey()
  const atMs = await client.care.scheduleDeletion(own.arn, 7)
  expect(Math.abs((atMs ?? 0) - Date.now() - 7 * DAY_MS)).toBeLessThan(60_000)
  const facts = await client.describeKey(own.arn)
  expect(facts).toMatchObject({ state: 'PendingDeletion', enabled: false, deletionMs: atMs })
  expect(refusal(() => demandUsable(facts)).code).toBe('KMS_KEY_PENDING_DELETION')
  await client.care.cancelDeletion(own.arn)
  const after = await client.describeKey(own.arn)
  expect(refusal(() => demandUsable(after)).code).toBe('KMS_KEY_DISABLED')
  await client.care.enableKey(own.arn)
  demandUsable(await client.describeKey(own.arn))
  await client.care.disableKey(own.arn)
  expect((await client.describeKey(own.arn)).state).toBe('Disabled')
})

it.each([
  ['a wait of 6 days', () => client.care.scheduleDeletion(key.arn, 6)],
  ['a wait of 31 days', () => client.care.scheduleDeletion(key.arn, 31)],
  ['a wait of no number', () => client.care.scheduleDeletion(key.arn, Number.NaN)],
  ['a rotation period of 89 days', () => client.care.enableRotation(key.arn, 89)],
  ['a rotation period of 2,561 days', () => client.care.enableRotation(key.arn, 2_561)],
])('%s is refused before anything is sent', async (_what, act) => {
  const before = gate.calls.length
  expect((await refusalOf(act())).code).toBe('USAGE')
  expect(gate.calls.length).toBe(before)
})

it('gate: a key policy is read and put; one that locks its writer out is refused, and nothing changes', async () => {
  const own = await newKey()
  const policy = JSON.stringify({ ...defaultPolicy(own.arn), Id: 'mine' }, undefined, 2)
  await client.care.putPolicy(own.arn, policy)
  expect(await client.care.getPolicy(own.arn)).toBe(policy)
  const foreign = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::999988887777:root' },
    Action: 'kms:*',
    Resource: '*',
  }
  const error = await refusalOf(client.care.putPolicy(own.arn, JSON.stringify({ Statement: [foreign] })))
  expect(error.code).toBe('KMS_POLICY_REFUSED')
  expect(error.message).toContain('update the key policy in the future')
  expect(await client.care.getPolicy(own.arn)).toBe(policy)
})

it('gate: grants are listed with their constraints', async () => {
  const own = await newKey()
  const grantee = 'arn:aws:iam::123456789012:role/App'
  own.grants.push({
    GrantId: 'abc',
    GranteePrincipal: grantee,
    Operations: ['Decrypt'],
    Constraints: { EncryptionContextSubset: { a: '1' } },
  })
  own.grants.push({ GrantId: 'def', GranteePrincipal: grantee, Operations: ['Encrypt'] })
  expect(await client.care.listGrants(own.arn)).toMatchObject([
    { id: 'abc', grantee, operations: ['Decrypt'], context: { match: 'subset', pairs: { a: '1' } } },
    { id: 'def', grantee, operations: ['Encrypt'], context: null },
  ])
})

it('gate: a list that comes in pages is read to its last row', async () => {
  const own = await newKey()
  const grantee = 'arn:aws:iam::123456789012:role/App'
  const ids = Array.from({ length: 120 }, (_, at) => `grant-${at}`)
  own.grants.push(...ids.map((GrantId) => ({ GrantId, GranteePrincipal: grantee, Operations: [] })))
  expect((await client.care.listGrants(own.arn)).map(({ id }) => id)).toEqual(ids)
})

it('the keys and aliases of the account are listed', async () => {
  expect(await client.care.listKeys()).toContain(key.arn)
  expect(await client.care.listAliases()).toContainEqual({
    name: 'alias/facts',
    keyId: key.arn.split('/')[1],
  })
})

const described = (change: Json) => (answer: Json) => {
  const metadata: unknown = answer.KeyMetadata
  return { KeyMetadata: { ...(typeof metadata === 'object' ? metadata : {}), ...change } }
}
const USELESS: readonly (readonly [what: string, change: Json, code: string, words: string])[] = [
  ['AWS manages', { KeyManager: 'AWS' }, 'KMS_KEY_UNSUITABLE', 'AWS manages it'],
  ['is an HMAC key', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, 'KMS_KEY_UNSUITABLE', 'HMAC'],
  ['is asymmetric', { KeySpec: 'RSA_4096' }, 'KMS_KEY_UNSUITABLE', 'asymmetric'],
  ['is for signing', { KeyUsage: 'SIGN_VERIFY' }, 'KMS_KEY_UNSUITABLE', 'SIGN_VERIFY'],
  ['waits for its material', { KeyState: 'PendingImport' }, 'KMS_KEY_UNAVAILABLE', 'PendingImport'],
  [
    'is a replica that waits for deletion',
    { KeyState: 'PendingReplicaDeletion' },
    'KMS_KEY_PENDING_DELETION',
    '',
  ],
  ['is still being made', { KeyState: 'Creating' }, 'KMS_KEY_UNAVAILABLE', 'Creating'],
  ['is disabled', { KeyState: 'Disabled' }, 'KMS_KEY_DISABLED', ''],
]

it.each(USELESS)('gate: no vault may depend on a key that %s', async (_what, change, code, words) => {
  const lift = gate.fault('DescribeKey', { kind: 'lie', answer: described(change) })
  const error = await refusalOf(usableKmsKey('alias/facts'))
  lift()
  expect(error.code).toBe(code)
  expect(error.message).toContain(words)
})

it('gate: a real HMAC key and a real asymmetric key are refused, and their rotation is “impossible”', async () => {
  const hmac = await gate.createKey({ spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' })
  const rsa = await gate.createKey({ spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT' })
  const type = 'UnsupportedOperationException'
  const lift = gate.fault(
    { where: ({ operation }) => operation.includes('Rotation') },
    { kind: 'refuse', type },
  )
  for (const { arn } of [hmac, rsa]) {
    expect((await refusalOf(usableKmsKey(arn))).code).toBe('KMS_KEY_UNSUITABLE')
    const { rotation, rotations } = await client.describeKey(arn)
    expect(rotation).toEqual({ kind: 'known', value: { kind: 'impossible' } })
    expect(rotations).toEqual({ kind: 'known', value: [] })
  }
  lift()
})

it('gate: a multi-Region replica is described as one', async () => {
  const primary = key.arn.replace('eu-central-1', 'us-east-1')
  const lift = gate.fault('DescribeKey', {
    kind: 'lie',
    answer: described({
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'REPLICA',
        PrimaryKey: { Arn: primary, Region: 'us-east-1' },
        ReplicaKeys: [{ Arn: key.arn, Region: 'eu-central-1' }],
      },
    }),
  })
  const { multiRegion } = await client.describeKey(key.arn)
  lift()
  expect(multiRegion).toEqual({ role: 'replica', primaryArn: primary, replicaArns: [key.arn] })
})

it('a usable key is called by its alias, or by the start of its id where it has none', async () => {
  expect(await usableKmsKey('alias/facts')).toMatchObject({ arn: key.arn, label: 'facts' })
  const own = await newKey()
  expect((await usableKmsKey(own.arn)).label).toBe(`KMS key ${own.arn.split('/')[1]?.slice(0, 8)}`)
})

it('gate: CloudTrail’s view has one event a call, with ids and without keys', async () => {
  const own = await newKey()
  const before = gate.calls.length
  const context = someContext()
  const { key: made, blob } = await client.generateDataKey(own.arn, context)
  const bytes = made.use((some) => Buffer.from(some).toString('base64'))
  made[Symbol.dispose]()
  ;(await client.decrypt(own.arn, blob, context)).key[Symbol.dispose]()
  const events = gate.trail().Records.slice(before - gate.calls.length)
  expect(events.slice(-2)).toMatchObject([
    { eventName: 'GenerateDataKey', requestParameters: { keyId: own.arn, encryptionContext: context } },
    {
      eventName: 'Decrypt',
      resources: [{ ARN: own.arn }],
      additionalEventData: { keyMaterialId: own.material },
    },
  ])
  expect(
    client
      .takeCalls()
      .slice(-2)
      .map(({ requestId }) => requestId),
  ).toEqual(events.slice(-2).map(({ requestID }) => requestID))
  expect(JSON.stringify(events)).not.toContain(bytes)
})

it('gate: DryRun says that it would have been done, and does nothing', async () => {
  const own = await newKey()
  const sdk = new KMSClient()
  const dry = new EncryptCommand({ KeyId: own.arn, Plaintext: new Uint8Array(32), DryRun: true })
  await expect(sdk.send(dry)).rejects.toMatchObject({ name: 'DryRunOperationException' })
  own.state = 'Disabled'
  await expect(sdk.send(dry)).rejects.toMatchObject({ name: 'DisabledException' })
  sdk.destroy()
})
