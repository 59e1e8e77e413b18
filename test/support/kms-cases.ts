import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Secret } from '../../src/main/base/index.ts'
import { type KmsClient, openKms } from '../../src/main/kms/index.ts'
import { refusalOf } from './refusal.ts'

/** A client that trusts these keys. */
export const trusting = (...arns: readonly string[]): KmsClient => openKms({ trusted: () => new Set(arns) })

/** The encryption context of a file of a vault: ids only. */
export const someContext = (): Readonly<Record<string, string>> => ({
  'strongroom-vault': randomBytes(16).toString('hex'),
  'strongroom-version': randomBytes(16).toString('hex'),
})

export const hexOf = (key: Secret): string => key.use((bytes) => Buffer.from(bytes).toString('hex'))

/** What holds of every KMS: moto, the gate, AWS. @param arn of a key that may be used; asked when a test runs */
export function everyKms(arn: () => string): void {
  it('a new key opens again from what was wrapped, in the same context', async () => {
    using kms = trusting(arn())
    const context = someContext()
    using made = (await kms.generateDataKey(arn(), context)).key
    const wrapped = await kms.encrypt(arn(), made, context)
    using back = (await kms.decrypt(arn(), wrapped.blob, context)).key
    expect(made.length).toBe(32)
    expect(hexOf(back)).toBe(hexOf(made))
  })

  it('what was wrapped for one file does not open for another, nor without a context, nor changed', async () => {
    using kms = trusting(arn())
    const context = someContext()
    const { key, blob } = await kms.generateDataKey(arn(), context)
    key[Symbol.dispose]()
    const changed = Uint8Array.from(blob)
    changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1)
    for (const [bytes, pairs] of [
      [blob, someContext()],
      [blob, {}],
      [changed, context],
    ] as const) {
      expect((await refusalOf(kms.decrypt(arn(), bytes, pairs))).code).toBe('KMS_CIPHERTEXT_REFUSED')
    }
  })

  it('re-encrypting gives another wrapping of the same key', async () => {
    using kms = trusting(arn())
    const context = someContext()
    const { key, blob } = await kms.generateDataKey(arn(), context)
    using made = key
    const again = await kms.reEncrypt({ from: arn(), blob, to: arn(), context })
    expect(Buffer.from(again.blob).equals(blob)).toBe(false)
    using back = (await kms.decrypt(arn(), again.blob, context)).key
    expect(hexOf(back)).toBe(hexOf(made))
  })

  it('each call leaves its name, its key and KMS’s request id, once', async () => {
    using kms = trusting(arn())
    const context = someContext()
    const { key, blob } = await kms.generateDataKey(arn(), context)
    key[Symbol.dispose]()
    await refusalOf(kms.decrypt(arn(), blob, {}))
    const calls = kms.takeCalls()
    expect(calls.map(({ operation, arn: of }) => [operation, of])).toEqual([
      ['GenerateDataKey', arn()],
      ['Decrypt', arn()],
    ])
    expect(new Set(calls.map(({ requestId }) => requestId)).size).toBe(2)
    expect(calls.every(({ requestId }) => (requestId ?? '').length > 10)).toBe(true)
    expect(kms.takeCalls()).toEqual([])
  })

  it('a key that is not trusted is not called, by any of the calls', async () => {
    using kms = trusting()
    using client = trusting(arn())
    const context = someContext()
    const { key, blob } = await client.generateDataKey(arn(), context)
    using made = key
    const { care } = kms
    const acts = [
      kms.generateDataKey(arn(), context),
      kms.encrypt(arn(), made, context),
      kms.decrypt(arn(), blob, context),
      kms.reEncrypt({ from: arn(), blob, to: arn(), context }),
      kms.currentMaterial(arn()),
      care.enableRotation(arn()),
      care.disableRotation(arn()),
      care.rotateOnDemand(arn()),
      care.listRotations(arn()),
      care.scheduleDeletion(arn(), 30),
      care.cancelDeletion(arn()),
      care.enableKey(arn()),
      care.disableKey(arn()),
      care.getPolicy(arn()),
      care.putPolicy(arn(), '{}'),
      care.listGrants(arn()),
    ]
    for (const act of acts) expect((await refusalOf(act)).code).toBe('KMS_KEY_NOT_TRUSTED')
    expect(kms.takeCalls()).toEqual([])
  })

  it('a key can be described before it is trusted, by its ARN and by its id', async () => {
    using kms = trusting()
    const { arn: same, manager, state, spec, usage } = await kms.describeKey(arn())
    expect({ same, manager, state, spec, usage }).toEqual({
      same: arn(),
      manager: 'customer',
      state: 'Enabled',
      spec: 'SYMMETRIC_DEFAULT',
      usage: 'ENCRYPT_DECRYPT',
    })
    process.env.AWS_REGION = arn().split(':')[3]
    expect((await kms.describeKey(arn().split('/')[1] ?? '')).arn).toBe(arn())
  })

  it('a key and an alias that are not there are told apart', async () => {
    using kms = trusting()
    const absent = arn().replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000')
    expect((await refusalOf(kms.describeKey(absent))).code).toBe('KMS_KEY_NOT_FOUND')
    const alias = arn().replace(/key\/[^/]+$/, 'alias/strongroom-no-such-alias')
    expect((await refusalOf(kms.resolveAlias(alias))).code).toBe('KMS_ALIAS_NOT_FOUND')
  })
}
