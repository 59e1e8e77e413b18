import { hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex, Secret } from '../../src/main/base/index.ts'
import type { RecoveryKeyId, VaultId, VersionId } from '../../src/main/contract/ids.ts'
import { agree, agreeOnce, parsePoint, pointOf, scalarFrom } from '../../src/main/keys/p256.ts'
import { newRecoveryCode } from '../../src/main/keys/recovery-code.ts'
import { recoveryEdkName, unwrapRecovery, wrapRecovery } from '../../src/main/keys/recovery-edk.ts'
import { RecoveryKey } from '../../src/main/keys/recovery-key.ts'
import { bytesOf, flips, idOf, secretOf } from '../support/key-values.ts'
import { G, multiply, N, numberOf, P, pointBytes, withX } from '../support/p256-by-hand.ts'

const VAULT = idOf<VaultId>('11')
const PLACE = { vaultId: VAULT, subject: idOf<VersionId>('22') }
const RECOVERY = idOf<RecoveryKeyId>('33')
const CODE = Uint8Array.from({ length: 32 }, (_, i) => i)

/** By /usr/bin/python3 with `cryptography` 38, from docs/format.md alone: code 00…1f, ids 11…, 22…, 33…. */
const KNOWN = {
  scalar: 'c7e347a2d4be5b84e080135471e946ec6f70d3f2f87336f6600931440305f070',
  point:
    '04ff3ff1fa7cc61e300dbfcf131bab78c6d102c7ca13dd4ef26cfc5ac32c2485a6ab9f9c9f2cce42ba3b52201f99828a9e7ef5bc55424f4cad48650b1c417395fb',
  ciphertext:
    '045b36890dacbd7c9a96bb74a1ee28b3d2d75b72e09a20ef25cf8e6fd8a9f0350d0e14bed8d4682a34d83538bdff5b96e89a6666ec0db5745d02fa1210072df75a5555555555555555555555558cbde5680cdc936b7f9b1db551209350c9c44fcade5c3ffd7249412057ba4e682df84b3a784c8206c436dac2f9f0e73d',
  key: '404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f',
}

const scalarOf = (number: bigint) => secretOf(Buffer.from(number.toString(16).padStart(64, '0'), 'hex'))
const scalars = fc.bigInt({ min: 1n, max: N - 1n })

describe('P-256', () => {
  it('agrees with NIST’s published example of Diffie-Hellman (CAVP KAS ECC CDH, P-256, count 0)', () => {
    const theirs = parsePoint(
      pointBytes(
        0x700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287n,
        0xdb71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4acn,
      ),
    )
    const ours = scalarOf(0x7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534n)
    expect(hex(pointOf(ours))).toBe(
      '04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b23028af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141',
    )
    expect(theirs).toBeDefined()
    expect(theirs && agree(ours, theirs).use(hex)).toBe(
      '46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b',
    )
  })

  it('gives the points and secrets that textbook arithmetic gives', () => {
    fc.assert(
      fc.property(scalars, scalars, (a, b) => {
        const point = pointOf(scalarOf(a))
        const byHand = multiply(a, G)
        if (byHand === 'infinity') throw new Error('no multiple of G below N is infinity')
        expect(hex(point)).toBe(hex(pointBytes(...byHand)))
        const shared = multiply(b, byHand)
        expect(shared).not.toBe('infinity')
        expect(agree(scalarOf(b), point).use(numberOf)).toBe(shared[0])
      }),
      { numRuns: 20 },
    )
  })

  it('gives both sides of one agreement the same secret', () => {
    const ours = scalarOf(5n)
    const { ephemeral, shared } = agreeOnce(pointOf(ours))
    expect(agree(ours, ephemeral).use(hex)).toBe(shared.use(hex))
  })

  it('makes a scalar in 1..n−1 as big integers do', () => {
    const wide = fc.uint8Array({ minLength: 48, maxLength: 48 })
    fc.assert(
      fc.property(wide, (bytes) => {
        expect(scalarFrom(bytes).use(numberOf)).toBe(1n + (numberOf(bytes) % (N - 1n)))
      }),
    )
    for (const number of [0n, 1n, N - 2n, N - 1n, N, 2n * (N - 1n), (1n << 384n) - 1n]) {
      const bytes = bytesOf(number.toString(16).padStart(96, '0'))
      expect(scalarFrom(bytes).use(numberOf)).toBe(1n + (number % (N - 1n)))
    }
  })

  it('refuses bytes that are no point on the curve, in its one written form', () => {
    const good = pointOf(scalarOf(7n))
    const [x, y] = [numberOf(good.subarray(1, 33)), numberOf(good.subarray(33))]
    expect(parsePoint(good)).toBeDefined()
    expect(parsePoint(pointBytes(x, P - y))).toBeDefined()
    const compressed = new Uint8Array([2 + Number(y & 1n), ...good.subarray(1, 33)])
    const hybrid = new Uint8Array([6 + Number(y & 1n), ...good.subarray(1)])
    const smallX = withX(5n)
    if (smallX === undefined || smallX === 'infinity') throw new Error('there is a point with x = 5')
    expect(parsePoint(pointBytes(...smallX))).toBeDefined()
    const refused = {
      'y off by one': pointBytes(x, y + 1n),
      'x and y swapped': pointBytes(y, x),
      zeros: pointBytes(0n, 0n),
      'x written with P added': pointBytes(smallX[0] + P, smallX[1]),
      'a point of another curve, y² = x³ − 3x + 4': pointBytes(0n, 2n),
      infinity: new Uint8Array([0]),
      'infinity, padded': new Uint8Array(65),
      compressed,
      hybrid,
      'a byte too few': good.subarray(0, 64),
      'a byte too many': new Uint8Array([...good, 0]),
      nothing: new Uint8Array(),
    }
    for (const [which, bytes] of Object.entries(refused)) expect(parsePoint(bytes), which).toBeUndefined()
  })
})

