import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, Secret, utf8Bytes, writeBase64 } from '../../src/main/base/index.ts'
import type {
  CopyId,
  DeviceId,
  Id,
  KeyId,
  KeyVersionId,
  MetadataKeyId,
  RecoveryKeyId,
  VaultId,
} from '../../src/main/contract/ids.ts'
import { fingerprint } from '../../src/main/keys/fingerprint.ts'
import {
  type KeyFileName,
  nextMetadataN,
  parseKeyFileName,
  writeKeyFileName,
} from '../../src/main/keys/key-file-names.ts'
import { wrapKey } from '../../src/main/keys/key-record.ts'
import {
  metadataFileHolds,
  openPrevious,
  parseMetadataFile,
  writeMetadataFile,
} from '../../src/main/keys/metadata-file.ts'
import { pointOf } from '../../src/main/keys/p256.ts'
import { parseRecoveryFile, writeRecoveryFile } from '../../src/main/keys/recovery-file.ts'
import { parseVaultFile, vaultFileHolds, writeVaultFile } from '../../src/main/keys/vault-file.ts'
import { parseVersionFile, writeVersionFile } from '../../src/main/keys/version-file.ts'
import { bytesOf, flips, idOf, secretOf } from '../support/key-values.ts'
import { refusal } from '../support/refusal.ts'

const VAULT = idOf<VaultId>('11')
const KEY_VERSION = idOf<KeyVersionId>('66')
const DEVICE = idOf<DeviceId>('99')
const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const POINT = pointOf(secretOf(bytesOf('07'.padStart(64, '0'))))

const ids = <T extends Id<string>>() =>
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => hex(b) as T)
const names: fc.Arbitrary<KeyFileName> = fc.oneof(
  fc.constant({ kind: 'vault' } as const),
  fc.record({ kind: fc.constant('version' as const), keyVersionId: ids<KeyVersionId>() }),
  fc.record({ kind: fc.constant('recovery' as const), recoveryKeyId: ids<RecoveryKeyId>() }),
  fc.record({ kind: fc.constant('copy' as const), keyVersionId: ids<KeyVersionId>(), copyId: ids<CopyId>() }),
  fc.record({
    kind: fc.constant('metadata' as const),
    n: fc.integer({ min: 1, max: 99_999_999 }),
    deviceId: ids<DeviceId>(),
  }),
)
const times = fc.maxSafeInteger().map(Math.abs)

/** The JSON of a file with members changed, as a stranger could write it. */
function edited(bytes: Uint8Array, members: Readonly<Record<string, unknown>>): Uint8Array {
  const object = { ...JSON.parse(Buffer.from(bytes).toString()), ...members }
  const sorted = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))
  return utf8Bytes(JSON.stringify(Object.fromEntries(sorted)))
}

describe('a file name under keys/', () => {
  it('means what it was written for', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(parseKeyFileName(writeKeyFileName(name))).toEqual(name)
      }),
    )
  })

  it('that is not exactly one of ours means nothing', () => {
    const id = 'ab'.repeat(16)
    const strangers = [
      '',
      'vault.json ',
      './vault.json',
      'Vault.json',
      `keys/versions/${id}.JSON`,
      `keys/versions/${id.toUpperCase()}.json`,
      `keys/versions/${id}.json.tmp`,
      `keys/versions/${id} (conflicted copy).json`,
      `keys/versions/${id.slice(1)}.json`,
      `keys/versions/../${id}.json`,
      `/keys/versions/${id}.json`,
      `keys\\versions\\${id}.json`,
      `keys/versions/${id}.json\n`,
      `keys/copies/${id}.json`,
      `keys/copies/${id}/${id}/${id}.json`,
      `keys/metadata/1-${id}.json`,
      `keys/metadata/00000000-${id}.json`,
      `keys/metadata/000000001-${id}.json`,
      `keys/metadata/-0000001-${id}.json`,
      `keys/other/${id}.json`,
    ]
    for (const text of strangers) expect(parseKeyFileName(text), text).toBeUndefined()
  })

  it('of the next metadata file has the number after the greatest seen, while there is one', () => {
    expect(nextMetadataN([])).toBe(1)
    expect(nextMetadataN([3, 9, 2])).toBe(10)
    expect(nextMetadataN([99_999_998])).toBe(99_999_999)
    expect(nextMetadataN([99_999_999])).toBeUndefined()
  })
})

