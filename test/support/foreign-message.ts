/**
 * Another implementation of docs/format.md §1, to hold Strongroom's against: node:crypto and Buffer, nothing
 * of src. It writes what Strongroom never writes (signed, unframed, hostile) and takes what Strongroom's
 * writer refuses to take: data key, message id, IVs. AWS's known answers show that it is right
 * (test/message/known-answers.test.ts).
 */
import {
  createCipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  createSign,
  randomBytes,
} from 'node:crypto'

export type Pairs = readonly (readonly [key: string, value: string])[]
export type ForeignKeys = { readonly encryptionKey: Buffer; readonly commitKey: Buffer }
export type ForeignEdk = { readonly providerId: Buffer; readonly info: Buffer; readonly ciphertext: Buffer }

export const COMMITTING = 0x0478
export const SIGNING = 0x0578
const ZERO_IV = Buffer.alloc(12)

export function u16(n: number): Buffer {
  const out = Buffer.alloc(2)
  out.writeUInt16BE(n)
  return out
}

export function u32(n: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(n)
  return out
}

export function u64(n: number | bigint): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(BigInt(n))
  return out
}

const field = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes])

export function gcm(key: Buffer, iv: Buffer, aad: Buffer, plain: Buffer): Buffer {
  const bits = key.length * 8
  const cipher = createCipheriv(`aes-${bits}-gcm` as 'aes-256-gcm', key, iv)
  cipher.setAAD(aad)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** HKDF-SHA512 for 32 bytes, from RFC 5869 by its two HMACs. */
function hkdf(ikm: Buffer, salt: Buffer, info: Buffer): Buffer {
  const prk = createHmac('sha512', salt).update(ikm).digest()
  return createHmac('sha512', prk).update(info).update(Buffer.of(1)).digest().subarray(0, 32)
}

export function foreignKeys(dataKey: Buffer, suite: number, messageId: Buffer): ForeignKeys {
  return {
    encryptionKey: hkdf(dataKey, messageId, Buffer.concat([u16(suite), Buffer.from('DERIVEKEY')])),
    commitKey: hkdf(dataKey, messageId, Buffer.from('COMMITKEY')),
  }
}

/** A context in the order given. */
export function foreignContext(pairs: Pairs): Buffer {
  if (pairs.length === 0) return Buffer.alloc(0)
  return Buffer.concat([
    u16(pairs.length),
    ...pairs.flatMap(([key, value]) => [field(Buffer.from(key)), field(Buffer.from(value))]),
  ])
}

export function sorted(pairs: Pairs): Pairs {
  return [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

export function foreignRawAesEdk(
  wrapping: { readonly namespace: string; readonly name: string; readonly key: Buffer },
  dataKey: Buffer,
  context: Pairs,
  iv: Buffer = randomBytes(12),
): ForeignEdk {
  return {
    providerId: Buffer.from(wrapping.namespace),
    info: Buffer.concat([Buffer.from(wrapping.name), u32(128), u32(12), iv]),
    ciphertext: gcm(wrapping.key, iv, foreignContext(sorted(context)), dataKey),
  }
}

/** A header up to its tag. Every field is written as given, sound or not. */
export function foreignHeaderBody(fields: {
  readonly version?: number
  readonly suite: number
  readonly messageId: Buffer
  readonly context: Buffer
  readonly edks: readonly ForeignEdk[]
  readonly edkCount?: number
  readonly contentType: number
  readonly frameLength: number
  readonly commitKey: Buffer
}): Buffer {
  return Buffer.concat([
    Buffer.of(fields.version ?? 2),
    u16(fields.suite),
    fields.messageId,
    field(fields.context),
    u16(fields.edkCount ?? fields.edks.length),
    ...fields.edks.flatMap((edk) => [field(edk.providerId), field(edk.info), field(edk.ciphertext)]),
    Buffer.of(fields.contentType),
    u32(fields.frameLength),
    fields.commitKey,
  ])
}

/** The tag of a header; `notStored` are the required pairs that it authenticates and doesn't hold. */
export function foreignHeaderTag(keys: ForeignKeys, body: Buffer, notStored: Pairs = []): Buffer {
  const aad = Buffer.concat([body, foreignContext(sorted(notStored))])
  return gcm(keys.encryptionKey, ZERO_IV, aad, Buffer.alloc(0))
}

const WORDS = { regular: 'Frame', final: 'Final Frame', unframed: 'Single Block' }

/** A block of a body: a regular frame, the final one, or all of an unframed body. */
export function foreignBlock(
  keys: ForeignKeys,
  messageId: Buffer,
  kind: keyof typeof WORDS,
  seq: number,
  plain: Buffer,
  iv: Buffer = Buffer.concat([Buffer.alloc(8), u32(seq)]),
): Buffer {
  const words = Buffer.from(`AWSKMSEncryptionClient ${WORDS[kind]}`)
  const aad = Buffer.concat([messageId, words, u32(seq), u64(plain.length)])
  const sealed = gcm(keys.encryptionKey, iv, aad, plain)
  if (kind === 'regular') return Buffer.concat([u32(seq), iv, sealed])
  if (kind === 'unframed') return Buffer.concat([iv, u64(plain.length), sealed])
  return Buffer.concat([u32(0xffffffff), u32(seq), iv, u32(plain.length), sealed])
}

/** A signer of messages: its pair for the context, and the footer over a header and body. */
export function foreignSigner(): {
  readonly pair: readonly [string, string]
  readonly footer: (signed: Buffer) => Buffer
} {
  const ecdh = createECDH('secp384r1')
  ecdh.generateKeys()
  const point = ecdh.getPublicKey()
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-384',
      d: ecdh.getPrivateKey().toString('base64url'),
      x: point.subarray(1, 49).toString('base64url'),
      y: point.subarray(49).toString('base64url'),
    },
  })
  return {
    pair: ['aws-crypto-public-key', ecdh.getPublicKey('base64', 'compressed')],
    footer: (signed) => field(createSign('sha384').update(signed).sign(key)),
  }
}

