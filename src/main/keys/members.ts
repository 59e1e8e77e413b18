import { fail, type JsonObject, type JsonValue, parseBase64, parseCanonicalJson } from '../base/index.ts'
import { type Id, parseId } from '../contract/ids.ts'

/**
 * Reads the members of a file of canonical JSON (docs/format.md §3): exactly those that its kind has, each
 * of its type. `format` is checked first, so that a newer vault is told from a damaged one.
 */
export const FORMAT = '1.0'
const FORMAT_TEXT = /^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$/

/**
 * Parses a file under keys/, or vault.json.
 *
 * @param name of the file, for what is said
 * @param read takes each member it knows; what it leaves is refused
 * @throws KEYS_FILE_DAMAGED not canonical JSON of exactly those members
 * @throws VAULT_UNSUPPORTED another format than 1.0. A minor step too: files have exactly their members, so
 *   even that can only mean something this Strongroom does not know
 */
export function parseMembers<T>(name: string, bytes: Uint8Array, read: (members: Members) => T): T {
  const value = parseCanonicalJson(bytes)
  if (value === undefined) damaged(name, 'is not canonical JSON: it was edited or damaged')
  const members = new Members(name, value)
  const format = members.text('format')
  if (!FORMAT_TEXT.test(format)) damaged(name, 'does not say its format')
  if (format !== FORMAT) {
    fail('VAULT_UNSUPPORTED', `${name} has format ${format}; this Strongroom reads ${FORMAT}.`, {
      name,
      format,
    })
  }
  const result = read(members)
  members.end()
  return result
}

/** Members of one object. Each getter takes its member once and refuses any other type. */
export class Members {
  readonly #name: string
  readonly #left: Map<string, JsonValue>

  constructor(name: string, value: JsonValue) {
    this.#name = name
    this.#left = new Map(isObject(value) ? Object.entries(value) : this.refuse('is not an object of JSON'))
  }

  text(member: string): string {
    const value = this.#take(member)
    return typeof value === 'string' ? value : this.refuse(`has no text “${member}”`)
  }

  /** A whole number, 0 or more, that a double holds exactly. */
  uint(member: string): number {
    const value = this.#take(member)
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    return this.refuse(`has no whole number “${member}”`)
  }

  /** @param length in bytes; any if not given */
  bytes(member: string, length?: number): Uint8Array<ArrayBuffer> {
    const bytes = parseBase64(this.text(member)) ?? this.refuse(`has no proper base64 in “${member}”`)
    if (length === undefined || bytes.length === length) return bytes
    return this.refuse(`has ${bytes.length} bytes in “${member}”, not ${length}`)
  }

  id<T extends Id<string>>(member: string): T {
    return parseId<T>(this.text(member)) ?? this.refuse(`has no id in “${member}”`)
  }

  /** Reads the members of an inner object. */
  inner<T>(member: string, read: (members: Members) => T): T {
    const value = this.#take(member) ?? this.refuse(`has no object “${member}”`)
    const members = new Members(this.#name, value)
    const result = read(members)
    members.end()
    return result
  }

  /** Refuses the file for what its reader found in it. */
  refuse(how: string): never {
    return damaged(this.#name, how)
  }

  /** Refuses members that nobody took. */
  end(): void {
    const [first] = this.#left.keys()
    if (first !== undefined) this.refuse(`has a member “${first}” too many`)
  }

  #take(member: string): JsonValue | undefined {
    const value = this.#left.get(member)
    this.#left.delete(member)
    return value
  }
}

/** Refuses a file of the vault. */
export function damaged(name: string, how: string): never {
  return fail('KEYS_FILE_DAMAGED', `${name} ${how}.`, { name })
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
