import type { KeyId } from '../contract/ids.ts'
import type { KeyFacts } from './policy.ts'

/**
 * Everything that is done to an open vault, with what rules ask of it. A closed union: an act that `judge` has no answer
 * for does not compile, and test/policy/every-act.test.ts fails for a use of the vault that asks nothing.
 */
export type Act =
  /** Locks contents: `recipients` are the keys that it locks them with. */
  | {
      readonly kind: 'add' | 'reencrypt' | 'rewrap' | 'restore-version'
      readonly recipients: readonly KeyId[]
    }
  | { readonly kind: 'remove-source' }
  /** Brings plain text out. */
  | { readonly kind: 'get' | 'cat' }
  /** Shows plain text in the window, which keeps none. */
  | { readonly kind: 'preview' }
  /**
   * Removes for ever. How long ago it was moved to the bin, and how long ago the youngest of its older versions was
   * replaced; null: nothing of that goes.
   */
  | { readonly kind: 'purge'; readonly binnedAgoMs: number | null; readonly replacedAgoMs: number | null }
  | { readonly kind: 'add-key'; readonly key: Omit<KeyFacts, 'keyId'> }
  /** `left`: the keys that new files are locked with afterwards. */
  | { readonly kind: 'remove-recipient'; readonly left: readonly KeyId[] }
  /** `files`: versions of files in this place that are locked with that version of the key. */
  | { readonly kind: 'disable-key' | 'destroy-key'; readonly key: KeyId; readonly files: number }
  /** `score`: zxcvbn's, 0..4. */
  | { readonly kind: 'set-passphrase'; readonly score: number }
  /** Seals files outside the vault with one of its keys. */
  | { readonly kind: 'seal'; readonly key: KeyId }
  | { readonly kind: FreeAct }

/** What no rule limits so far; one that this version can't read still stops those that write. */
export type FreeAct =
  | 'accept-held'
  | 'add-recovery'
  | 'bin'
  | 'device-gone'
  | 'enable-key'
  | 'make-folder'
  | 'move'
  | 'new-epoch'
  | 'remove-way-in'
  | 'rename'
  | 'repair'
  | 'restore'
  | 'retire-key'
  | 'rotate'
  | 'set-policy'
  | 'test-recovery'
  | 'unseal'

export type ActKind = Act['kind']

/**
 * Whether each act writes. Those that only read go on under rules that this version can't read, as in a vault with an
 * unknown feature (docs/format.md §4, op 10).
 */
const WRITES: Readonly<Record<ActKind, boolean>> = {
  'accept-held': true,
  add: true,
  'add-key': true,
  'add-recovery': true,
  bin: true,
  cat: false,
  'destroy-key': true,
  'device-gone': true,
  'disable-key': true,
  'enable-key': true,
  get: false,
  'make-folder': true,
  move: true,
  'new-epoch': true,
  preview: false,
  purge: true,
  reencrypt: true,
  'remove-recipient': true,
  'remove-source': true,
  'remove-way-in': true,
  rename: true,
  repair: true,
  restore: true,
  'restore-version': true,
  'retire-key': true,
  rewrap: true,
  rotate: true,
  seal: false,
  'set-passphrase': true,
  'set-policy': true,
  'test-recovery': true,
  unseal: false,
}

export const ACT_KINDS: readonly string[] = Object.keys(WRITES)

export const isActKind = (text: string): text is ActKind => Object.hasOwn(WRITES, text)

export const isWriting = ({ kind }: Act): boolean => WRITES[kind]
