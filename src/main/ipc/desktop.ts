import type { AppEvent } from '../contract/ipc/events.ts'

/** A window that may call: of the kind that main made it, known by its web contents. */
export type Peer = {
  readonly id: number
  readonly kind: 'main' | 'seal'
  tell(event: AppEvent): void
}

/** A question of main's own, that no page can answer for the person. Focus is on the safe button. */
export type Question = {
  /** What would be done, as a question. */
  readonly message: string
  /** How many, how large, where to; what it means. */
  readonly detail: string
  /** The verb on the button that does it. */
  readonly act: string
  readonly keep: string
}

export type HelpPage = 'guide' | 'recovery' | 'report-a-fault'
export type PickSources = 'files' | 'folders' | 'sealed-files'

/** What a recovery code's window shows: HTML of main's own, without a script. */
export type Sheet = { readonly title: string; readonly html: string }

/** What the calls need of the system's desktop; `shell` brings it. Paths that come from it the person chose. */
export type Desktop = {
  confirm(peer: Peer, question: Question): Promise<boolean>
  pickSources(peer: Peer, what: PickSources): Promise<readonly string[]>
  pickFolder(peer: Peer, title: string): Promise<string | undefined>
  pickFile(peer: Peer, title: string): Promise<string | undefined>
  /** A place for a new file or folder of this name. */
  pickNew(peer: Peer, title: string, name: string): Promise<string | undefined>
  copy(text: string): void
  openHelp(page: HelpPage): Promise<void>
  /** Shows a file or folder in the system's file manager; launches nothing. */
  show(path: string): void
  openSealWindow(): Promise<void>
  /** Shows a sheet in a window of its own; `closed` is called if the person closes it. */
  showSheet(sheet: Sheet, closed: () => void): Promise<SheetWindow>
  /** Of all jobs, 0 to 1, for taskbar and dock; null: none. */
  progress(share: number | null, mode: 'normal' | 'paused' | 'error'): void
  /** Only if no window has the focus; no names. */
  notify(text: string): void
  /** The locked title has no names. */
  title(text: string): void
  /** Which commands of the menu can be chosen. */
  menu(vaultOpen: boolean): void
}

export type SheetWindow = { focus(): void; print(): Promise<void>; close(): void }