describe('the file of a key version', () => {
  const local = {
    keyVersionId: KEY_VERSION,
    keyId: idOf<KeyId>('44'),
    createdMs: 1,
    provider: 'local',
  } as const
  const commitments = fc.uint8Array({ minLength: 32, maxLength: 32 })

  it('comes back as it was written, local or KMS', () => {
    fc.assert(
      fc.property(
        ids<KeyVersionId>(),
        ids<KeyId>(),
        times,
        commitments,
        (keyVersionId, keyId, createdMs, commitment) => {
          const file = { keyVersionId, keyId, createdMs, provider: 'local', commitment } as const
          expect(parseVersionFile(keyVersionId, writeVersionFile(file))).toEqual(file)
          const kms = {
            keyVersionId,
            keyId: `${keyVersionId}` as KeyId,
            createdMs,
            provider: 'kms',
            arn: ARN,
          } as const
          expect(parseVersionFile(keyVersionId, writeVersionFile(kms))).toEqual(kms)
        },
      ),
    )
  })

  it('has these very bytes', () => {
    const bytes = writeVersionFile({ ...local, commitment: new Uint8Array(32) })
    expect(Buffer.from(bytes).toString()).toBe(
      `{"commit":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","createdMs":1,"format":"1.0","keyId":"${'44'.repeat(16)}","provider":"local"}`,
    )
  })

  it('that is not exactly one is refused as damaged', () => {
    const bytes = writeVersionFile({ ...local, commitment: new Uint8Array(32) })
    const kms = writeVersionFile({ ...local, keyId: `${KEY_VERSION}` as KeyId, provider: 'kms', arn: ARN })
    const cases = [
      edited(bytes, { provider: 'kms' }),
      edited(bytes, { provider: 'none' }),
      edited(bytes, { arn: ARN }),
      edited(bytes, { commit: writeBase64(new Uint8Array(31)) }),
      edited(bytes, { keyId: 'AB'.repeat(16) }),
      edited(bytes, { createdMs: 1.5 }),
      edited(kms, { keyId: '44'.repeat(16) }),
      edited(kms, { arn: 'arn:aws:kms:eu-central-1:111122223333:alias/mine' }),
      edited(kms, { arn: 'https://example.com' }),
      edited(kms, { provider: 'local' }),
      bytes.subarray(0, -1),
    ]
    for (const each of cases) {
      const error = refusal(() => parseVersionFile(KEY_VERSION, each))
      expect(error).toMatchObject({ code: 'KEYS_FILE_DAMAGED', exit: 4 })
      expect(error.facts).toEqual({ name: `keys/versions/${KEY_VERSION}.json` })
    }
  })

  it('with any one bit changed is refused, or says something else: so its hash is pinned', () => {
    const bytes = writeVersionFile({ ...local, commitment: new Uint8Array(32) })
    const before = JSON.stringify(parseVersionFile(KEY_VERSION, bytes))
    for (const changed of flips(bytes)) {
      try {
        expect(JSON.stringify(parseVersionFile(KEY_VERSION, changed))).not.toBe(before)
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(KEYS_FILE_DAMAGED|VAULT_UNSUPPORTED)$/),
        })
      }
    }
  })
})

describe('the file of a recovery code', () => {
  const file = { id: idOf<RecoveryKeyId>('33'), point: POINT, createdMs: 5 }

  it('comes back as it was written', () => {
    expect(parseRecoveryFile(file.id, writeRecoveryFile(file))).toEqual(file)
  })

  it('with any one byte of its point changed is refused: the point is not on the curve', () => {
    for (const point of flips(POINT)) {
      const bytes = edited(writeRecoveryFile(file), { point: writeBase64(point) })
      const error = refusal(() => parseRecoveryFile(file.id, bytes))
      expect(error).toMatchObject({ code: 'KEYS_FILE_DAMAGED', exit: 4 })
    }
  })
})

describe('vault.json', () => {
  const key = Secret.random('metadata key')
  const facts = { vaultId: VAULT, createdMs: 1_764_000_000_000, metadataKeyId: idOf<MetadataKeyId>('55') }
  const bytes = writeVaultFile(facts, key)

  it('comes back as it was written and holds under the metadata key it names, under no other', () => {
    const file = parseVaultFile(bytes)
    expect(file).toMatchObject(facts)
    expect(vaultFileHolds(file, key)).toBe(true)
    expect(vaultFileHolds(file, Secret.random('other'))).toBe(false)
  })

  it('has exactly the members that the format names', () => {
    expect(Object.keys(JSON.parse(Buffer.from(bytes).toString()))).toEqual([
      'createdMs',
      'format',
      'mac',
      'metadataKeyId',
      'vaultId',
    ])
  })

  it('with any one bit changed is refused or does not hold', () => {
    for (const changed of flips(bytes)) {
      try {
        expect(vaultFileHolds(parseVaultFile(changed), key)).toBe(false)
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(KEYS_FILE_DAMAGED|VAULT_UNSUPPORTED)$/),
        })
      }
    }
  })

  it('of a newer format is refused as unsupported', () => {
    const error = refusal(() => parseVaultFile(edited(bytes, { format: '2.0' })))
    expect(error).toMatchObject({ code: 'VAULT_UNSUPPORTED', exit: 11 })
  })

  it('T20: with a member twice, __proto__ or 10,000 deep is refused as damaged', () => {
    const text = Buffer.from(bytes).toString()
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const cases = [
      text.replace('{', '{"createdMs":1,'),
      text.replace('{', '{"__proto__":{"vaultId":"x"},'),
      text.replace('{"createdMs":1764000000000', `{"createdMs":${deep}`),
      deep,
      `${text}\n`,
    ]
    for (const each of cases) {
      expect(refusal(() => parseVaultFile(utf8Bytes(each))).code).toBe('KEYS_FILE_DAMAGED')
    }
  })

  it('has a fingerprint of 20 digits, the first of its SHA-256 in base32', () => {
    expect(fingerprint(bytes)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){4}$/)
    // The first 100 bits of SHA-256("abc"), by Python’s hashlib and int.
    expect(fingerprint(utf8Bytes('abc'))).toBe('Q9W1-DFWF-077Y-MGA1-83F5')
  })
})

