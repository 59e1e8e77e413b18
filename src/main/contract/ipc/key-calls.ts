import * as v from 'valibot'
import type { KeyId, KeyVersionId } from '../ids.ts'
import { call } from './call.ts'
import { deviceId, items, keyId, keyVersionId, nothing, recoveryKeyId, secret, typedText } from './inputs.ts'
import type { JobView } from './job-nouns.ts'
import type { WaysIn } from './vault-nouns.ts'

/** A version of a wrapping key, and what hangs on it. */
export type KeyVersionView = {
  readonly keyVersionId: KeyVersionId
  /** 1 is the oldest. */
  readonly version: number
  readonly createdMs: number
  readonly state: 'active' | 'retired' | 'disabled' | 'destroyed'
  /** Kept versions of files that it opens, the bin's among them. */
  readonly opens: number
  /** Of those, the ones that nothing else opens: without it they are lost. */
  readonly onlyIt: number
}

/** A wrapping key as the Keys screen shows it. */
export type KeyView = {
  readonly keyId: KeyId
  /** Where its secret is kept: in this vault's ways in, or with a key service. */
  readonly provider: 'local' | 'kms'
  readonly label: string
  /** New files can be opened with it. */
  readonly recipient: boolean
  /** Newest first. */
  readonly versions: readonly KeyVersionView[]
  /** Versions of files that it opens, by any version of the key. */
  readonly opens: number
}

export type KeysView = {
  readonly ways: WaysIn
  readonly keys: readonly KeyView[]
  /** Versions of files that are not under all the active versions, and only those: `keys.rewrap` moves them. */
  readonly toRewrap: number
}

/** What would be lost without one version of a key, or without the whole key. */
export type KeyImpact = {
  /** Versions of files, of how many files, and their size. */
  readonly versions: number
  readonly files: number
  readonly bytes: number
  /** Of those versions: the ones that are shown now; the ones whose file is in the bin. */
  readonly current: number
  readonly inBin: number
  /** The first of them, fit for a screen. */
  readonly paths: readonly string[]
}

const oneVersion = { key: keyId, version: keyVersionId }

/**
 * What opens the vault and its files. Acts refuse with READ_ONLY and the like before anything is written. Those
 * that change the key that new files get wait for no job: they refuse with VAULT_BUSY while one is at work.
 */
export const KEY_CALLS = {
  'keys.view': call<KeysView>()(nothing),
  'keys.impact': call<KeyImpact>()(v.strictObject({ key: keyId, version: v.nullable(keyVersionId) })),
  /**
   * Gives a key a new version, which every way in opens, too. `passphrase` is needed where one opens the vault,
   * unless `dropPassphrase`, which needs the keychain. Answers the new version's number.
   */
  'keys.rotate': call<{ readonly version: number }>()(
    v.strictObject({ key: keyId, passphrase: v.nullable(secret), dropPassphrase: v.boolean() }),
  ),
  /** `retired`: it only opens what it locks; `disabled`: not even that, until it is retired again. */
  'keys.set-state': call<null>()(
    v.strictObject({ ...oneVersion, state: v.picklist(['retired', 'disabled']) }),
  ),
  /**
   * Destroys a version that nothing needs. `typed` is its name as the person typed it: label, space, `v`, number;
   * then confirmed natively. False: kept. KEY_NEEDED says what needs it; with a `device` in its facts that one was
   * not seen since.
   */
  'keys.destroy': call<boolean>()(v.strictObject({ ...oneVersion, typed: typedText })),
  /** Nobody waits any more for what this device may still bring. Confirmed natively; false: it is waited for. */
  'keys.device-gone': call<boolean>()(v.strictObject({ device: deviceId })),
  /** A job of kind `rewrap`: moves versions of files to the active versions. `from` null: from all others. */
  'keys.rewrap': call<JobView>()(v.strictObject({ from: v.nullable(keyVersionId) })),
  /** A job of kind `reencrypt`: gives files new keys of their own. `items` null: all files. */
  'keys.reencrypt': call<JobView>()(v.strictObject({ items: v.nullable(items) })),

  /** Lets a passphrase open the vault; those that do still do. PASSPHRASE_WEAK unless `allowWeak`. */
  'ways.add-passphrase': call<WaysIn>()(v.strictObject({ passphrase: secret, allowWeak: v.boolean() })),
  /**
   * Takes every passphrase, or one recovery code, away. Confirmed natively; null: kept. LAST_WAY_IN if only the
   * keychain would be left.
   */
  'ways.remove': call<WaysIn | null>()(
    v.strictObject({
      way: v.variant('kind', [
        v.strictObject({ kind: v.literal('passphrase') }),
        v.strictObject({ kind: v.literal('recovery'), recoveryId: recoveryKeyId }),
      ]),
    }),
  ),
}
