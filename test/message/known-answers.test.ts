import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { concat, hex, Secret } from '../../src/main/base/index.ts'
import {
  type Edk,
  MessageReader,
  openMessage,
  parseHeader,
  type UnverifiedHeader,
  writeContext,
  writeEdk,
} from '../../src/main/message/index.ts'
import {
  foreignBlock,
  foreignContext,
  foreignHeaderBody,
  foreignHeaderTag,
  foreignKeys,
} from '../support/foreign-message.ts'
import { describeWithVectors, type KnownAnswer } from '../support/vectors.ts'

const base64 = (text: string | undefined) => Buffer.from(text ?? '', 'base64')
const headerOf = (bytes: Uint8Array): UnverifiedHeader => {
  const header = parseHeader(bytes)
  if (header === 'short') throw new Error('the known answer is cut short')
  return header
}
const unwrapOf = (answer: KnownAnswer) => ({
  unwrap: () => Secret.take(new Uint8Array(base64(answer['decrypted-dek'])), 'data key'),
})

type Block = {
  readonly kind: 'regular' | 'final' | 'unframed'
  readonly plain: string
  readonly bytes: Buffer
}

/**
 * The blocks of an answer. `plaintext-frames` is joined and cut anew: some answers give it in one, and it
 * leaves out the empty final frame by which the C SDK ends an exact multiple of the frame length.
 */
function blocksOf(answer: KnownAnswer, header: UnverifiedHeader): readonly Block[] {
  const message = base64(answer.ciphertext)
  const text = (answer['plaintext-frames'] ?? []).join('')
  const blocks: Block[] = []
  let [at, textAt] = [header.sizeBytes, 0]
  for (;;) {
    const final = message.readUInt32BE(at) === 0xffffffff
    const kind = !header.framed ? 'unframed' : final ? 'final' : 'regular'
    const plain = kind === 'regular' ? text.slice(textAt, textAt + header.frameLength) : text.slice(textAt)
    const bytes = message.subarray(at, at + Buffer.byteLength(plain) + OVERHEAD[kind])
    blocks.push({ kind, plain, bytes })
    if (kind !== 'regular') return blocks
    at += bytes.length
    textAt += plain.length
  }
}

const OVERHEAD = { regular: 32, final: 40, unframed: 36 }
const IV_AT = { regular: 4, final: 8, unframed: 0 }

