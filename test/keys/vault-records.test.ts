import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, hex, Secret, utf8Bytes } from '../../src/main/base/index.ts'
import type { KeyId, KeyVersionId, RecoveryKeyId, VaultId, VersionId } from '../../src/main/contract/ids.ts'
import {
  demandCommitment,
  edkOwner,
  type KeyRecord,
  parseKeyRecord,
  type Recipient,
  wrapKey,
  writeKeyRecord,
} from '../../src/main/keys/key-record.ts'
import { localEdkName, unwrapLocal, wrapLocal } from '../../src/main/keys/local-edk.ts'
import { pointOf } from '../../src/main/keys/p256.ts'
import { type Edk, writeEdk } from '../../src/main/message/index.ts'
import { bytesOf, flips, idOf, secretOf } from '../support/key-values.ts'
import { refusal } from '../support/refusal.ts'

const PLACE = { vaultId: idOf<VaultId>('11'), subject: idOf<VersionId>('22') }
const KEY_VERSION = idOf<KeyVersionId>('66')
/** By /usr/bin/python3 with `cryptography` 38, from docs/format.md alone: ids 11…, 22…, IV 55…. */
const KNOWN = {
  masterKey: '606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f',
  ciphertext:
    'd0729960360af086f497ab94ae3a54457c96f66e9789b5498d2ab56903101d87afdd79e91307db3bc582e4c507760860',
  key: '404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f',
  commitment: 'e3275f85bf832260a287340ac3e23323df986483a70a51d8a1c6589c21ed46b0',
}

const local = (pair: string, masterKey: Secret): Recipient => ({
  kind: 'local',
  keyId: idOf<KeyId>(pair),
  keyVersionId: idOf<KeyVersionId>(pair),
  masterKey,
})
const kms = (pair: string, arn: string): Recipient => ({
  kind: 'kms',
  keyId: idOf<KeyId>(pair),
  edk: { providerId: utf8Bytes('aws-kms'), providerInfo: utf8Bytes(arn), ciphertext: bytesOf('abcd') },
})
const recovery = (pair: string): Recipient => ({
  kind: 'recovery',
  id: idOf<RecoveryKeyId>(pair),
  point: pointOf(secretOf(bytesOf('07'.padStart(64, '0')))),
})

const edks: fc.Arbitrary<Edk> = fc.record({
  providerId: fc.string({ maxLength: 20 }).map((text) => utf8Bytes(`x-${text.toWellFormed()}`)),
  providerInfo: fc.uint8Array({ maxLength: 40 }),
  ciphertext: fc.uint8Array({ maxLength: 200 }),
})
const records: fc.Arbitrary<KeyRecord> = fc.record({
  commitment: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  edks: fc.array(edks, { minLength: 1, maxLength: 16 }),
})
const shown = ({ commitment, edks }: KeyRecord) => ({
  commitment: hex(commitment),
  edks: edks.map((edk) => hex(concat(...writeEdk(edk)))),
})

describe('a key wrapped by a master key', () => {
  const masterKey = secretOf(bytesOf(KNOWN.masterKey))
  const edk = wrapLocal(masterKey, KEY_VERSION, PLACE, secretOf(bytesOf(KNOWN.key)))

  it('is laid out like a Raw-AES key: the version’s name, 128, 12, an IV of 12 bytes', () => {
    expect(Buffer.from(edk.providerId).toString()).toBe('strongroom-local')
    expect(Buffer.from(edk.providerInfo.subarray(0, 32)).toString()).toBe(KEY_VERSION)
    expect(hex(edk.providerInfo.subarray(32, 40))).toBe('000000800000000c')
    expect(edk.providerInfo.length).toBe(52)
    expect(edk.ciphertext.length).toBe(48)
    expect(localEdkName(edk)).toBe(KEY_VERSION)
  })

  it('opens to the key, also when an independent computation wrapped it', () => {
    expect(unwrapLocal(masterKey, PLACE, edk)?.use(hex)).toBe(KNOWN.key)
    const theirs = {
      ...edk,
      providerInfo: concat(edk.providerInfo.subarray(0, 40), bytesOf('55'.repeat(12))),
      ciphertext: bytesOf(KNOWN.ciphertext),
    }
    expect(unwrapLocal(masterKey, PLACE, theirs)?.use(hex)).toBe(KNOWN.key)
  })

  it('does not open by another master key, in another vault or for another subject', () => {
    expect(unwrapLocal(Secret.random('other'), PLACE, edk)).toBeUndefined()
    expect(unwrapLocal(masterKey, { ...PLACE, vaultId: idOf<VaultId>('12') }, edk)).toBeUndefined()
    expect(unwrapLocal(masterKey, { ...PLACE, subject: idOf<VersionId>('23') }, edk)).toBeUndefined()
  })

  it('with any one byte of its ciphertext or info changed does not open, or is another version’s', () => {
    for (const ciphertext of flips(edk.ciphertext)) {
      expect(unwrapLocal(masterKey, PLACE, { ...edk, ciphertext })).toBeUndefined()
    }
    for (const providerInfo of flips(edk.providerInfo)) {
      const changed = { ...edk, providerInfo }
      const stillNamed = localEdkName(changed) === KEY_VERSION
      if (stillNamed) expect(unwrapLocal(masterKey, PLACE, changed)).toBeUndefined()
    }
  })

  it('has no name if its info is not exactly as written', () => {
    const { providerInfo: info } = edk
    const upper = concat(utf8Bytes('AB'.repeat(16)), info.subarray(32))
    for (const providerInfo of [info.subarray(1), concat(info, { u8: 0 }), upper, new Uint8Array()]) {
      expect(localEdkName({ ...edk, providerInfo })).toBeUndefined()
    }
  })
})

