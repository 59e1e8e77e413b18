import { createSecretKey, ECDH, hkdfSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { openBox, Secret } from '../../src/main/base/index.ts'
import { verifyP384 } from '../../src/main/message/index.ts'
import { describeWithVectors } from '../support/vectors.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

describeWithVectors('Wycheproof', (vectors) => {
  it('AES-256-GCM: a box opens where Google says valid, and only there', () => {
    const cases = vectors
      .aesGcm()
      .filter(({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128)
      .flatMap(({ tests }) => tests)
    expect(cases).toHaveLength(66)
    expect(cases.filter(({ result }) => result === 'invalid').length).toBeGreaterThan(20)
    for (const { tcId, comment, result, ...test } of cases) {
      using key = Secret.take(new Uint8Array(bytes(test.key)), `case ${tcId}`)
      const opened = openBox(key, bytes(test.aad), bytes(test.iv + test.ct + test.tag))
      const hexOrRefused = opened === undefined ? 'refused' : Buffer.from(opened).toString('hex')
      expect(hexOrRefused, `${tcId} ${comment}`).toBe(result === 'valid' ? test.msg : 'refused')
    }
  })

  // The room's own HKDF takes no info from outside; the known answers of AWS test that. This is the
  // primitive below it, called as it calls it: with a KeyObject.
  it('HKDF-SHA512 of this Node gives what Google expects, and refuses what is too long', () => {
    const cases = vectors.hkdfSha512().flatMap(({ tests }) => tests)
    expect(cases).toHaveLength(83)
    for (const { tcId, comment, result, ikm, salt, info, size, okm } of cases) {
      const derive = () =>
        Buffer.from(hkdfSync('sha512', createSecretKey(bytes(ikm)), bytes(salt), bytes(info), size))
      if (result === 'invalid') expect(derive, `${tcId} ${comment}`).toThrow()
      else expect(derive().toString('hex'), `${tcId} ${comment}`).toBe(okm)
    }
  })

  it('ECDSA P-384 with SHA-384: a DER signature holds where Google says valid, and only there', () => {
    const groups = vectors.ecdsaP384()
    expect(groups.flatMap(({ tests }) => tests)).toHaveLength(504)
    for (const { publicKey, tests } of groups) {
      const point = bytes(publicKey.uncompressed)
      const compressed = ECDH.convertKey(point, 'secp384r1', undefined, undefined, 'compressed')
      for (const { tcId, comment, result, msg, sig } of tests) {
        const holds = verifyP384(point, bytes(msg), bytes(sig))
        expect(holds, `${tcId} ${comment}`).toBe(result === 'valid')
        // Messages hold the point compressed.
        if (!(compressed instanceof Uint8Array)) throw new Error('Node gave a point as text')
        expect(verifyP384(compressed, bytes(msg), bytes(sig)), `${tcId} compressed`).toBe(holds)
      }
    }
  })
})
