import { fail } from '../base/index.ts'
import { type UndoToken, undoToken } from '../contract/ipc/inputs.ts'
import type { OpenVault } from '../vault/index.ts'
import { newToken } from './handles.ts'

type Reversal = (vault: OpenVault) => Promise<void>

const KEPT = 100

/** Acts that can be taken back, each once, until the vault is locked. */
export class Undo {
  readonly #acts = new Map<UndoToken, Reversal>()

  /** Keeps how an act is taken back. */
  keep(reversal: Reversal): UndoToken {
    const token = newToken(undoToken)
    this.#acts.set(token, reversal)
    for (const oldest of this.#acts.keys()) {
      if (this.#acts.size <= KEPT) break
      this.#acts.delete(oldest)
    }
    return token
  }

  /** @throws HANDLE_UNKNOWN taken back already, or too long ago · what came in between makes impossible */
  async run(token: UndoToken, vault: OpenVault): Promise<void> {
    const reversal = this.#acts.get(token) ?? fail('HANDLE_UNKNOWN', 'That can’t be taken back any more.')
    // Kept if it fails: once what is in the way is gone it may work.
    await reversal(vault)
    this.#acts.delete(token)
  }

  clear(): void {
    this.#acts.clear()
  }
}
