import { type ByteReader, concat, fail, orShort, parseUtf8 } from '../base/index.ts'

/**
 * The encryption context: public pairs that are authenticated with the message (docs/format.md §1.2):
 *
 *     (empty: no bytes)   count u16 ‖ (length u16 ‖ key ‖ length u16 ‖ value)*   keys sorted by their bytes
 */
export type Context = ReadonlyMap<string, string>

export const NO_CONTEXT: Context = new Map()

const MAX_CONTEXT_BYTES = 65_535

/**
 * Writes a context in its one canonical form, sorted by key bytes.
 *
 * @throws USAGE a pair or the whole does not fit in 65,535 bytes, or holds what is no text (a lone surrogate)
 */
export function writeContext(context: Context): Uint8Array<ArrayBuffer> {
  if (context.size === 0) return new Uint8Array()
  if (![...context].flat().every((text) => text.isWellFormed())) {
    fail('USAGE', 'The context holds text with half a character, which has no UTF-8 form.')
  }
  // From Node's pool of small buffers, which costs a tenth: they are copied below.
  const pairs = [...context].map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) }))
  const total = pairs.reduce((sum, { key, value }) => sum + 4 + key.length + value.length, 2)
  if (total > MAX_CONTEXT_BYTES) {
    fail('USAGE', `The context takes ${total} bytes; at most ${MAX_CONTEXT_BYTES} fit in a message.`, {
      total,
    })
  }
  pairs.sort((a, b) => Buffer.compare(a.key, b.key))
  return concat(
    { u16: pairs.length },
    ...pairs.flatMap(({ key, value }) => [{ u16: key.length }, key, { u16: value.length }, value]),
  )
}

/**
 * Parses a stored context of exactly `bytes`. Any order is read, since other writers' is not always sorted.
 *
 * @throws MESSAGE_MALFORMED lengths that don't fill it exactly, a key twice, text that isn't UTF-8
 */
export function parseContext(bytes: Uint8Array): Context {
  if (bytes.length === 0) return NO_CONTEXT
  const context = orShort(bytes, (reader) => {
    const pairs = new Map<string, string>()
    const count = reader.u16()
    for (let i = 0; i < count; i++) {
      const key = text(reader)
      const value = text(reader)
      if (pairs.has(key)) malformed('holds a key twice')
      pairs.set(key, value)
    }
    if (count === 0 || reader.rest !== 0) malformed('has bytes beside its pairs')
    return pairs
  })
  return context === 'short' ? malformed('ends inside a pair') : context
}

/** Stored and required pairs as one. @throws CONTEXT_CONTRADICTED a required pair contradicts a stored one */
export function joinContexts(stored: Context, required: Context): Context {
  if (required.size === 0) return stored
  const joined = new Map(stored)
  for (const [key, value] of required) {
    if (stored.has(key) && stored.get(key) !== value) {
      fail(
        'CONTEXT_CONTRADICTED',
        `The message stores another value for the context key “${key}” than was given.`,
        { key },
      )
    }
    joined.set(key, value)
  }
  return joined
}

/** The required pairs that are not stored in the message: these enter the header tag apart. */
export function notStored(stored: Context, required: Context): Context {
  return new Map([...required].filter(([key]) => !stored.has(key)))
}

function text(reader: ByteReader): string {
  return parseUtf8(reader.bytes(reader.u16())) ?? malformed('holds text that is not UTF-8')
}

function malformed(how: string): never {
  return fail('MESSAGE_MALFORMED', `The context of this message ${how}.`)
}
