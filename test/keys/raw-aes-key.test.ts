import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hex } from '../../src/main/base/index.ts'
import { demandOwnName, rawAesKey } from '../../src/main/keys/index.ts'
import { refusal } from '../support/refusal.ts'

describe('a raw AES key of the person’s own', () => {
  it.each([16, 24, 32])('has %i bytes', (length) => {
    const bytes = randomBytes(length)
    const named = rawAesKey(new Uint8Array(bytes), 'space', 'name')
    using key = named.key
    expect(key.use((own) => hex(own))).toBe(hex(bytes))
    // Nothing proves that it is the right key: what doesn't open under it may be another key's.
    expect(named).toMatchObject({ namespace: 'space', name: 'name', proven: false })
    expect(named.context.size).toBe(0)
  })

  it.each([0, 1, 15, 17, 23, 25, 31, 33, 64])('is refused and wiped with %i bytes', (length) => {
    const bytes = new Uint8Array(randomBytes(length))
    const refused = refusal(() => rawAesKey(bytes, 'space', 'name'))
    expect(refused).toMatchObject({ code: 'KEY_FILE_INVALID', exit: 2, facts: { sizeBytes: length } })
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })
})

describe('the name of a key to seal with', () => {
  it.each([
    ['my keys', 'a'],
    ['n', '2026'],
    ['x'.repeat(1024), 'y'.repeat(1024)],
    ['ключи', 'é'],
    ['kms-aws', 'strongroom'],
    ['my-strongroom', 'aws-kms'],
  ])('may be %s / %s', (namespace, name) => {
    expect(() => demandOwnName(namespace, name)).not.toThrow()
  })

  it.each([
    'aws-kms',
    'aws-kms-hierarchy',
    'aws-kms-rsa',
    'strongroom',
    'strongroom-seal',
    'strongroom-passphrase',
  ])('is not in the namespace %s, which means something already', (namespace) => {
    const refused = refusal(() => demandOwnName(namespace, 'name'))
    expect(refused).toMatchObject({ code: 'USAGE', facts: { namespace } })
  })

  it.each([
    ['', 'name'],
    ['space', ''],
    ['x'.repeat(1025), 'name'],
    ['space', 'x'.repeat(1025)],
    ['space', 'é'.repeat(513)],
  ])('has 1 to 1,024 bytes each', (namespace, name) => {
    expect(refusal(() => demandOwnName(namespace, name)).code).toBe('USAGE')
  })
})
