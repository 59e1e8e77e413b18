import { afterAll, beforeAll, expect, it } from 'vitest'
import type { VaultError } from '../../src/main/base/index.ts'
import { type KmsClient, openKms } from '../../src/main/kms/index.ts'
import { startKms } from '../support/kms.ts'
import type { Policy, Statement } from '../support/kms-gate/index.ts'
import {
  ACCOUNT,
  type Caller,
  defaultPolicy,
  type Gate,
  type GateKey,
  NOTHING,
} from '../support/kms-gate/index.ts'
import { refusalOf } from '../support/refusal.ts'

/** KMS_ACCESS_DENIED: by what, who can mend it, and the statement that is missing, as far as AWS says. */
let kms: Awaited<ReturnType<typeof startKms>>
let gate: Gate
const iam = (...Statement: readonly Statement[]): Policy => ({ Statement })
const ALLOW = { Effect: 'Allow', Action: 'kms:*', Resource: '*' } as const
const DENY = { ...ALLOW, Effect: 'Deny' } as const

beforeAll(async () => {
  kms = await startKms()
  gate = kms.gate
})
afterAll(() => kms[Symbol.asyncDispose]())

function clientOf(key: GateKey, caller: Caller): KmsClient {
  gate.actAs(caller)
  return openKms({ trusted: () => new Set([key.arn]) })
}

async function denied(key: GateKey, caller: Caller): Promise<VaultError> {
  using client = clientOf(key, caller)
  const error = await refusalOf(client.generateDataKey(key.arn, { a: '1' }))
  expect(error.code).toBe('KMS_ACCESS_DENIED')
  expect(error.message).toContain(key.arn)
  // A person reads the message: who can mend it and with what stand there, not only in the facts.
  expect(error.message).toContain(String(error.facts.whoCanFix))
  expect(error.message).toContain(String(error.facts.missingStatement ?? ''))
  return error
}

async function allowed(key: GateKey, caller: Caller): Promise<void> {
  using client = clientOf(key, caller)
  ;(await client.generateDataKey(key.arn, { a: '1' })).key[Symbol.dispose]()
}

const statementIn = (error: VaultError): unknown => JSON.parse(String(error.facts.missingStatement))

it('gate: no IAM policy allows it: the IAM statement is given, and it is the one that mends it', async () => {
  const key = await gate.createKey()
  const caller = gate.caller('no-iam', NOTHING)
  const error = await denied(key, caller)
  expect(error.facts).toMatchObject({
    cause: 'not-allowed',
    policy: 'identity-based policy',
    principal: caller.arn,
    action: 'kms:GenerateDataKey',
    whoCanFix: `an administrator of IAM in account ${ACCOUNT}`,
  })
  expect(statementIn(error)).toEqual({ Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: key.arn })
  caller.iam = JSON.parse(`{ "Statement": [${error.facts.missingStatement}] }`)
  await allowed(key, caller)
})

it('gate: the key policy leaves nothing to IAM and does not name the caller: its statement is given, and mends it', async () => {
  const admins: Statement = { ...ALLOW, Principal: { AWS: gate.admin.arn } }
  const key = await gate.createKey({ policy: iam(admins) })
  const caller = gate.caller('not-in-key-policy')
  const error = await denied(key, caller)
  expect(error.facts).toMatchObject({
    cause: 'not-allowed',
    policy: 'key policy',
    whoCanFix: `an administrator of the KMS key in account ${ACCOUNT}`,
  })
  key.setPolicy(JSON.parse(`{ "Statement": [${JSON.stringify(admins)}, ${error.facts.missingStatement}] }`))
  await allowed(key, caller)
})

