import type { KeyboardEvent } from 'react'

/** How a move changes what is selected. */
export type MoveMode = 'one' | 'extend' | 'toggle' | 'only-active'

export type GridMove = { readonly to: number; readonly mode: MoveMode }

/** Where a key of the grid pattern moves to, in rows; undefined for any other key. */
export function moveOf(
  event: KeyboardEvent,
  active: number,
  rows: number,
  page: number,
): GridMove | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: rows - 1,
  }
  const wanted = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined
  const command = event.metaKey || event.ctrlKey
  // ⌘↑, elsewhere Ctrl+↑, is a command: the enclosing folder.
  const isCommand = (event.metaKey && event.key.startsWith('Arrow')) || (command && event.key === 'ArrowUp')
  if (event.altKey || wanted === undefined || isCommand) return undefined
  const to = Math.max(0, Math.min(rows - 1, wanted))
  return { to, mode: event.shiftKey ? 'extend' : command ? 'only-active' : 'one' }
}

/** Letters typed one after another, within a second, are one text to look for. */
export class TypeAhead {
  #text = ''
  #atMs = 0

  /** @returns what is looked for now; undefined: the key types nothing here */
  take(event: KeyboardEvent, nowMs = performance.now()): string | undefined {
    if (event.key.length !== 1 || event.metaKey || event.ctrlKey || event.altKey) return undefined
    const fresh = nowMs - this.#atMs > 1000
    // A space begins no text: it previews.
    if (event.key === ' ' && fresh) return undefined
    this.#text = fresh ? event.key : this.#text + event.key
    this.#atMs = nowMs
    return this.#text
  }
}
