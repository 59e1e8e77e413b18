import { call } from './call.ts'
import { nothing } from './inputs.ts'
import type { WaysIn } from './vault-nouns.ts'

/** A wrapping key as the Keys screen shows it. */
export type KeyView = {
  readonly keyId: string
  readonly label: string
  /** New files can be opened with it. */
  readonly recipient: boolean
  /** Newest first. */
  readonly versions: readonly {
    readonly keyVersionId: string
    readonly version: number
    readonly createdMs: number
    readonly state: 'active' | 'retired' | 'disabled' | 'destroyed'
  }[]
  /** Versions of files that it opens, by any version of the key. */
  readonly opens: number
}

export type KeysView = { readonly ways: WaysIn; readonly keys: readonly KeyView[] }

/** What opens what. */
export const KEY_CALLS = {
  'keys.view': call<KeysView>()(nothing),
}