describe('a recovery key', () => {
  it('is the one that an independent computation makes of the code and the vault’s id', () => {
    using key = RecoveryKey.fromCode(secretOf(CODE), VAULT)
    const wide = new Uint8Array(
      hkdfSync('sha512', CODE, bytesOf('11'.repeat(16)), 'strongroom/recovery-scalar', 48),
    )
    expect(scalarFrom(wide).use(hex)).toBe(KNOWN.scalar)
    expect(hex(key.point)).toBe(KNOWN.point)
  })

  it('is another one in another vault, and for another code', () => {
    using one = RecoveryKey.fromCode(secretOf(CODE), VAULT)
    using elsewhere = RecoveryKey.fromCode(secretOf(CODE), idOf<VaultId>('12'))
    using other = RecoveryKey.fromCode(newRecoveryCode(), VAULT)
    expect(new Set([one, elsewhere, other].map(({ point }) => hex(point))).size).toBe(3)
  })

  it('can’t be used after its end', () => {
    const key = RecoveryKey.fromCode(secretOf(CODE), VAULT)
    const { point } = key
    key[Symbol.dispose]()
    expect(() => key.agree(point)).toThrow(/used after its end/)
  })
})

describe('a key wrapped for a recovery code', () => {
  const recipient = () => {
    const recoveryKey = RecoveryKey.fromCode(secretOf(CODE), VAULT)
    return {
      recoveryKey,
      edk: wrapRecovery({ id: RECOVERY, point: recoveryKey.point }, PLACE, secretOf(bytesOf(KNOWN.key))),
    }
  }

  it('made by an independent computation, opens to its key', () => {
    const { recoveryKey, edk } = recipient()
    const theirs = { ...edk, ciphertext: bytesOf(KNOWN.ciphertext) }
    expect(unwrapRecovery(recoveryKey, PLACE, theirs)?.use(hex)).toBe(KNOWN.key)
  })

  it('is 125 bytes under the id of the recovery key, and opens to the key', () => {
    const { recoveryKey, edk } = recipient()
    expect(Buffer.from(edk.providerId).toString()).toBe('strongroom-recovery')
    expect(Buffer.from(edk.providerInfo).toString()).toBe(RECOVERY)
    expect(recoveryEdkName(edk)).toBe(RECOVERY)
    expect(edk.ciphertext.length).toBe(65 + 12 + 32 + 16)
    expect(unwrapRecovery(recoveryKey, PLACE, edk)?.use(hex)).toBe(KNOWN.key)
  })

  it('never looks the same twice', () => {
    expect(hex(recipient().edk.ciphertext)).not.toBe(hex(recipient().edk.ciphertext))
  })

  it('does not open by another code, in another vault or for another subject', () => {
    const { recoveryKey, edk } = recipient()
    using other = RecoveryKey.fromCode(newRecoveryCode(), VAULT)
    expect(unwrapRecovery(other, PLACE, edk)).toBeUndefined()
    expect(unwrapRecovery(recoveryKey, { ...PLACE, vaultId: idOf<VaultId>('12') }, edk)).toBeUndefined()
    expect(unwrapRecovery(recoveryKey, { ...PLACE, subject: idOf<VersionId>('23') }, edk)).toBeUndefined()
  })

  it('with any one byte changed, cut short or with a byte more does not open', () => {
    const { recoveryKey, edk } = recipient()
    for (const ciphertext of flips(edk.ciphertext)) {
      expect(unwrapRecovery(recoveryKey, PLACE, { ...edk, ciphertext })).toBeUndefined()
    }
    for (let length = 0; length < edk.ciphertext.length; length++) {
      expect(
        unwrapRecovery(recoveryKey, PLACE, { ...edk, ciphertext: edk.ciphertext.subarray(0, length) }),
      ).toBeUndefined()
    }
    const longer = new Uint8Array([...edk.ciphertext, 0])
    expect(unwrapRecovery(recoveryKey, PLACE, { ...edk, ciphertext: longer })).toBeUndefined()
  })

  it('that holds anything but 32 bytes does not open', () => {
    const recoveryKey = RecoveryKey.fromCode(secretOf(CODE), VAULT)
    for (const length of [0, 16, 31, 33]) {
      const edk = wrapRecovery(
        { id: RECOVERY, point: recoveryKey.point },
        PLACE,
        Secret.random('odd', length || 1),
      )
      expect(unwrapRecovery(recoveryKey, PLACE, edk)).toBeUndefined()
    }
  })
})