export type ForeignMessage = {
  readonly dataKey: Buffer
  readonly messageId: Buffer
  readonly keys: ForeignKeys
  readonly header: Buffer
  /** Blocks in order, then the footer of a signed message. */
  readonly parts: readonly Buffer[]
  readonly bytes: Buffer
}

/**
 * A whole message, sound unless told otherwise.
 *
 * @param options.frameLength 0 for an unframed body
 * @param options.emptyFinal ends an exact multiple with an empty final frame, as some SDKs do
 * @param options.edks the EDKs for a data key and context; one that nobody can open, if not given
 */
export function foreignMessage(
  plain: Buffer,
  options: {
    readonly frameLength: number
    readonly signed?: boolean
    readonly emptyFinal?: boolean
    readonly context?: Pairs
    readonly notStored?: Pairs
    readonly edks?: (dataKey: Buffer, context: Pairs) => readonly ForeignEdk[]
    readonly dataKey?: Buffer
    readonly messageId?: Buffer
  },
): ForeignMessage {
  const { frameLength, dataKey = randomBytes(32), messageId = randomBytes(32) } = options
  const suite = options.signed === true ? SIGNING : COMMITTING
  const signer = options.signed === true ? foreignSigner() : undefined
  const context = [...(options.context ?? []), ...(signer === undefined ? [] : [signer.pair])]
  const keys = foreignKeys(dataKey, suite, messageId)
  const body = foreignHeaderBody({
    suite,
    messageId,
    context: foreignContext(context),
    edks: options.edks?.(dataKey, [...context, ...(options.notStored ?? [])]) ?? [
      { providerId: Buffer.from('nobody'), info: Buffer.alloc(0), ciphertext: Buffer.alloc(48) },
    ],
    contentType: frameLength === 0 ? 1 : 2,
    frameLength,
    commitKey: keys.commitKey,
  })
  const header = Buffer.concat([body, foreignHeaderTag(keys, body, options.notStored)])
  const blocks = foreignBody(plain, frameLength, options.emptyFinal ?? false, keys, messageId)
  const parts = signer === undefined ? blocks : [...blocks, signer.footer(Buffer.concat([header, ...blocks]))]
  return { dataKey, messageId, keys, header, parts, bytes: Buffer.concat([header, ...parts]) }
}

function foreignBody(
  plain: Buffer,
  frameLength: number,
  emptyFinal: boolean,
  keys: ForeignKeys,
  messageId: Buffer,
): Buffer[] {
  if (frameLength === 0) return [foreignBlock(keys, messageId, 'unframed', 1, plain)]
  const blocks: Buffer[] = []
  let at = 0
  const wholeLeft = () => plain.length - at - (emptyFinal ? 0 : 1)
  while (wholeLeft() >= frameLength) {
    const part = plain.subarray(at, at + frameLength)
    blocks.push(foreignBlock(keys, messageId, 'regular', blocks.length + 1, part))
    at += frameLength
  }
  blocks.push(foreignBlock(keys, messageId, 'final', blocks.length + 1, plain.subarray(at)))
  return blocks
}