describeWithVectors('the known answers of AWS for key commitment', (vectors) => {
  const answers = vectors.knownAnswers()
  const sound = answers.filter((answer) => answer.status)

  it('are all here: 41 sound, 5 that break their commitment', () => {
    expect([sound.length, answers.length]).toEqual([41, 46])
  })

  it.each(answers)('$comment: the header is read as it was written', (answer) => {
    const header = headerOf(base64(answer.header))
    expect(hex(header.messageId)).toBe(base64(answer['message-id']).toString('hex'))
    expect(Object.fromEntries(header.context)).toEqual(answer['encryption-context'])
    expect(header.sizeBytes).toBe(base64(answer.header).length)
    expect(hex(header.tag)).toBe(base64(answer.header).subarray(-16).toString('hex'))
    // In the answers that break it, `commitment` is what the data key gives, not what the header says.
    if (answer.status) expect(hex(header.commitKey)).toBe(base64(answer.commitment).toString('hex'))
  })

  it.each(answers)('$comment: context and data keys are written back to the same bytes', (answer) => {
    const bytes = base64(answer.header)
    const header = headerOf(bytes)
    const contextFrom = 37
    const contextBytes = bytes.readUInt16BE(35)
    const stored = bytes.subarray(contextFrom, contextFrom + contextBytes)
    const keys = [...header.context.keys()]
    const inOrder = keys.every(
      (key, i) => i === 0 || Buffer.compare(Buffer.from(keys[i - 1] ?? ''), Buffer.from(key)) < 0,
    )
    // Some are stored unsorted; ours are always sorted, and as long.
    const written = writeContext(header.context)
    expect(hex(written) === stored.toString('hex')).toBe(inOrder)
    expect(written).toHaveLength(stored.length)
    const edks = concat(...header.edks.flatMap((edk: Edk) => writeEdk(edk)))
    const edksFrom = contextFrom + contextBytes + 2
    expect(hex(edks)).toBe(bytes.subarray(edksFrom, edksFrom + edks.length).toString('hex'))
    expect(edksFrom + edks.length).toBe(bytes.length - 16 - 32 - 4 - 1)
  })

  it.each(sound)(
    '$comment: HKDF gives the keys, and our second writer every byte of header and frames',
    (answer) => {
      const header = headerOf(base64(answer.header))
      const messageId = Buffer.from(header.messageId)
      const keys = foreignKeys(base64(answer['decrypted-dek']), header.suite.id, messageId)
      expect(keys.commitKey.toString('base64')).toBe(answer.commitment)
      const contentKey = answer['content-encryption-key']
      if (contentKey !== undefined) expect(keys.encryptionKey.toString('base64')).toBe(contentKey)

      const body = foreignHeaderBody({
        suite: header.suite.id,
        messageId,
        context: foreignContext([...header.context]),
        edks: header.edks.map((edk) => ({
          providerId: Buffer.from(edk.providerId),
          info: Buffer.from(edk.providerInfo),
          ciphertext: Buffer.from(edk.ciphertext),
        })),
        contentType: header.framed ? 2 : 1,
        frameLength: header.frameLength,
        commitKey: keys.commitKey,
      })
      expect(Buffer.concat([body, foreignHeaderTag(keys, body)]).equals(base64(answer.header))).toBe(true)

      blocksOf(answer, header).forEach(({ kind, plain, bytes }, i) => {
        const iv = bytes.subarray(IV_AT[kind], IV_AT[kind] + 12)
        const again = foreignBlock(keys, messageId, kind, i + 1, Buffer.from(plain), iv)
        expect(again.toString('base64')).toBe(bytes.toString('base64'))
        // The answers of C, Java, Python give no frames of their own.
        if (answer.frames !== undefined) expect(bytes.toString('base64')).toBe(answer.frames[i])
      })
    },
  )

  it.each(sound)('$comment: each frame, as it arrives, gives its plain text and no more', (answer) => {
    const header = headerOf(base64(answer.header))
    const reader = new MessageReader(unwrapOf(answer))
    expect(reader.push(base64(answer.header))).toEqual([])
    expect(reader.header?.kind).toBe('verified')
    const blocks = blocksOf(answer, header)
    const push = (bytes: Buffer) => reader.push(bytes).map((piece) => Buffer.from(piece.bytes).toString())
    const texts = blocks.map((block) => push(block.bytes))
    const frames = blocks.map((block) => block.plain)
    expect(frames.join('')).toBe(answer['plaintext-frames']?.join(''))
    if (header.suite.signed) {
      // The last frame waits for the signature.
      expect(texts).toEqual([...frames.slice(0, -1).map((frame) => [frame]), []])
      const end = header.sizeBytes + blocks.reduce((sum, block) => sum + block.bytes.length, 0)
      const footer = base64(answer.ciphertext).subarray(end)
      if (answer.footer !== undefined) expect(footer.toString('base64')).toBe(answer.footer)
      expect(push(footer)).toEqual(frames.slice(-1))
    } else {
      expect(texts).toEqual(frames.map((frame) => [frame]))
    }
    expect(reader.end().commitKey).toEqual(new Uint8Array(base64(answer.commitment)))
  })

  it.each(answers.filter((answer) => !answer.status))('$comment: is refused for its commitment', (answer) => {
    expect(() => openMessage(base64(answer.ciphertext), unwrapOf(answer))).toThrow(
      expect.objectContaining({ code: 'MESSAGE_COMMITMENT', exit: 4 }),
    )
  })

  it('are the bytes that the manifest lists as kat-NN', () => {
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const listed = vectors.manifest().filter((entry) => entry.id.startsWith('kat-'))
    expect(listed.map((entry) => sha256(vectors.message(entry)))).toEqual(
      answers.map((answer) => sha256(base64(answer.ciphertext))),
    )
  })
})
