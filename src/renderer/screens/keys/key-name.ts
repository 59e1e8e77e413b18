import type { KeyVersionView, KeyView } from '../../../main/contract/ipc/key-calls.ts'

/** “Home v1”: what a version is called, and what is typed to destroy it. */
export const versionName = (
  { label }: Pick<KeyView, 'label'>,
  { version }: Pick<KeyVersionView, 'version'>,
) => `${label} v${version}`

/** A dialog of the Keys screen, and what it is about. */
export type KeyAct =
  | { readonly kind: 'test-recovery' }
  | { readonly kind: 'create-recovery' }
  | { readonly kind: 'add-passphrase' }
  | { readonly kind: 'reencrypt' }
  | { readonly kind: 'rotate'; readonly key: KeyView }
  | { readonly kind: 'impact'; readonly key: KeyView; readonly version: KeyVersionView | null }
  | {
      readonly kind: 'disable' | 'enable' | 'destroy'
      readonly key: KeyView
      readonly version: KeyVersionView
    }
