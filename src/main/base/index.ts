export type { ErrorCode, SkipCode } from '../contract/codes.ts'
export { BOX_OVERHEAD_BYTES, openBox, sealBox } from './box.ts'
export {
  ByteReader,
  concat,
  copyOffHeap,
  hex,
  orShort,
  type Part,
  parseBase64,
  parseUtf8,
  release,
  utf8Bytes,
  writeBase64,
} from './bytes.ts'
export { type JsonObject, type JsonValue, parseCanonicalJson, writeCanonicalJson } from './canonical-json.ts'
export {
  type CborValue,
  cborArrayBytes,
  parseCbor,
  parseCborArrayHead,
  parseCborStart,
  writeCbor,
  writeCborArray,
} from './cbor.ts'
export { commit, equalBytes, kdf, sha256 } from './kdf.ts'
export { fillRandom, randomBytes } from './random.ts'
export { Secret } from './secret.ts'
export { assertNever, asVaultError, bug, type Facts, fail, VaultError } from './vault-error.ts'
