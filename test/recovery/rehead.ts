/**
 * AWS's known answers come with their data key, not with a wrapping key. A new header for the same message id
 * and data key makes them messages that a raw key opens, with their body as its SDK wrote it: nothing in a
 * body depends on the header but message id and data key. (Test only: a second header gives away the key of
 * the header tag.)
 */
import {
  foreignContext,
  foreignHeaderBody,
  foreignHeaderTag,
  foreignKeys,
  foreignRawAesEdk,
  foreignSigner,
  type Pairs,
  SIGNING,
} from '../support/foreign-message.ts'
import { KEY } from './open-sealed.ts'

const FINAL = 0xffffffff
const TAG = 16

/** The message under KEY instead of its own EDKs; context order, IVs, body and commit key as they were. */
export function rehead(message: Buffer, dataKey: Buffer): Buffer {
  const old = parse(message)
  const keys = foreignKeys(dataKey, old.suite, old.messageId)
  // The old signature is over the old header, so the message gets a signer of its own.
  const signer = old.suite === SIGNING ? foreignSigner() : undefined
  const context: Pairs = old.context.map((pair) => (signer?.pair[0] === pair[0] ? signer.pair : pair))
  const body = foreignHeaderBody({
    suite: old.suite,
    messageId: old.messageId,
    context: foreignContext(context),
    edks: [foreignRawAesEdk(KEY, dataKey, context)],
    contentType: old.contentType,
    frameLength: old.frameLength,
    commitKey: old.commitKey,
  })
  const unsigned = Buffer.concat([body, foreignHeaderTag(keys, body), old.body])
  return signer === undefined ? unsigned : Buffer.concat([unsigned, signer.footer(unsigned)])
}

function parse(message: Buffer) {
  let at = 0
  const bytes = (length: number): Buffer => {
    at += length
    return message.subarray(at - length, at)
  }
  const u16 = (): number => bytes(2).readUInt16BE()
  const u32 = (): number => bytes(4).readUInt32BE()

  bytes(1)
  const suite = u16()
  const messageId = bytes(32)
  const context: [string, string][] = []
  const pairs = u16() === 0 ? 0 : u16()
  for (let i = 0; i < pairs; i++) context.push([bytes(u16()).toString(), bytes(u16()).toString()])
  const edks = u16()
  for (let i = 0; i < 3 * edks; i++) bytes(u16())
  const contentType = bytes(1).readUInt8()
  const frameLength = u32()
  const commitKey = bytes(32)
  bytes(TAG)

  const start = at
  if (contentType === 1) {
    bytes(12)
    bytes(Number(bytes(8).readBigUInt64BE()) + TAG)
  } else {
    while (u32() !== FINAL) bytes(12 + frameLength + TAG)
    bytes(4 + 12)
    bytes(u32() + TAG)
  }
  const body = message.subarray(start, at)
  return { suite, messageId, context, contentType, frameLength, commitKey, body }
}
