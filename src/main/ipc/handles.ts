import { type GenericSchema, parse } from 'valibot'
import { fail, hex, randomBytes } from '../base/index.ts'
import { type Handle, pathHandle } from '../contract/ipc/inputs.ts'
import type { Peer } from './desktop.ts'

/** What a path was chosen for; it serves for nothing else. */
export type Purpose =
  | 'source'
  | 'vault'
  | 'new-vault'
  | 'recovery-file'
  | 'export'
  | 'seal'
  | 'unseal'
  | 'checkout'

type Held = { readonly peer: number; readonly purpose: Purpose; readonly path: string }

/** More than the person will ever have at hand; the oldest go. */
const MAX_HELD = 200_000

/**
 * Stand-ins for the paths that the person chose or dropped (ARCHITECTURE, "The way data flows"): the page holds
 * random numbers, which name a path only here, only for the window and the purpose that they were made for.
 */
export class Handles {
  readonly #held = new Map<Handle, Held>()

  make(peer: Peer, purpose: Purpose, path: string): Handle {
    const handle = newToken(pathHandle)
    this.#held.set(handle, { peer: peer.id, purpose, path })
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MAX_HELD) break
      this.#held.delete(oldest)
    }
    return handle
  }

  /** @throws HANDLE_UNKNOWN never given to this window, for another purpose, or given up since */
  path(peer: Peer, purpose: Purpose, handle: Handle): string {
    const held = this.#held.get(handle)
    if (held?.peer === peer.id && held.purpose === purpose) return held.path
    return fail('HANDLE_UNKNOWN', 'What was chosen or dropped there is not known any more.')
  }

  /** A closed or reloaded window's. */
  forgetPeer(id: number): void {
    for (const [handle, { peer }] of this.#held) if (peer === id) this.#held.delete(handle)
  }

  /** All that were chosen for the open vault: at lock. */
  forget(...purposes: readonly Purpose[]): void {
    for (const [handle, { purpose }] of this.#held) if (purposes.includes(purpose)) this.#held.delete(handle)
  }
}

/** 32 random hex digits that nobody can guess, as the contract's kind of token. */
export function newToken<T extends string>(kind: GenericSchema<unknown, T>): T {
  return parse(kind, hex(randomBytes(16)))
}
