import { createSecretKey, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { copyOffHeap } from './bytes.ts'
import { randomBytes } from './random.ts'
import { bug } from './vault-error.ts'

/**
 * Key bytes: one owner, zeroed at the end of its scope (`using key = …`), lent for one call.
 *
 * It owns its whole buffer, so it can be transferred to a worker (which empties the sender) and zeroed
 * without a pooled neighbour. Printing it shows its label; turning it into text or JSON throws, since
 * storing "[redacted]" would lose a key. KeyObjects can't be zeroed: they live as long as the Secret and
 * the threat model says so.
 */
export class Secret implements Disposable {
  readonly label: string
  #bytes: Uint8Array<ArrayBuffer> | undefined
  #keyObject: KeyObject | undefined

  private constructor(bytes: Uint8Array<ArrayBuffer>, label: string) {
    this.#bytes = bytes
    this.label = label
  }

  /**
   * Takes ownership of `bytes`, which must be a whole buffer of its own, outside V8's heap: made by
   * `randomBytes`, `copyOffHeap` or node:crypto. The caller drops its view.
   */
  static take(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer, label: string): Secret {
    const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes
    if (view.byteLength !== view.buffer.byteLength) bug(`secret ${label} shares its buffer`)
    return new Secret(view, label)
  }

  /** A new random secret of `length` bytes. */
  static random(label: string, length = 32): Secret {
    return new Secret(randomBytes(length), label)
  }

  get length(): number {
    return this.#live().length
  }

  /** Lends the bytes for one synchronous call. They must not be kept. */
  use<T>(borrow: (bytes: Uint8Array<ArrayBuffer>) => T): T {
    return borrow(this.#live())
  }

  /** The key for ciphers, HMAC and HKDF, made once: ciphers with raw bytes take 2.5 times as long. */
  keyObject(): KeyObject {
    const bytes = this.#live()
    this.#keyObject ??= createSecretKey(bytes)
    return this.#keyObject
  }

  /** A second Secret with the same bytes and an end of its own. */
  copy(label = this.label): Secret {
    return new Secret(copyOffHeap(this.#live()), label)
  }

  /** Gives the buffer away, to be named in a transfer list; this Secret is empty from then on. */
  surrender(): ArrayBuffer {
    const { buffer } = this.#live()
    this.#bytes = undefined
    this.#keyObject = undefined
    return buffer
  }

  [Symbol.dispose](): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
    this.#keyObject = undefined
  }

  toString(): never {
    return bug(`secret ${this.label} was turned into text`)
  }

  toJSON(): never {
    return bug(`secret ${this.label} was turned into JSON`)
  }

  [Symbol.toPrimitive](): never {
    return bug(`secret ${this.label} was turned into text`)
  }

  [inspect.custom](): string {
    return `Secret(${this.label})`
  }

  #live(): Uint8Array<ArrayBuffer> {
    return this.#bytes ?? bug(`secret ${this.label} was used after its end`)
  }
}
