import type { Source } from './job-nouns.ts'
import type { VaultState } from './vault-nouns.ts'

/** What the person set for this computer. Applies at once; kept outside the vaults. */
export type Settings = {
  /** Minutes without any input to the computer until the vault is locked. */
  readonly autoLockMinutes: AutoLockMinutes
  readonly lockOnSuspend: boolean
  readonly lockOnScreenLock: boolean
  readonly theme: 'system' | 'light' | 'dark'
  readonly density: 'comfortable' | 'compact'
  /** Says that a long job has ended while the window is behind others. Without names. */
  readonly notifications: boolean
}

/** 0: never by itself. */
export type AutoLockMinutes = (typeof AUTO_LOCK_MINUTES)[number]
export const AUTO_LOCK_MINUTES = [0, 1, 5, 10, 15, 30, 60, 240] as const

/** All that a window needs to begin with. */
export type AppState = {
  /** `main`: the vault. `seal`: the small window that seals and unseals without one. */
  readonly window: 'main' | 'seal'
  readonly version: string
  readonly platform: 'darwin' | 'win32' | 'linux'
  /**
   * Not the real thing, to be said in a banner that stays: `preview`: a look at it with throw-away vaults,
   * which are removed at its end; `test`: run by a test.
   */
  readonly stage: 'real' | 'preview' | 'test'
  /** Electron, or the test host, in which Chromium's pages stand for windows. */
  readonly runsIn: 'electron' | 'test-host'
  readonly vault: VaultState
  readonly settings: Settings
  /** `.sealed` files that the system handed over before the window was ready; none in the vault's window. */
  readonly handed: readonly Source[]
}
