import { fail } from '../base/index.ts'
import type { DeviceId, KeyVersionId, SegmentId } from '../contract/ids.ts'
import { type Head, type KeyVersionState, SETTING } from '../journal/index.ts'
import { copyName, openKeychain } from '../keys/index.ts'
import { impactOf } from './impact.ts'
import { removeKeyFiles } from './new-key-files.ts'
import type { OpenVault } from './open-vault.ts'
import { recipientsOf, type WrappingKey, wrappingKeys } from './wrapping-keys.ts'

/** A key of a vault by what a person calls it: its label, its id, or the first 8 or more digits of that. */
export function keyNamed(vault: OpenVault, name: string): WrappingKey {
  const keys = wrappingKeys(vault)
  const isPrefix = /^[0-9a-f]{8,32}$/.test(name)
  const found = keys.filter(({ keyId, label }) => label === name || (isPrefix && keyId.startsWith(name)))
  const [key, other] = found
  if (key === undefined) return fail('KEY_NOT_FOUND', `The vault has no key ${name}.`, { name })
  if (other !== undefined)
    fail('USAGE', `${name} means ${found.length} keys of the vault; give more of its id.`, { name })
  return key
}

/** A version of a key by its id, or the first 8 or more digits of that. */
export function versionNamed(key: WrappingKey, name: string): WrappingKey['versions'][number] {
  const found = key.versions.filter(({ keyVersionId }) => name.length >= 8 && keyVersionId.startsWith(name))
  const [version, other] = found
  if (version === undefined)
    return fail('KEY_NOT_FOUND', `The key ${key.label} has no version ${name}.`, { name })
  if (other !== undefined)
    fail('USAGE', `${name} means ${found.length} versions of that key; give more digits.`, { name })
  return version
}

/**
 * Changes what a version may be used for: `active` wraps new files, `retired` only opens, `disabled` does neither. A
 * person's rule for this vault, which guards against mistakes.
 *
 * @throws USAGE the active version of a key, while no other is
 */
export async function setVersionState(
  vault: OpenVault,
  key: WrappingKey,
  version: KeyVersionId,
  state: Exclude<KeyVersionState, 'destroyed'>,
): Promise<void> {
  const now = key.versions.find(({ keyVersionId }) => keyVersionId === version)?.state
  if (now === state) return
  if (now === 'destroyed') fail('KEY_NOT_FOUND', `The version ${version} was destroyed.`, { version })
  if (now === 'active') fail('USAGE', 'This is the active version of its key: rotate first.', { version })
  await vault.record([{ kind: 'set', name: SETTING.keyVersionState(version), value: state }])
}

/**
 * Destroys a version of a local key: its copies and its keychain entry here. Only what is known to need nothing of it:
 * no kept version of any file, not the metadata key, and no device that may not have seen the rewrap yet.
 *
 * @throws KEY_NEEDED says what needs it
 */
export async function destroyVersion(
  vault: OpenVault,
  key: WrappingKey,
  version: KeyVersionId,
): Promise<void> {
  const state = key.versions.find(({ keyVersionId }) => keyVersionId === version)?.state
  if (state === 'active')
    fail('KEY_NEEDED', 'This is the active version of its key: rotate and rewrap first.', { version })
  await vault.journal.refresh()
  const [needed] = impactOf(vault, new Set([version]))
  if (needed !== undefined) {
    fail('KEY_NEEDED', `${needed.path} (version ${needed.version}) opens by nothing else.`, { ...needed })
  }
  if (recipientsOf(vault).some(({ keyVersionId }) => keyVersionId === version)) {
    fail('KEY_NEEDED', 'New files are still wrapped for it.', { version })
  }
  const waiting = vault.findings.find(({ kind }) => kind === 'missing' || kind === 'arriving')
  if (waiting !== undefined) {
    fail('JOURNAL_INCOMPLETE', 'Changes that another device recorded are still to come; they may need it.')
  }
  const [late] = devicesBehind(vault, version)
  if (late !== undefined) {
    fail(
      'KEY_NEEDED',
      `The device ${late.name} was not seen since this version was retired; it may still add files under it. If it is gone for good, say so: \`strongroom key device-gone\`.`,
      {
        device: late.device,
      },
    )
  }
  const copies = vault.keys.copies.filter(({ keyVersionId }) => keyVersionId === version).map(copyName)
  await vault.record([{ kind: 'set', name: SETTING.keyVersionState(version), value: 'destroyed' }])
  await removeKeyFiles(vault, copies)
  await (await openKeychain()).remove({ vaultId: vault.vaultId, keyVersionId: version }).catch(() => false)
}

/** Nobody waits for a device any more. */
export async function declareGone(vault: OpenVault, device: DeviceId): Promise<void> {
  await vault.record([{ kind: 'set', name: SETTING.device(device), value: 'gone' }])
}

/**
 * Devices that may still wrap files for a version: they wrote to the vault, and nothing they wrote shows that they had
 * seen it retired.
 */
function devicesBehind(
  vault: OpenVault,
  version: KeyVersionId,
): readonly { readonly device: DeviceId; readonly name: string }[] {
  const retired = vault.index.vault.setting(SETTING.keyVersionState(version))?.stamp.batch
  if (retired === undefined) return []
  const witnesses = vault.index.vault.witnesses()
  const { cursors } = vault.journal.known
  const retirer = cursors.find(({ place }) => place.head.segment === retired.segment)?.device
  return vault.index.vault.devices().filter(({ device }) => {
    if (device === vault.device || device === retirer) return false
    if (vault.index.vault.setting(SETTING.device(device))?.value === 'gone') return false
    const own = cursors.filter((cursor) => cursor.device === device).map(({ place }) => place.head)
    return (reach(own, witnesses).get(retired.segment) ?? 0) < retired.seq
  })
}

/** How far each segment was seen by whoever had seen these heads, and by those whose segments they head. */
function reach(
  heads: readonly Head[],
  witnesses: ReturnType<OpenVault['index']['vault']['witnesses']>,
): ReadonlyMap<SegmentId, number> {
  const seen = new Map<SegmentId, number>()
  const open = [...heads]
  for (let head = open.pop(); head !== undefined; head = open.pop()) {
    const { segment, seq } = head
    const before = seen.get(segment)
    if (before !== undefined && before >= seq) continue
    seen.set(segment, seq)
    for (const { op, stamp } of witnesses.get(segment) ?? [])
      if (stamp.batch.seq <= seq) open.push(...op.heads)
  }
  return seen
}
