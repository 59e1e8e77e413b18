import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll } from 'vitest'
import { isolateAws } from '../support/kms.ts'
import { everyKms } from '../support/kms-cases.ts'
import { type Moto, startMoto } from '../support/moto.ts'

/** Straight against moto: what it shows is real cryptography over the real protocol. */
let moto: Moto
let arn = ''

beforeAll(async () => {
  moto = await startMoto()
  isolateAws()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_KMS: moto.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'moto',
    AWS_SECRET_ACCESS_KEY: 'not-checked',
  })
  const client = new KMSClient()
  const made = await client.send(new CreateKeyCommand({ KeyUsage: 'ENCRYPT_DECRYPT' }))
  arn = made.KeyMetadata?.Arn ?? ''
  client.destroy()
})
afterAll(() => moto[Symbol.asyncDispose]())

everyKms(() => arn)
