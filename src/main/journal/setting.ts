import type { DeviceId, KeyId, KeyVersionId, RecoveryKeyId, SegmentId } from '../contract/ids.ts'
import { Fields, orMalformed } from './fields.ts'
import { type Hash, hashBytes } from './hash.ts'
import type { Head, SetOp, SetValue } from './op.ts'
import type { Register } from './register.ts'
import { compareStamps, type Stamp } from './stamp.ts'

/** Names of op `set` (docs/format.md §4, op 7). Names that a version doesn't know are kept all the same. */
export const SETTING = {
  vaultName: 'vault/name',
  keyLabel: (key: KeyId) => `key/${key}/label`,
  /** bool: gets an EDK of every new version. */
  keyRecipient: (key: KeyId) => `key/${key}/recipient`,
  keyVersionState: (version: KeyVersionId) => `key/${version}/state`,
  /** ms: when this recovery code last opened the vault in a test. */
  recoveryTested: (key: RecoveryKeyId) => `recovery/${key}`,
  policy: (rule: string) => `policy/${rule}`,
  /** "gone": nobody waits for this device any more. */
  device: (device: DeviceId) => `device/${device}`,
  accept: (segment: SegmentId) => `accept/${segment}`,
} as const

const ACCEPT = /^accept\/[0-9a-f]{32}$/

/** Says that a person accepts what a segment of an older epoch holds up to this head. */
export function acceptOp({ segment, bytes, hash }: Head): SetOp {
  return { kind: 'set', name: SETTING.accept(segment), value: [bytes, hashBytes(hash)] }
}

/** The hash of the frame up to which a segment was accepted; undefined for any other setting. */
export function acceptedBy(op: SetOp): Hash | undefined {
  if (!ACCEPT.test(op.name)) return undefined
  const hash = orMalformed(() =>
    Fields.whole(op.value, (fields) => {
      fields.uint()
      return fields.hash()
    }),
  )
  return hash === 'malformed' ? undefined : hash
}

export type KeyVersionState = 'active' | 'retired' | 'disabled' | 'destroyed'

const STATES: readonly string[] = ['active', 'retired', 'disabled', 'destroyed'] satisfies KeyVersionState[]

function isState(value: SetValue | undefined): value is KeyVersionState {
  return typeof value === 'string' && STATES.includes(value)
}

/**
 * The states of the versions of one local wrapping key: none told = retired; of two active ones, which two
 * devices made at once, the greater stamp.
 *
 * @param told what `SETTING.keyVersionState` of each holds
 */
export function keyVersionStates(
  told: ReadonlyMap<KeyVersionId, Register<SetValue> | null>,
): ReadonlyMap<KeyVersionId, KeyVersionState> {
  let active: { version: KeyVersionId; stamp: Stamp } | undefined
  for (const [version, register] of told) {
    if (register?.value !== 'active') continue
    if (!active || compareStamps(register.stamp, active.stamp) > 0)
      active = { version, stamp: register.stamp }
  }
  return new Map(
    [...told].map(([version, register]) => {
      const state = isState(register?.value) ? register.value : 'retired'
      return [version, state === 'active' && version !== active?.version ? 'retired' : state]
    }),
  )
}