describe('the file of a metadata key', () => {
  const first = { id: idOf<MetadataKeyId>('55'), key: Secret.random('first') }
  const second = { id: idOf<MetadataKeyId>('56'), key: Secret.random('second') }
  const wrapped = (of: typeof first) =>
    wrapKey(of.key, { vaultId: VAULT, subject: of.id }, [
      { kind: 'local', keyId: idOf<KeyId>('44'), keyVersionId: KEY_VERSION, masterKey: Secret.random('m') },
    ])
  const epoch1 = writeMetadataFile(
    VAULT,
    { epoch: 1, metadataKeyId: first.id, record: wrapped(first) },
    first.key,
    undefined,
  )
  const epoch2 = writeMetadataFile(
    VAULT,
    { epoch: 2, metadataKeyId: second.id, record: wrapped(second) },
    second.key,
    first,
  )
  const parse = (bytes: Uint8Array) => parseMetadataFile(7, DEVICE, bytes)

  it('of epoch 1 comes back, and holds under its own key', () => {
    const file = parse(epoch1)
    expect(file).toMatchObject({
      epoch: 1,
      metadataKeyId: first.id,
      previous: undefined,
      n: 7,
      deviceId: DEVICE,
    })
    expect(file.name).toBe(`keys/metadata/00000007-${DEVICE}.json`)
    expect(metadataFileHolds(VAULT, file, first.key)).toBe(true)
    expect(metadataFileHolds(VAULT, file, second.key)).toBe(false)
  })

  it('of a later epoch opens the key before it, and holds under that one alone', () => {
    const file = parse(epoch2)
    if (file.previous === undefined) throw new Error('epoch 2 has a key before it')
    const before = openPrevious(VAULT, second.id, second.key, file.previous)
    expect(before?.use(hex)).toBe(first.key.use(hex))
    expect(metadataFileHolds(VAULT, file, first.key)).toBe(true)
    expect(metadataFileHolds(VAULT, file, second.key)).toBe(false)
  })

  it('opens the key before it only in its vault, as its own key, and unchanged', () => {
    const { previous } = parse(epoch2)
    if (previous === undefined) throw new Error('epoch 2 has a key before it')
    expect(openPrevious(idOf<VaultId>('12'), second.id, second.key, previous)).toBeUndefined()
    expect(openPrevious(VAULT, first.id, second.key, previous)).toBeUndefined()
    expect(openPrevious(VAULT, second.id, first.key, previous)).toBeUndefined()
    expect(openPrevious(VAULT, second.id, second.key, { ...previous, id: second.id })).toBeUndefined()
    for (const box of flips(previous.box)) {
      expect(openPrevious(VAULT, second.id, second.key, { ...previous, box })).toBeUndefined()
    }
  })

  it('with any one bit changed is refused or does not hold', () => {
    for (const changed of [...flips(epoch1), ...flips(epoch2)]) {
      try {
        expect(metadataFileHolds(VAULT, parse(changed), first.key)).toBe(false)
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(KEYS_FILE_DAMAGED|KEY_RECORD_DAMAGED|VAULT_UNSUPPORTED)$/),
        })
      }
    }
  })

  it('has a key before it from epoch 2 on, and none in epoch 1', () => {
    const { previous } = JSON.parse(Buffer.from(epoch2).toString())
    const cases = [
      edited(epoch1, { previous }),
      edited(epoch2, { previous: undefined }),
      edited(epoch2, { previous: { ...previous, more: 1 } }),
      edited(epoch2, { previous: [] }),
      edited(epoch2, { epoch: 1 }),
      edited(epoch1, { epoch: 2 }),
      edited(epoch1, { epoch: 0 }),
      edited(epoch2, { epoch: 0 }),
    ]
    for (const each of cases) expect(refusal(() => parse(each)).code).toBe('KEYS_FILE_DAMAGED')
  })
})
