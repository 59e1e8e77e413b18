import { fail, VaultError } from '../base/index.ts'
import type { DeviceId, KeyVersionId, SegmentId } from '../contract/ids.ts'
import { type Head, type KeyVersionState, type Op, SETTING } from '../journal/index.ts'
import { copyName, openKeychain } from '../keys/index.ts'
import { impactOf } from './impact.ts'
import type { OpenVault } from './open-vault.ts'
import { demandAllowed } from './policy.ts'
import { demandKeyStopAllowed } from './policy-facts.ts'
import { type WrappingKey, wrappingKeys } from './wrapping-keys.ts'

/** A key of a vault by what a person calls it: its label, its ARN, its id, or the first 8 or more digits of that. */
export function keyNamed(vault: OpenVault, name: string): WrappingKey {
  const keys = wrappingKeys(vault)
  const isPrefix = /^[0-9a-f]{8,32}$/.test(name)
  const found = keys.filter(
    ({ keyId, label, arn }) => label === name || arn === name || (isPrefix && keyId.startsWith(name)),
  )
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
  if (state === 'disabled') await demandKeyStopAllowed(vault, 'disable-key', key, version)
  else await demandAllowed(vault, { kind: state === 'retired' ? 'retire-key' : 'enable-key' })
  const now = key.versions.find(({ keyVersionId }) => keyVersionId === version)?.state
  const told = vault.index.vault.setting(SETTING.keyVersionState(version))?.value
  // Of two that were made at once the lesser counts as retired, and nobody has said so yet.
  if (told === state) return
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
  await demandKeyStopAllowed(vault, 'destroy-key', key, version)
  if (key.provider === 'kms') {
    fail('USAGE', `${key.label} is a key of AWS KMS, which alone can delete it: see \`strongroom kms\`.`)
  }
  if (!key.versions.some(({ keyVersionId }) => keyVersionId === version)) failNoVersion(key, version)
  const copies = vault.keys.copies.filter(({ keyVersionId }) => keyVersionId === version).map(copyName)
  await vault.commit(() => {
    demandUnneeded(vault, version)
    const state: Op = { kind: 'set', name: SETTING.keyVersionState(version), value: 'destroyed' }
    const unpinned = copies.map((name): Op => ({ kind: 'file', name, sha256: null }))
    return { groups: [[state, ...unpinned]], value: undefined }
  })
  for (const name of copies) await vault.store.remove(name)
  await removeFromKeychain(vault, version)
}

/** Under the write lock. @throws KEY_NEEDED · JOURNAL_INCOMPLETE what may need the version */
function demandUnneeded(vault: OpenVault, version: KeyVersionId): void {
  const told = vault.index.vault.setting(SETTING.keyVersionState(version))?.value
  if (told !== 'retired' && told !== 'disabled') {
    fail('KEY_NEEDED', 'Only a version that was retired can be destroyed: rotate, or retire it, first.', {
      version,
    })
  }
  const [needed] = impactOf(vault, new Set([version]))
  if (needed !== undefined) {
    fail('KEY_NEEDED', `${needed.path} (version ${needed.version}) opens by nothing else.`, { ...needed })
  }
  const waiting = vault.findings.find(({ kind }) => kind === 'missing' || kind === 'arriving')
  if (waiting !== undefined) {
    fail('JOURNAL_INCOMPLETE', 'Changes that another device recorded are still to come; they may need it.')
  }
  const [late] = devicesBehind(vault, version)
  if (late === undefined) return
  fail(
    'KEY_NEEDED',
    `The device ${late.name} (${late.device}) was not seen since this version was retired; it may still add files under it. If it is gone for good, say so: \`strongroom key device-gone\`.`,
    { device: late.device },
  )
}

/** The entry opens nothing any more; one that can't be removed now is no failure of what was done. */
async function removeFromKeychain({ vaultId }: OpenVault, keyVersionId: KeyVersionId): Promise<void> {
  try {
    await (await openKeychain()).remove({ vaultId, keyVersionId })
  } catch (error) {
    if (!(error instanceof VaultError) || error.code === 'BUG') throw error
  }
}

/** Nobody waits for a device any more. */
export async function declareGone(vault: OpenVault, device: DeviceId): Promise<void> {
  await demandAllowed(vault, { kind: 'device-gone' })
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

function failNoVersion(key: WrappingKey, name: string): never {
  return fail('KEY_NOT_FOUND', `The key ${key.label} has no version ${name}.`, { name })
}
