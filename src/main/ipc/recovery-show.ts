import { randomInt } from 'node:crypto'
import { fail, type Secret, VaultError } from '../base/index.ts'
import type { VaultId } from '../contract/ids.ts'
import { displayText } from '../files/index.ts'
import { type RecoveryOut, recoveryCodeText, writeRecoverySheet } from '../vault/index.ts'
import type { Desktop, SheetWindow } from './desktop.ts'
import { recoverySheet } from './sheet.ts'

const GROUPS = 14
const ASKED = 2

export type ShowEvents = { readonly shown: (ask: readonly number[]) => void; readonly hidden: () => void }

type Shown = {
  readonly code: Secret
  readonly text: string
  readonly vault: { readonly id: VaultId; readonly name: string }
  readonly ask: readonly number[]
  readonly go: (typedBack: boolean) => void
  readonly stop: (why: VaultError) => void
  window: SheetWindow | undefined
}

/**
 * Brings a new recovery code to the person, before what it opens is made (UI, New vault): in a window of main's
 * own, from which it is printed or written down; two groups of it are typed back. The page never has it.
 */
export class RecoveryShow {
  readonly #desktop: Desktop
  readonly #events: ShowEvents
  #shown: Shown | undefined
  #typedBack = false

  constructor(desktop: Desktop, events: ShowEvents) {
    this.#desktop = desktop
    this.#events = events
  }

  /** Whether the last code that was given out was typed back. */
  get typedBack(): boolean {
    return this.#typedBack
  }

  /** For `createVault` and `createRecovery`. @throws INTERRUPTED the person cancelled: nothing is made */
  get out(): RecoveryOut {
    return { give: (code, vault) => this.#give(code, vault) }
  }

  /** Whether all groups that were asked for are right. Goes on with what waits for it if they are. */
  typeBack(groups: readonly { readonly group: number; readonly typed: Uint8Array }[]): boolean {
    const { text, ask, go } = this.#current()
    const wanted = text.split('-')
    const right = ask.every((number) => {
      const typed = groups.find(({ group }) => group === number)?.typed
      return typed !== undefined && sameGroup(typed, wanted[number - 1] ?? '')
    })
    for (const { typed } of groups) typed.fill(0)
    if (right) go(true)
    return right
  }

  /** Goes on without: until it is typed back or tested, a banner says so. */
  later(): void {
    this.#current().go(false)
  }

  cancel(): void {
    this.#shown?.stop(new VaultError('INTERRUPTED', 'It was cancelled before anything was made.'))
  }

  async show(): Promise<void> {
    const shown = this.#current()
    if (shown.window) shown.window.focus()
    else await this.#open(shown)
  }

  async print(): Promise<void> {
    await this.show()
    await this.#current().window?.print()
  }

  /** Writes it where the person chose, as the CLI does. @throws DESTINATION_EXISTS · what the place refuses */
  async save(path: string): Promise<void> {
    const { code, vault } = this.#current()
    await writeRecoverySheet(path, code, vault)
  }

  async #give(code: Secret, vault: Shown['vault']): Promise<void> {
    if (this.#shown) fail('CALL_REFUSED', 'Another recovery code is being shown.')
    this.#typedBack = false
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    const shown: Shown = {
      code,
      text: recoveryCodeText(code),
      vault,
      ask: someGroups(),
      go: resolve,
      stop: reject,
      window: undefined,
    }
    this.#shown = shown
    try {
      await this.#open(shown)
      this.#events.shown(shown.ask)
      this.#typedBack = await promise
    } finally {
      this.#shown = undefined
      shown.window?.close()
      this.#events.hidden()
    }
  }

  async #open(shown: Shown): Promise<void> {
    const vault = { id: shown.vault.id, name: displayText(shown.vault.name) }
    shown.window = await this.#desktop.showSheet(recoverySheet(shown.text, vault), () => {
      shown.window = undefined
    })
  }

  #current(): Shown {
    return this.#shown ?? fail('CALL_REFUSED', 'No recovery code is being shown.')
  }
}

/** Two different groups, in order; not of the first three, which the eye remembers. */
function someGroups(): readonly number[] {
  const ask = new Set<number>()
  while (ask.size < ASKED) ask.add(randomInt(4, GROUPS + 1))
  return [...ask].sort((a, b) => a - b)
}

const LIKE: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' }

/** As the code's own reader does: case, spaces, and letters that look like digits don't count. */
function sameGroup(typed: Uint8Array, wanted: string): boolean {
  const text = [...typed]
    .map((byte) => String.fromCharCode(byte).toUpperCase())
    .filter((char) => char !== ' ' && char !== '-')
    .map((char) => LIKE[char] ?? char)
  return text.join('') === wanted
}
