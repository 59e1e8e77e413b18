import * as v from 'valibot'
import {
  type DeviceId,
  type Id,
  type ItemId,
  type KeyId,
  type KeyVersionId,
  parseId,
  type RecoveryKeyId,
  type VaultId,
  type VersionId,
} from '../ids.ts'

/**
 * The parts that inputs of calls are made of. All are closed and bounded: nothing that the window sends makes
 * main allocate more than it sent.
 */

/** Most items that one act names, and most rows that one answer holds. */
export const MAX_ITEMS = 100_000
export const MAX_ROWS = 500
/** Of a passphrase or typed code in UTF-8. */
const MAX_SECRET_BYTES = 4096
const MAX_NAME_LENGTH = 255
const MAX_COPIED_LENGTH = 256 * 1024

const id = <T extends Id<string>>() =>
  v.custom<T>((input) => typeof input === 'string' && parseId(input) !== undefined)

export const itemId = id<ItemId>()
export const versionId = id<VersionId>()
export const vaultId = id<VaultId>()
export const keyId = id<KeyId>()
export const keyVersionId = id<KeyVersionId>()
export const recoveryKeyId = id<RecoveryKeyId>()
export const deviceId = id<DeviceId>()

declare const handle: unique symbol
/**
 * Stands for a path that the person chose in a dialog or dropped. Main made it, knows what it may be used for,
 * and takes it only from the window that it was given to. 32 lower-case hex digits.
 */
export type Handle = string & { readonly [handle]: true }
const HEX_32 = /^[0-9a-f]{32}$/
const token = <T extends string>() => v.custom<T>((input) => typeof input === 'string' && HEX_32.test(input))
export const pathHandle = token<Handle>()

declare const job: unique symbol
/** A job of this run of the program. */
export type JobId = string & { readonly [job]: true }
export const jobId = token<JobId>()

declare const undo: unique symbol
/** Stands for an act that can be taken back, until the vault is locked. */
export type UndoToken = string & { readonly [undo]: true }
export const undoToken = token<UndoToken>()

declare const checkout: unique symbol
/** A copy that was opened for editing (UI, "Open a copy…"). */
export type CheckoutId = string & { readonly [checkout]: true }
export const checkoutId = token<CheckoutId>()

declare const preview: unique symbol
/** Lets the preview frame fetch one file's content, once. */
export type PreviewToken = string & { readonly [preview]: true }
export const previewToken = token<PreviewToken>()

export const items = v.pipe(v.array(itemId), v.minLength(1), v.maxLength(MAX_ITEMS))
export const handles = v.pipe(v.array(pathHandle), v.minLength(1), v.maxLength(MAX_ITEMS))
/** A name for an item: one step of a path; main says why one won't do. */
export const name = v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH))
/** What a person typed to show that they mean it. */
export const typedText = v.pipe(v.string(), v.maxLength(2 * MAX_NAME_LENGTH))
export const searchText = v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH))
export const copiedText = v.pipe(v.string(), v.maxLength(MAX_COPIED_LENGTH))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** Rows of a long list: the first, and how many. */
export const rowRange = {
  from: count,
  count: v.pipe(count, v.minValue(1), v.maxValue(MAX_ROWS)),
}
/**
 * A passphrase or typed code in UTF-8, sent once: the window zeroes its array after the call, main takes the
 * bytes into a Secret and zeroes what arrived.
 */
export const secret = v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.length <= MAX_SECRET_BYTES),
)
export const nothing = v.strictObject({})
