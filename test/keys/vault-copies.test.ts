import { beforeAll, describe, expect, it } from 'vitest'
import {
  commit,
  concat,
  hex,
  kdf,
  openBox,
  Secret,
  utf8Bytes,
  writeBase64,
} from '../../src/main/base/index.ts'
import {
  type CopyId,
  idBytes,
  type KeyVersionId,
  type RecoveryKeyId,
  type VaultId,
} from '../../src/main/contract/ids.ts'
import {
  copyForPassphrase,
  copyForRecovery,
  copyUnderNext,
  openLocalCopy,
  openPassphraseCopy,
  openRecoveryCopy,
} from '../../src/main/keys/copy-master-key.ts'
import { copyName, type KeyCopy, parseKeyCopy, writeKeyCopy } from '../../src/main/keys/key-copies.ts'
import { derivePassphrase } from '../../src/main/keys/passphrase.ts'
import { newRecoveryCode } from '../../src/main/keys/recovery-code.ts'
import { RecoveryKey } from '../../src/main/keys/recovery-key.ts'
import { boxUnderTwoKeys } from '../support/gcm-two-keys.ts'
import { cheapKdf, passphraseOf } from '../support/key-fixture.ts'
import { flips, idOf } from '../support/key-values.ts'
import { refusal, refusalOf } from '../support/refusal.ts'

const AT = {
  vaultId: idOf<VaultId>('11'),
  keyVersionId: idOf<KeyVersionId>('66'),
  copyId: idOf<CopyId>('77'),
}
const NEXT = idOf<KeyVersionId>('88')
const master = Secret.random('master key')
const nextMaster = Secret.random('next master key')
const target = { vaultId: AT.vaultId, commitment: commit(master, idBytes(AT.vaultId)) }
const code = newRecoveryCode()
const recoveryKey = RecoveryKey.fromCode(code, AT.vaultId)
const known = { key: recoveryKey, known: true }
const recipient = { id: idOf<RecoveryKeyId>('33'), point: recoveryKey.point }
const passphrase = passphraseOf('correct horse')

type CopyOf<K extends KeyCopy['kind']> = KeyCopy & { readonly kind: K }

function ofKind<K extends KeyCopy['kind']>(copy: KeyCopy, kind: K): CopyOf<K> {
  if (copy.kind !== kind) throw new Error(`a ${copy.kind} copy, not ${kind}`)
  return copy as CopyOf<K>
}

const written = (copy: KeyCopy) => Buffer.from(writeKeyCopy(copy)).toString()
const parse = (text: string) => parseKeyCopy(AT.keyVersionId, AT.copyId, utf8Bytes(text))
/** The copy with members changed, as a stranger could write it. */
const edited = (copy: KeyCopy, members: Readonly<Record<string, unknown>>) => {
  const object = { ...JSON.parse(written(copy)), ...members }
  return JSON.stringify(Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))))
}

