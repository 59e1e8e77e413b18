import type { KeyId } from '../contract/ids.ts'
import type { KeyOp } from './op.ts'
import { later } from './register.ts'
import type { Stamp } from './stamp.ts'

/** The EDK of one version under one wrapping key; null: told that there is none. */
export type KeyRecord = {
  readonly key: KeyId
  readonly edk: Uint8Array | null
  readonly keyMaterialId: string | null
  readonly stamp: Stamp
}

/**
 * The EDKs of one version after one more op, by key id; the same list if the op changes nothing. Of one key
 * the last wins.
 */
export function mergeKey(records: readonly KeyRecord[], op: KeyOp, stamp: Stamp): readonly KeyRecord[] {
  return addLast(records, { key: op.key, edk: op.edk, keyMaterialId: op.keyMaterialId, stamp })
}

/** The EDKs of both halves. */
export function joinKeys(a: readonly KeyRecord[], b: readonly KeyRecord[]): readonly KeyRecord[] {
  return b.reduce(addLast, a)
}

// A version has at most 16 recipients, so a plain search does.
function addLast(records: readonly KeyRecord[], next: KeyRecord): readonly KeyRecord[] {
  const at = records.findIndex(({ key }) => key >= next.key)
  const held = records[at]
  if (held?.key !== next.key) return records.toSpliced(at < 0 ? records.length : at, 0, next)
  return later(held, next) === held ? records : records.with(at, next)
}
