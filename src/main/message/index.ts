export { type Context, joinContexts, NO_CONTEXT, parseContext, writeContext } from './context.ts'
export { type Edk, parseEdk, writeEdk } from './edk.ts'
export { parseHeader, type UnverifiedHeader } from './header.ts'
export { type Layout, layoutOf } from './layout.ts'
export { type RawAesKey, rawAesName, unwrapByRawAes, unwrapRawAes, wrapRawAes } from './raw-aes.ts'
export {
  type Header,
  MessageReader,
  openMessage,
  type Piece,
  type ReadOptions,
  type UnwrapDataKey,
} from './reader.ts'
export { verifyP384 } from './signature.ts'
export {
  bodySize,
  framesOf,
  MessageWriter,
  sealMessage,
  WRITTEN_FRAME_LENGTH,
  type WrapDataKey,
  type WriteOptions,
} from './writer.ts'