describe('a copy of a master key for a passphrase', () => {
  let copy: CopyOf<'passphrase'>
  beforeAll(async () => {
    copy = ofKind(await copyForPassphrase(master, AT, passphrase, cheapKdf()), 'passphrase')
  })

  it('comes back from its file and opens to the master key', async () => {
    const read = ofKind(parse(written(copy)), 'passphrase')
    expect(written(read)).toBe(written(copy))
    const opened = await openPassphraseCopy(read, target, passphrase)
    expect(opened instanceof Secret && opened.use(hex)).toBe(master.use(hex))
  })

  it('has exactly the members that the format names', () => {
    expect(Object.keys(JSON.parse(written(copy)))).toEqual([
      'box',
      'commit',
      'format',
      'kind',
      'm',
      'p',
      'salt',
      't',
    ])
    expect(copyName(copy)).toBe(`keys/copies/${'66'.repeat(16)}/${'77'.repeat(16)}.json`)
  })

  it('says that another passphrase is wrong', async () => {
    using other = passphraseOf('Correct horse')
    expect(await openPassphraseCopy(copy, target, other)).toBe('wrong')
  })

  it('in another vault, or as the copy of another key version, does not open', async () => {
    const elsewhere = { ...target, vaultId: idOf<VaultId>('12') }
    expect(await openPassphraseCopy(copy, elsewhere, passphrase)).toBe('wrong')
    const moved = { ...copy, keyVersionId: NEXT }
    const error = await refusalOf(openPassphraseCopy(moved, target, passphrase))
    expect(error.code).toBe('KEY_COPY_DAMAGED')
  })

  it('with any one byte of its box changed is damaged, and no wrong passphrase', async () => {
    const cases = [...flips(copy.box)]
    // One flip a byte: each costs an Argon2 run.
    for (const box of cases.filter((_, i) => i % 2 === 0)) {
      const error = await refusalOf(openPassphraseCopy({ ...copy, box }, target, passphrase))
      expect(error).toMatchObject({ code: 'KEY_COPY_DAMAGED', exit: 4, facts: { name: copyName(copy) } })
    }
    const shorter = { ...copy, box: copy.box.subarray(1) }
    expect((await refusalOf(openPassphraseCopy(shorter, target, passphrase))).code).toBe('KEY_COPY_DAMAGED')
  })

  it('with a byte of its salt, cost or commitment changed never opens', async () => {
    const [salt] = flips(copy.kdf.salt)
    const [commitment] = flips(copy.commitment)
    if (salt === undefined || commitment === undefined) throw new Error('there are bytes to flip')
    const changed = [
      { ...copy, kdf: { ...copy.kdf, salt } },
      { ...copy, kdf: { ...copy.kdf, passes: 2 } },
      { ...copy, kdf: { ...copy.kdf, memoryKiB: copy.kdf.memoryKiB + 8 } },
      { ...copy, kdf: { ...copy.kdf, lanes: 3 } },
      { ...copy, commitment },
    ]
    for (const each of changed) expect(await openPassphraseCopy(each, target, passphrase)).toBe('wrong')
  })

  it('of another master key than its version commits to is refused', async () => {
    const foreign = ofKind(await copyForPassphrase(nextMaster, AT, passphrase, cheapKdf()), 'passphrase')
    const error = await refusalOf(openPassphraseCopy(foreign, target, passphrase))
    expect(error).toMatchObject({ code: 'KEY_COMMITMENT', exit: 4 })
  })

  it('T9: made so that its box opens under two passphrases, opens by one of them at most', async () => {
    using other = passphraseOf('the attacker’s own')
    const cost = cheapKdf()
    const wrappingOf = async (secret: Secret) => {
      using derived = await derivePassphrase(secret, cost)
      return kdf(derived, idBytes(AT.vaultId), 'strongroom/copy', idBytes(AT.keyVersionId))
    }
    const aad = concat(idBytes(AT.vaultId), idBytes(AT.keyVersionId))
    const one = await wrappingOf(passphrase)
    const two = await wrappingOf(other)
    const box = one.use((a) => two.use((b) => boxUnderTwoKeys(a, b, aad)))
    // The attack works: the bare box does open under both.
    expect(openBox(one, aad, box)?.length).toBe(32)
    expect(openBox(two, aad, box)?.length).toBe(32)
    using derived = await derivePassphrase(passphrase, cost)
    const commitment = commit(derived, idBytes(AT.vaultId))
    const trap: CopyOf<'passphrase'> = { ...copy, kdf: cost, commitment, box }
    expect(await openPassphraseCopy(trap, target, other)).toBe('wrong')
    expect((await refusalOf(openPassphraseCopy(trap, target, passphrase))).code).toBe('KEY_COMMITMENT')
  })

  it('T10: that asks for endless work is refused at once', () => {
    const began = performance.now()
    const bounds: readonly Readonly<Record<string, unknown>>[] = [
      { m: 2 ** 32 },
      { m: 2 * 1024 * 1024 + 1 },
      { m: 64 * 1024 - 1 },
      { m: 0 },
      { t: 2 ** 31 },
      { t: 17 },
      { t: 0 },
      { p: 17 },
      { p: 0 },
      { salt: '' },
      { salt: writeBase64(new Uint8Array(15)) },
      { salt: writeBase64(new Uint8Array(17)) },
    ]
    for (const members of bounds) {
      const error = refusal(() => parse(edited(copy, members)))
      expect(error, JSON.stringify(members)).toMatchObject({ code: 'KDF_BOUNDS', exit: 4 })
    }
    expect(performance.now() - began).toBeLessThan(500)
  })

  it('with a member missing, too many, twice or of another type is refused as damaged', () => {
    const text = written(copy)
    const cases = [
      edited(copy, { m: undefined }),
      edited(copy, { box: undefined }),
      edited(copy, { extra: 1 }),
      edited(copy, { m: '65536' }),
      edited(copy, { m: 65536.5 }),
      edited(copy, { m: -1 }),
      edited(copy, { m: 2 ** 53 }),
      edited(copy, { box: 1 }),
      edited(copy, { box: `${writeBase64(copy.box)} ` }),
      edited(copy, { commit: writeBase64(copy.commitment.subarray(1)) }),
      edited(copy, { kind: 'other' }),
      edited(copy, { kind: 'recovery' }),
      text.replace('{', '{"box":"AA==",'),
      text.replace('"p"', '"__proto__":{},"p"'),
      `[${text}]`,
      'null',
      '"text"',
    ]
    for (const each of cases) expect(refusal(() => parse(each)).code, each).toBe('KEYS_FILE_DAMAGED')
  })

  it('of a newer format is refused as unsupported, of no format at all as damaged', () => {
    for (const format of ['2.0', '1.1', '10.0', '0.9']) {
      const error = refusal(() => parse(edited(copy, { format })))
      expect(error).toMatchObject({ code: 'VAULT_UNSUPPORTED', exit: 11 })
    }
    for (const format of ['', '1', 'v1.0', '01.0', 1, null, '1.0 ']) {
      expect(refusal(() => parse(edited(copy, { format }))).code).toBe('KEYS_FILE_DAMAGED')
    }
  })
})

