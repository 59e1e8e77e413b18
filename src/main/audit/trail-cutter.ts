import { fail } from '../base/index.ts'

/** CloudTrail’s records have at most 256 KiB; LookupEvents puts one, escaped, into another. */
const GREATEST_RECORD_BYTES = 2 * 1024 * 1024
const GREATEST_DEPTH = 64
/** The lists that hold records, in files of CloudTrail and in replies of LookupEvents. */
const LISTS: ReadonlySet<string> = new Set(['Records', 'Events'])

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Cuts the records out of a trail, as they come, one in memory at a time:
 *
 *     {"Records": [ record, … ]}  ·  {"Events": [ record, … ], …}  ·  [ record, … ]       one after the other
 *
 * @throws USAGE it is no such thing, or ends inside one. What it gave before that stands
 */
export async function* cutRecords(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): AsyncGenerator<unknown> {
  const cutter = new Cutter(name)
  for await (const piece of pieces) yield* cutter.take(piece)
  cutter.end()
}

class Cutter {
  readonly #name: string
  /** What is open around the place that is read: '{' and '['. */
  readonly #open: number[] = []
  #kept: Uint8Array[] = []
  #keptBytes = 0
  #text: number[] | undefined
  #inText = false
  #escaped = false
  /** The last text directly within the outermost object: the name of the list that follows. */
  #member = ''
  #lists = 0
  /** The depth at which the record that is read began; 0: none is. */
  #recordDepth = 0

  constructor(name: string) {
    this.#name = name
  }

  *take(piece: Uint8Array): Generator<unknown> {
    let from = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]
      if (this.#inText) {
        this.#inString(byte)
        continue
      }
      if (byte === QUOTE) this.#beginString()
      else if (byte === OPEN || byte === OPEN_LIST) {
        if (byte === OPEN && this.#recordDepth === 0 && this.#isInList) {
          this.#recordDepth = this.#open.length + 1
          from = at
        } else if (byte === OPEN_LIST) this.#beginList()
        this.#open.push(byte)
        if (this.#open.length > GREATEST_DEPTH) this.#refuse('is nested too deeply')
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        const opened = this.#open.pop()
        if (opened !== (byte === CLOSE ? OPEN : OPEN_LIST)) this.#refuse('is no JSON')
        if (this.#recordDepth === this.#open.length + 1) {
          this.#keep(piece.subarray(from, at + 1))
          this.#recordDepth = 0
          yield this.#parse()
        }
      } else if (this.#open.length === 0 && byte !== undefined && byte > 0x20 && byte !== 0xef) {
        // A byte order mark apart, nothing stands outside.
        if (byte !== 0xbb && byte !== 0xbf) this.#refuse('is no JSON')
      }
    }
    if (this.#recordDepth > 0) this.#keep(piece.subarray(from))
  }

  end(): void {
    if (this.#open.length > 0 || this.#inText) this.#refuse('ends in the middle')
    if (this.#lists === 0) this.#refuse('holds no “Records” and no “Events”')
  }

  /** Directly within a list of records. */
  get #isInList(): boolean {
    const [outer, inner] = this.#open
    if (this.#open.length === 1) return outer === OPEN_LIST
    return this.#open.length === 2 && inner === OPEN_LIST && outer === OPEN && LISTS.has(this.#member)
  }

  #beginList(): void {
    const isOutermost = this.#open.length === 0
    if (isOutermost || (this.#open.length === 1 && LISTS.has(this.#member))) this.#lists++
  }

  #beginString(): void {
    this.#inText = true
    this.#text = this.#open.length === 1 && this.#open[0] === OPEN ? [] : undefined
  }

  #inString(byte: number | undefined): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) {
      this.#inText = false
      if (this.#text) this.#member = String.fromCharCode(...this.#text)
      return
    }
    // Longer than any name that is looked for: no need to keep it.
    if (this.#text && this.#text.length < 16 && byte !== undefined) this.#text.push(byte)
  }

  #keep(part: Uint8Array): void {
    this.#keptBytes += part.length
    if (this.#keptBytes > GREATEST_RECORD_BYTES) this.#refuse('has a record of over 2 MiB')
    // Copied: the piece may be used again for the next one.
    this.#kept.push(part.slice())
  }

  #parse(): unknown {
    const text = Buffer.concat(this.#kept).toString('utf8')
    this.#kept = []
    this.#keptBytes = 0
    try {
      return JSON.parse(text)
    } catch {
      return this.#refuse('has a record that is no JSON')
    }
  }

  #refuse(why: string): never {
    return fail('USAGE', `${this.#name} ${why}; a trail was expected, as CloudTrail writes it.`, {
      name: this.#name,
    })
  }
}
