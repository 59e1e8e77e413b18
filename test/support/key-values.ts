import { Secret } from '../../src/main/base/index.ts'
import { type Id, parseId } from '../../src/main/contract/ids.ts'

/** The id whose 16 bytes are all `pair` (two hex digits). */
export function idOf<T extends Id<string>>(pair: string): T {
  const id = parseId<T>(pair.repeat(16))
  if (id === undefined) throw new Error(`${pair} makes no id`)
  return id
}

export function bytesOf(hexDigits: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hexDigits, 'hex'))
}

/** A Secret of a copy of `bytes`. */
export function secretOf(bytes: Uint8Array): Secret {
  return Secret.take(new Uint8Array(bytes), 'test secret')
}

/** `bytes` with one byte changed, for each byte: its lowest bit, and its highest. */
export function* flips(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [0x01, 0x80]) {
      const changed = new Uint8Array(bytes)
      changed[at] = (changed[at] ?? 0) ^ bit
      yield changed
    }
  }
}