describe('a copy of a master key for a recovery code', () => {
  const copy = ofKind(copyForRecovery(master, AT, recipient), 'recovery')

  it('comes back from its file and opens to the master key', () => {
    const read = ofKind(parse(written(copy)), 'recovery')
    expect(written(read)).toBe(written(copy))
    expect(openRecoveryCopy(read, target, known)?.use(hex)).toBe(master.use(hex))
  })

  it('with any one byte changed is damaged where the code is known to be right', () => {
    for (const ciphertext of flips(copy.edk.ciphertext)) {
      const changed = { ...copy, edk: { ...copy.edk, ciphertext } }
      const error = refusal(() => openRecoveryCopy(changed, target, known))
      expect(error).toMatchObject({ code: 'KEY_COPY_DAMAGED', exit: 4 })
    }
  })

  it('is another code’s if it does not open, where that can’t be known', () => {
    using other = RecoveryKey.fromCode(newRecoveryCode(), AT.vaultId)
    expect(openRecoveryCopy(copy, target, { key: other, known: false })).toBeUndefined()
    expect(openRecoveryCopy(copy, target, { key: recoveryKey, known: false })?.use(hex)).toBe(master.use(hex))
  })

  it('of another master key than its version commits to is refused', () => {
    const foreign = ofKind(copyForRecovery(nextMaster, AT, recipient), 'recovery')
    expect(refusal(() => openRecoveryCopy(foreign, target, known)).code).toBe('KEY_COMMITMENT')
  })

  it('whose wrapped key is cut, too long or of another kind is refused as damaged', () => {
    const edk = Buffer.from(JSON.parse(written(copy)).edk, 'base64')
    const local = JSON.parse(
      written(copyUnderNext(master, AT, { keyVersionId: NEXT, masterKey: nextMaster })),
    ).edk
    const cases = [
      edk.subarray(0, -1),
      Buffer.concat([edk, Buffer.from([0])]),
      Buffer.from(local, 'base64'),
      edk.subarray(0, 0),
    ]
    for (const bytes of cases) {
      const error = refusal(() => parse(edited(copy, { edk: bytes.toString('base64') })))
      expect(error.code).toBe('KEYS_FILE_DAMAGED')
    }
  })
})

describe('a copy of a master key under the next one', () => {
  const copy = ofKind(copyUnderNext(master, AT, { keyVersionId: NEXT, masterKey: nextMaster }), 'local')

  it('comes back from its file, names the next version and opens to the master key', () => {
    const read = ofKind(parse(written(copy)), 'local')
    expect(read.under).toBe(NEXT)
    expect(written(read)).toBe(written(copy))
    expect(openLocalCopy(read, target, nextMaster).use(hex)).toBe(master.use(hex))
  })

  it('with any one byte of it changed is damaged', () => {
    for (const ciphertext of flips(copy.edk.ciphertext)) {
      const changed = { ...copy, edk: { ...copy.edk, ciphertext } }
      expect(refusal(() => openLocalCopy(changed, target, nextMaster)).code).toBe('KEY_COPY_DAMAGED')
    }
  })

  it('never goes under itself', () => {
    const itself = { keyVersionId: AT.keyVersionId, masterKey: master }
    expect(() => copyUnderNext(master, AT, itself)).toThrow(/under itself/)
  })
})
