import { createSecretKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ByteReader, commit, concat, hex, kdf, openBox, Secret } from '../../src/main/base/index.ts'
import {
  derivePassphrase,
  parsePassphraseKdf,
  passphraseSecret,
  sealingKey,
} from '../../src/main/keys/passphrase.ts'
import { deriveKeys, headerTag } from '../../src/main/message/derive.ts'
import { parseFrameHead, parseUnframedHead } from '../../src/main/message/frames.ts'
import { writeHeaderBody } from '../../src/main/message/header.ts'
import {
  type Context,
  NO_CONTEXT,
  openMessage,
  parseContext,
  parseEdk,
  parseHeader,
  rawAesName,
  type UnverifiedHeader,
  unwrapByRawAes,
  unwrapRawAes,
  writeContext,
  writeEdk,
} from '../../src/main/message/index.ts'
import { parseFooter } from '../../src/main/message/signature.ts'
import { DocBlocks } from '../recovery/doc-blocks.ts'

const doc = new DocBlocks('format.md')
const secret = (bytes: Uint8Array) => Secret.take(new Uint8Array(bytes), 'from the document')
const namedKey = () => ({
  namespace: doc.text('namespace'),
  name: doc.text('key-name'),
  key: createSecretKey(doc.hex('wrapping-key')),
})

function headerOf(message: Uint8Array): UnverifiedHeader {
  const header = parseHeader(message)
  if (header === 'short') throw new Error('the example is cut')
  return header
}

const FRAMED = ['raw-key', 'required', 'passphrase'] as const

describe('docs/format.md is what the code reads and writes', () => {
  it('a box', () => {
    expect(openBox(secret(doc.hex('box-key')), doc.hex('box-aad'), doc.hex('box'))).toEqual(
      new Uint8Array(doc.hex('box-plaintext')),
    )
  })

  it('KDF and commitment', () => {
    const key = secret(doc.hex('kdf-key'))
    const [label = '', info = ''] = doc.hex('kdf-hkdf-info').toString('latin1').split('\0')
    expect(kdf(key, doc.hex('kdf-salt'), label, Buffer.from(info, 'latin1')).use(hex)).toBe(
      hex(doc.hex('kdf-output')),
    )
    expect(hex(commit(key, doc.hex('kdf-salt')))).toBe(hex(doc.hex('kdf-commit')))
  })

  it.each(['context-raw-key', 'context-passphrase', 'required-pairs'])('a context: %s', (name) => {
    const bytes = new Uint8Array(doc.hex(name))
    expect(writeContext(parseContext(bytes))).toEqual(bytes)
  })

  it.each([
    ['edk-raw-key', 'raw-key', 'wrapping-key'],
    ['edk-passphrase', 'passphrase', 'wrapping-key-passphrase'],
  ])('an EDK: %s', (name, message, key) => {
    const bytes = new Uint8Array(doc.hex(name))
    const edk = parseEdk(new ByteReader(bytes))
    expect(concat(...writeEdk(edk))).toEqual(bytes)
    const named = rawAesName(edk) ?? { namespace: '', name: '' }
    const { context } = headerOf(doc.hex(`message-${message}`))
    const dataKey = unwrapRawAes({ ...named, key: createSecretKey(doc.hex(key)) }, edk, context)
    expect(dataKey?.use(hex)).toBe(hex(doc.hex(`data-key-${message}`)))
  })

  it.each(FRAMED)('the header of message-%s, byte by byte', (name) => {
    const message = doc.hex(`message-${name}`)
    const { messageId, context, edks, frameLength, commitKey, signedBytes, suite, tag } = headerOf(message)
    expect(writeHeaderBody({ messageId, context, edks, frameLength, commitKey })).toEqual(
      new Uint8Array(signedBytes),
    )
    const derived = deriveKeys(secret(doc.hex(`data-key-${name}`)), suite.id, messageId)
    expect(hex(derived.commitKey)).toBe(hex(commitKey))
    expect(derived.encryptionKey.export().toString('hex')).toBe(hex(doc.hex(`encryption-key-${name}`)))
    const required = name === 'required' ? doc.hex('required-pairs') : new Uint8Array()
    expect(hex(headerTag(derived.encryptionKey, signedBytes, required))).toBe(hex(tag))
  })

  it('the header and its parts as printed on their own', () => {
    const header = headerOf(doc.hex('message-raw-key'))
    expect(hex(doc.hex('header-raw-key'))).toBe(hex(concat(header.signedBytes, header.tag)))
    expect(hex(doc.hex('header-tag-raw-key'))).toBe(hex(header.tag))
    expect(hex(doc.hex('message-id-raw-key'))).toBe(hex(header.messageId))
    expect(hex(doc.hex('commit-key-raw-key'))).toBe(hex(header.commitKey))
  })

  it('the frames of message-raw-key', () => {
    const header = headerOf(doc.hex('message-raw-key'))
    const frames = ['frame-first-raw-key', 'frame-second-raw-key', 'frame-final-raw-key'].map((name) =>
      doc.hex(name),
    )
    expect(hex(concat(doc.hex('header-raw-key'), ...frames))).toBe(hex(doc.hex('message-raw-key')))
    frames.forEach((frame, index) => {
      const head = parseFrameHead(frame, header.frameLength, index + 1)
      expect(head).toMatchObject({ seq: index + 1, kind: index === 2 ? 'final' : 'regular' })
    })
  })

  it('an unframed body and a signature', () => {
    const body = doc.hex('body-unframed')
    expect(parseUnframedHead(body)).toMatchObject({ lengthBytes: doc.hex('plaintext-unframed').length })
    expect(parseFooter(doc.hex('footer-signed'))).toMatchObject({
      sizeBytes: doc.hex('footer-signed').length,
    })
  })

  it.each(['raw-key', 'required', 'unframed', 'signed'])('message-%s opens to the text beside it', (name) => {
    const required: Context = name === 'required' ? parseContext(doc.hex('required-pairs')) : NO_CONTEXT
    const { plain } = openMessage(doc.hex(`message-${name}`), {
      unwrap: unwrapByRawAes([namedKey()], required),
      requiredContext: required,
    })
    expect(plain.toString('hex')).toBe(
      name === 'required' ? '' : doc.hex(`plaintext-${name}`).toString('hex'),
    )
  })

  it('message-passphrase, from the passphrase as typed', async () => {
    const header = headerOf(doc.hex('message-passphrase'))
    const typed = passphraseSecret(new Uint8Array(doc.hex('passphrase-typed')))
    expect(typed.use(hex)).toBe(hex(doc.hex('passphrase-nfkc')))
    const parameters = parsePassphraseKdf(header.context.get('strongroom-kdf') ?? '')
    expect(hex(parameters.salt)).toBe(hex(doc.hex('salt-passphrase')))
    const k = await derivePassphrase(typed, parameters)
    expect(k.use(hex)).toBe(hex(doc.hex('k-passphrase')))
    const { key, commitment } = sealingKey(k, parameters.salt)
    expect(hex(commitment)).toBe(hex(doc.hex('commit-passphrase')))
    expect(key.use(hex)).toBe(hex(doc.hex('wrapping-key-passphrase')))
    const named = header.edks.map(rawAesName)[0] ?? { namespace: '', name: '' }
    const { plain } = openMessage(doc.hex('message-passphrase'), {
      unwrap: unwrapByRawAes([{ ...named, key: key.keyObject() }]),
    })
    expect(plain.equals(doc.hex('plaintext-passphrase'))).toBe(true)
  })
})
