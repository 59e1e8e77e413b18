import { fail } from '../base/index.ts'
import type { KeyVersionId } from '../contract/ids.ts'
import type { EdkOwner } from '../keys/index.ts'
import { keyNamed, versionNamed } from './key-states.ts'
import type { OpenVault } from './open-vault.ts'
import type { WrappingKey } from './wrapping-keys.ts'

/** Whoever holds a key of the vault: all of it, or of a local key the versions up to one that was retired. */
export type Member = { readonly key: WrappingKey; readonly versions: ReadonlySet<KeyVersionId> }

/** What a person calls a member. */
export type MemberName = {
  /** The member's key by its label, ARN or id. */
  readonly key: string
  /** Of a local key that goes on: the last version that the member holds. */
  readonly version?: string
}

/** @throws KEY_NOT_FOUND · USAGE a version that is not retired, or that AWS keeps */
export function memberNamed(vault: OpenVault, { key: name, version }: MemberName): Member {
  const key = keyNamed(vault, name)
  if (version === undefined)
    return { key, versions: new Set(key.versions.map(({ keyVersionId }) => keyVersionId)) }
  if (key.provider === 'kms') fail('USAGE', `${key.label} is a key of AWS KMS; its versions are AWS’s.`)
  const last = versionNamed(key, version)
  if (last.state === 'active') {
    fail(
      'USAGE',
      `The version ${last.keyVersionId} is what ${key.label} locks new files with. First \`strongroom key rotate\`, by ways in that the member does not know.`,
      { version: last.keyVersionId },
    )
  }
  // Each version's master key is kept under the next: a later one opens all before it, never the other way.
  const until = key.versions.findIndex(({ keyVersionId }) => keyVersionId === last.keyVersionId)
  return { key, versions: new Set(key.versions.slice(0, until + 1).map(({ keyVersionId }) => keyVersionId)) }
}

/** Whether a member's key opens what is under this one. */
export function isMembers({ key, versions }: Member, owner: EdkOwner): boolean {
  return owner.kind === 'local'
    ? versions.has(owner.keyVersionId)
    : owner.kind === 'kms' && owner.arn === key.arn
}

/**
 * The last epoch whose metadata key was ever wrapped for a member, by a file that the journal pins: with it they read
 * that epoch and all before it. 0: none.
 */
export function epochOpenTo(vault: OpenVault, member: Member): number {
  const pinned = vault.index.vault.pinnedFiles()
  const open = vault.keys.metadataRecipients.filter(
    ({ name, owners }) => pinned.get(name)?.value != null && owners.some((owner) => isMembers(member, owner)),
  )
  return Math.max(0, ...open.map(({ epoch }) => epoch))
}