describe('a key record', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(shown(parseKeyRecord('the record', writeKeyRecord(record)))).toEqual(shown(record))
      }),
    )
  })

  it('commits to its key and holds one EDK for each recipient, by key id', () => {
    const key = secretOf(bytesOf(KNOWN.key))
    const record = wrapKey(key, PLACE, [
      local('cc', Secret.random('c')),
      kms('aa', 'arn:aws:kms:eu-central-1:111122223333:key/a'),
      local('bb', Secret.random('b')),
    ])
    expect(hex(record.commitment)).toBe(KNOWN.commitment)
    expect(record.edks.map(edkOwner)).toEqual([
      { kind: 'kms', arn: 'arn:aws:kms:eu-central-1:111122223333:key/a' },
      { kind: 'local', keyVersionId: 'bb'.repeat(16) },
      { kind: 'local', keyVersionId: 'cc'.repeat(16) },
    ])
  })

  it('has an EDK for a recovery code only where no local one is', () => {
    const key = Secret.random('key')
    const kinds = (recipients: readonly Recipient[]) =>
      wrapKey(key, PLACE, recipients).edks.map((edk) => edkOwner(edk)?.kind)
    expect(kinds([recovery('dd'), local('cc', Secret.random('c'))])).toEqual(['local'])
    expect(kinds([recovery('dd'), kms('cc', 'arn')])).toEqual(['kms', 'recovery'])
  })

  it('is never made without a recipient, or twice for one', () => {
    const key = Secret.random('key')
    expect(() => wrapKey(key, PLACE, [])).toThrow(/without recipients/)
    const twice = [local('cc', Secret.random('c')), local('cc', Secret.random('c'))]
    expect(() => wrapKey(key, PLACE, twice)).toThrow(/one recipient twice/)
  })

  const record = wrapKey(Secret.random('key'), PLACE, [local('66', Secret.random('m'))])
  const bytes = writeKeyRecord(record)
  const [edk] = record.edks
  const edkBytes = edk === undefined ? new Uint8Array() : concat(...writeEdk(edk))
  const withCount = (count: number, times: number) =>
    concat(record.commitment, { u16: count }, ...Array.from({ length: times }, () => edkBytes))
  const stranger = (size: number) =>
    concat(
      ...writeEdk({
        providerId: utf8Bytes('x'),
        providerInfo: new Uint8Array(),
        ciphertext: new Uint8Array(size),
      }),
    )

  it.each<[string, Uint8Array]>([
    ['with no EDK', withCount(0, 0)],
    [
      'with 17 EDKs',
      concat(record.commitment, { u16: 17 }, ...Array.from({ length: 17 }, () => stranger(1))),
    ],
    ['that claims 65,535 EDKs', withCount(0xffff, 1)],
    ['that claims more EDKs than it has', withCount(2, 1)],
    ['with a byte after its end', concat(bytes, { u8: 0 })],
    ['with one recipient twice', withCount(2, 2)],
    ['over 12 KiB', concat(record.commitment, { u16: 1 }, stranger(12 * 1024))],
    ['of no bytes', new Uint8Array()],
  ])('%s is refused as damaged', (_, changed) => {
    expect(refusal(() => parseKeyRecord('the record', changed)).code).toBe('KEY_RECORD_DAMAGED')
  })

  it('of exactly 12 KiB is read', () => {
    const overhead = 32 + 2 + 2 + 1 + 2 + 2
    expect(
      parseKeyRecord('the record', concat(record.commitment, { u16: 1 }, stranger(12 * 1024 - overhead))).edks
        .length,
    ).toBe(1)
  })

  it('cut anywhere is refused as damaged', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(refusal(() => parseKeyRecord('the record', bytes.subarray(0, length))).code).toBe(
        'KEY_RECORD_DAMAGED',
      )
    }
  })

  it('of any bytes whatever is read or refused as damaged, nothing else', () => {
    const mutated = fc
      .tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }))
      .map(([at, byte]) => bytes.map((old, i) => (i === at ? byte : old)))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (input) => {
        try {
          parseKeyRecord('the record', input)
        } catch (error) {
          expect(error).toMatchObject({ code: 'KEY_RECORD_DAMAGED', exit: 4 })
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('from a stranger’s provider is read, so that newer ones can be passed over', () => {
    const read = parseKeyRecord('the record', concat(record.commitment, { u16: 2 }, stranger(3), stranger(4)))
    expect(read.edks.map(edkOwner)).toEqual([
      { kind: 'other', provider: 'x' },
      { kind: 'other', provider: 'x' },
    ])
  })

  it('whose EDK opens to another key than it commits to is refused, and that key ended', () => {
    const other = Secret.random('other')
    const error = refusal(() => demandCommitment(other, PLACE.vaultId, record.commitment, 'The record'))
    expect(error).toMatchObject({ code: 'KEY_COMMITMENT', exit: 4 })
    expect(() => other.length).toThrow(/after its end/)
  })
})