it('gate: a session’s role, not the session, is named in the statement', async () => {
  const key = await gate.createKey({ policy: iam({ ...ALLOW, Principal: { AWS: gate.admin.arn } }) })
  const error = await denied(key, gate.caller('Team/alice'))
  expect(statementIn(error)).toMatchObject({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/Team` } })
})

it('gate: an explicit deny is named with its policy, and no statement is offered', async () => {
  const caller = gate.caller('denied')
  const key = await gate.createKey()
  key.setPolicy(iam(...defaultPolicy(key.arn).Statement, { ...DENY, Principal: { AWS: caller.arn } }))
  const byKey = await denied(key, caller)
  expect(byKey.facts).toMatchObject({ cause: 'explicit-deny', policy: 'key policy' })
  expect(byKey.facts.missingStatement).toBeUndefined()
  const byIam = await denied(await gate.createKey(), gate.caller('denied-by-iam', iam(ALLOW, DENY)))
  expect(byIam.facts).toMatchObject({ cause: 'explicit-deny', policy: 'identity-based policy' })
})

it('gate: from another account both sides must allow it, and a grant needs neither', async () => {
  const caller = gate.caller('guest', undefined, '999988887777')
  const key = await gate.createKey()
  expect((await denied(key, caller)).facts).toMatchObject({ policy: 'key policy' })
  key.setPolicy(iam(...defaultPolicy(key.arn).Statement, { ...ALLOW, Principal: { AWS: caller.arn } }))
  await allowed(key, caller)
  caller.iam = NOTHING
  expect((await denied(key, caller)).facts).toMatchObject({
    policy: 'identity-based policy',
    whoCanFix: 'an administrator of IAM in account 999988887777',
  })
  key.grants.push({ GrantId: 'g', GranteePrincipal: caller.arn, Operations: ['GenerateDataKey'] })
  await allowed(key, caller)
})

it('gate: a key policy that names the caller needs no IAM policy in its own account', async () => {
  const caller = gate.caller('named', NOTHING)
  await allowed(await gate.createKey({ policy: iam({ ...ALLOW, Principal: { AWS: caller.arn } }) }), caller)
})

it('gate: a condition on the encryption context is kept', async () => {
  const caller = gate.caller('conditional', NOTHING)
  const only = { StringEquals: { 'kms:EncryptionContext:a': '2' } }
  const key = await gate.createKey({
    policy: iam({ ...ALLOW, Principal: { AWS: caller.arn }, Condition: only }),
  })
  await denied(key, caller)
  using client = clientOf(key, caller)
  ;(await client.generateDataKey(key.arn, { a: '2' })).key[Symbol.dispose]()
})

const USER =
  'User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:x'
const SAID: readonly (readonly [words: string, facts: Readonly<Record<string, string>>])[] = [
  [
    `${USER} with an explicit deny in a service control policy`,
    {
      cause: 'explicit-deny',
      policy: 'service control policy',
      whoCanFix: 'an administrator of the AWS organization',
    },
  ],
  [
    `${USER} because no service control policy allows the kms:Decrypt action`,
    {
      cause: 'not-allowed',
      policy: 'service control policy',
      whoCanFix: 'an administrator of the AWS organization',
    },
  ],
  [
    `${USER} because no permissions boundary allows the kms:Decrypt action`,
    {
      cause: 'not-allowed',
      policy: 'permissions boundary',
      whoCanFix: 'an administrator of IAM in account 111122223333',
    },
  ],
  [
    `${USER} because no session policy allows the kms:Decrypt action`,
    { cause: 'not-allowed', policy: 'session policy' },
  ],
  [
    `${USER} because no VPC endpoint policy allows the kms:Decrypt action`,
    { cause: 'not-allowed', whoCanFix: 'an administrator of the network that the call goes through' },
  ],
  [
    'User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:Decrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access',
    { cause: 'unsaid', principal: 'arn:aws:iam::111122223333:user/a' },
  ],
  [
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    { cause: 'unsaid', action: 'kms:Decrypt' },
  ],
]

it.each(SAID)('gate: “%s”', async (message, facts) => {
  const key = await gate.createKey()
  using client = clientOf(key, gate.admin)
  const lift = gate.fault('Decrypt', { kind: 'refuse', type: 'AccessDeniedException', message })
  const error = await refusalOf(client.decrypt(key.arn, new Uint8Array(90), {}))
  lift()
  expect(error.code).toBe('KMS_ACCESS_DENIED')
  expect(error.facts).toMatchObject(facts)
  expect(error.facts.missingStatement).toBeUndefined()
})
