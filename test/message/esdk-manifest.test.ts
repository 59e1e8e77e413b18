import { createHash, createSecretKey } from 'node:crypto'
import { expect, it } from 'vitest'
import { hex } from '../../src/main/base/index.ts'
import { NO_CONTEXT, parseHeader, type ReadOptions, unwrapByRawAes } from '../../src/main/message/index.ts'
import { type DerivedNegatives, describeWithVectors, type EsdkEntry, type Op } from '../support/vectors.ts'
import { byDataKey, chunkSizes, feed, WAYS } from './feed.ts'

const CODES = {
  unsupported: ['MESSAGE_UNSUPPORTED'],
  'no-usable-key': ['KEY_MISMATCH'],
  commitment: ['MESSAGE_COMMITMENT'],
  authentication: ['MESSAGE_TAMPERED', 'KEY_REFUSED'],
} as const satisfies Record<NonNullable<EsdkEntry['expectError']>, readonly string[]>

describeWithVectors('messages of other AWS Encryption SDKs', (vectors) => {
  const manifest = vectors.manifest()

  it('are all here: 81 to open, 40 to refuse', () => {
    expect(manifest.filter((entry) => entry.expectError === undefined)).toHaveLength(81)
    expect(manifest.filter((entry) => entry.expectError !== undefined)).toHaveLength(40)
  })

  it.each(manifest.filter((entry) => entry.expectError === undefined))(
    '$id opens, however it arrives',
    (entry) => {
      const message = vectors.message(entry)
      for (const way of WAYS) {
        const { error, header, plain, verified } = feed(message, optionsFor(entry), chunkSizes(way))
        expect(error, way).toBeUndefined()
        expect(plain).toHaveLength(entry.plaintextBytes ?? -1)
        expect(createHash('sha256').update(plain).digest('hex')).toBe(entry.plaintextSha256)
        expect(verified.equals(plain)).toBe(true)
        expect(header?.suite.id).toBe(Number.parseInt(entry.suite, 16))
        expect(header?.framed).toBe(entry.unframed !== true)
        // The header outlives the buffer it came in.
        expect(hex(header?.messageId ?? new Uint8Array())).toBe(hex(message.subarray(3, 35)))
        expect(hex(header?.signedBytes ?? new Uint8Array())).toBe(
          hex(message.subarray(0, (header?.sizeBytes ?? 0) - 16)),
        )
      }
    },
  )

  it.each(manifest.filter((entry) => entry.expectError !== undefined))(
    '$id is refused as $expectError, and gives out nothing',
    (entry) => {
      const message = vectors.message(entry)
      for (const way of WAYS) {
        const { error, plain, header } = feed(message, optionsFor(entry), chunkSizes(way))
        expect(CODES[entry.expectError ?? 'unsupported'], way).toContain(error?.code)
        expect(plain).toHaveLength(0)
        expect(header).toBeUndefined()
        if (entry.expectError === 'unsupported') {
          expect(error?.exit).toBe(11)
          expect(error?.message).not.toMatch(/tamper|damage|changed/)
        }
      }
    },
  )

  it.each(manifest.filter((entry) => entry.expectError === 'no-usable-key'))(
    'the header of $id can be read without a key',
    (entry) => {
      const header = parseHeader(vectors.message(entry))
      expect(header).toMatchObject({ kind: 'unverified', suite: { id: Number.parseInt(entry.suite, 16) } })
      expect(header === 'short' ? [] : header.edks).not.toHaveLength(0)
    },
  )
})

describeWithVectors('messages of other AWS Encryption SDKs, changed', (vectors) => {
  const entries = new Map(vectors.manifest().map((entry) => [entry.id, entry]))
  const negatives = vectors.derivedNegatives()

  it('are all here: 4,334', () => {
    expect(negatives.reduce((sum, { ops }) => sum + ops.length, 0)).toBe(4_334)
  })

  it.each(negatives)(
    '$base with a $kind is refused, whichever it is, and lets only true plain text out before',
    (negative) => {
      const entry = entries.get(negative.base)
      if (entry === undefined) throw new Error(`no entry ${negative.base} in the manifest`)
      const message = vectors.message(entry)
      const options = optionsFor(entry)
      const truth = feed(message, options, chunkSizes('whole')).plain
      for (const op of negative.ops) {
        const changed = change(message, op)
        const codes = WAYS.map((way) => {
          const { error, pieces, verified } = feed(changed, options, chunkSizes(way))
          if (error === undefined) throw new Error(`${JSON.stringify(op)} opened, ${way}`)
          // A plain expect a piece would take most of the time of these 13,000 readings.
          if (
            pieces.some((piece) => piece.kind !== 'verified') ||
            !truth.subarray(0, verified.length).equals(verified)
          ) {
            throw new Error(`${JSON.stringify(op)} let other plain text out, ${way}`)
          }
          return error.code
        })
        // However it arrives, it is refused for the same reason.
        if (new Set(codes).size !== 1)
          throw new Error(`${JSON.stringify(op)} is refused as ${codes.join(', ')}`)
        expect(codes[0], JSON.stringify(op)).toMatch(codesFor(negative.kind))
      }
    },
  )
})

function codesFor(kind: DerivedNegatives['kind']): RegExp {
  if (kind === 'truncation') return /^MESSAGE_TRUNCATED$/
  if (kind === 'trailing bytes') return /^MESSAGE_TAMPERED$/
  return /^(MESSAGE_(TAMPERED|MALFORMED|COMMITMENT|UNSUPPORTED|TRUNCATED)|KEY_(MISMATCH|REFUSED))$/
}

function change(message: Buffer, op: Op): Buffer {
  if ('truncate' in op) return message.subarray(0, op.truncate)
  if ('appendHex' in op) return Buffer.concat([message, Buffer.from(op.appendHex, 'hex')])
  const [byte, bit] = op.flip
  const changed = Buffer.from(message)
  changed.writeUInt8(changed.readUInt8(byte) ^ (1 << bit), byte)
  return changed
}

function optionsFor({ keyring, requiredContext: pairs }: EsdkEntry): ReadOptions {
  if (keyring.type === 'data-key') return byDataKey(Buffer.from(keyring.dataKeyHex, 'hex'))
  const requiredContext = pairs === undefined ? NO_CONTEXT : new Map(Object.entries(pairs))
  const { namespace, name, keyHex } = keyring
  const key = createSecretKey(Buffer.from(keyHex, 'hex'))
  return { unwrap: unwrapByRawAes([{ namespace, name, key }], requiredContext), requiredContext }
}
