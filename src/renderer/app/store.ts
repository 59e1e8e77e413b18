import { create } from 'zustand'
import type { AppState } from '../../main/contract/ipc/app-nouns.ts'
import type { Checkout } from '../../main/contract/ipc/job-calls.ts'
import type { JobView, Source } from '../../main/contract/ipc/job-nouns.ts'

type Store = {
  /** What main told at the start and since; undefined until then. */
  readonly app: AppState | undefined
  /** Newest first. */
  readonly jobs: readonly JobView[]
  readonly checkouts: readonly Checkout[]
  /** Main shows a recovery code: the groups to be typed back. */
  readonly recovery: { readonly ask: readonly number[] } | undefined
  /** Sealed files that the system handed over and nobody took yet. */
  readonly handed: readonly Source[]
  readonly palette: boolean
  readonly shortcuts: boolean
}

/** What the window knows apart from the vault's items: events of main write it (app/events.ts). */
export const useApp = create<Store>(() => ({
  app: undefined,
  jobs: [],
  checkouts: [],
  recovery: undefined,
  handed: [],
  palette: false,
  shortcuts: false,
}))

/** The open vault's facts; undefined while it is locked. */
export const useFacts = () => useApp(({ app }) => (app?.vault.kind === 'open' ? app.vault.facts : undefined))

/** Why nothing may be written now; undefined: it may. */
export const useReadOnly = () => useFacts()?.readOnly ?? undefined
