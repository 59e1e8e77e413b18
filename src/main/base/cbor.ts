import { decodeFirst, encode, rfc8949EncodeOptions, Tokenizer, Type } from 'cborg'
import { concat, parseUtf8 } from './bytes.ts'
import { bug } from './vault-error.ts'

/**
 * Deterministic CBOR (docs/format.md, head; RFC 8949 §4.2.1): shortest heads, definite lengths, sorted map
 * keys, well-formed UTF-8, integers within ±(2⁵³ − 1). No floats, tags, undefined or other simple values.
 * One value has one encoding, so equal bytes and equal values are the same thing.
 */
export type CborValue =
  | number
  | boolean
  | string
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>

// `strict` refuses longer heads than needed; without the rest duplicate keys, open lengths and undefined
// pass, and integer keys throw.
const DECODE_OPTIONS = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
}

/**
 * Writes a value.
 *
 * @throws BUG a number that isn't a safe integer, text with a lone surrogate, a negative map key: those have
 *   no encoding here, and cborg would write something else in their place without a word
 */
export function writeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  check(value)
  return new Uint8Array(encode(value, rfc8949EncodeOptions))
}

/** Writes an array of values that are encoded already. */
export function writeCborArray(values: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(arrayHead(values.length), ...values)
}

/** What `parts` add up to as one array, in bytes: its head and its values. */
export function cborArrayBytes(count: number, valuesBytes: number): number {
  return arrayHead(count).length + valuesBytes
}

/**
 * How many values the array that is `bytes` has, and a view of what follows its head; undefined if it doesn't
 * begin as an array does. Nothing is said of the values.
 */
export function parseCborArrayHead(bytes: Uint8Array): { count: number; rest: Uint8Array } | undefined {
  const minor = (bytes[0] ?? 0) & 31
  const extraBytes = minor < 24 ? 0 : 2 ** (minor - 24)
  if (minor > 26 || bytes.length < 1 + extraBytes) return undefined
  let count = minor < 24 ? minor : 0
  for (const byte of bytes.subarray(1, 1 + extraBytes)) count = count * 256 + byte
  const head = arrayHead(count)
  const isHead = head.length === 1 + extraBytes && head.every((byte, index) => byte === bytes[index])
  return isHead ? { count, rest: bytes.subarray(head.length) } : undefined
}

/** The value in `bytes`; undefined unless they are exactly its one encoding. */
export function parseCbor(bytes: Uint8Array): CborValue | undefined {
  const parsed = parseCborStart(bytes)
  return parsed?.rest.length === 0 ? parsed.value : undefined
}

/** The value that starts `bytes`, and a view of what follows it: padding, for whoever allows some. */
export function parseCborStart(bytes: Uint8Array): { value: CborValue; rest: Uint8Array } | undefined {
  const tokenizer = new StrictTokenizer(bytes)
  try {
    const value: CborValue = decodeFirst(bytes, { ...DECODE_OPTIONS, tokenizer })[0]
    if (tokenizer.sawMap && !mapsAreSorted(value)) return undefined
    return { value, rest: bytes.subarray(tokenizer.pos()) }
  } catch {
    // cborg throws for everything it refuses, and V8 a RangeError for 10⁴ levels and more.
    return undefined
  }
}

/** Refuses what cborg lets pass: floats, and text that is not UTF-8 (it writes U+FFFD, and drops a BOM). */
class StrictTokenizer extends Tokenizer {
  sawMap = false

  constructor(bytes: Uint8Array) {
    // Of a Buffer cborg would hand out views instead of copies.
    super(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), DECODE_OPTIONS)
  }

  override next(): ReturnType<Tokenizer['next']> {
    const from = this.pos()
    const token = super.next()
    if (token.type === Type.float) throw new Error('float')
    if (token.type === Type.map) this.sawMap = true
    if (token.type === Type.string) {
      const text = textBytes(this.data.subarray(from, this.pos()))
      // As many ASCII characters as bytes: nothing was altered. That is the common case, and cheap.
      if (token.value.length !== text.length || !ASCII.test(token.value)) token.value = strictText(text)
    }
    return token
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: every ASCII character is meant
const ASCII = /^[\x00-\x7f]*$/

/** A text string without its head. */
function textBytes(item: Uint8Array): Uint8Array {
  const minor = (item[0] ?? 0) & 31
  return item.subarray(minor < 24 ? 1 : 1 + 2 ** (minor - 24))
}

function strictText(bytes: Uint8Array): string {
  const text = parseUtf8(bytes)
  if (text === undefined) throw new Error('text that is not UTF-8')
  return text
}

function check(value: CborValue): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) bug(`no CBOR for the number ${value}`)
  } else if (typeof value === 'string') {
    if (!value.isWellFormed()) bug('no CBOR for text with a lone surrogate')
  } else if (value instanceof Map) {
    for (const [key, member] of value) {
      if (!Number.isSafeInteger(key) || key < 0) bug('no CBOR for this map key')
      check(member)
    }
  } else if (Array.isArray(value)) {
    for (const member of value) check(member)
  }
}

function arrayHead(count: number): Uint8Array {
  if (count < 24) return concat({ u8: 0x80 | count })
  if (count < 2 ** 8) return concat({ u8: 0x98 }, { u8: count })
  if (count < 2 ** 16) return concat({ u8: 0x99 }, { u16: count })
  return concat({ u8: 0x9a }, { u32: count })
}

/** Whether every map has unsigned keys in rising order: for those the order of their encodings too. */
function mapsAreSorted(value: CborValue): boolean {
  if (value instanceof Map) {
    let before = -1
    for (const [key, member] of value) {
      if (typeof key !== 'number' || key <= before || !mapsAreSorted(member)) return false
      before = key
    }
    return true
  }
  return !Array.isArray(value) || value.every(mapsAreSorted)
}
