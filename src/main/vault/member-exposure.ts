import type { ItemId, VersionId } from '../contract/ids.ts'
import type { Batch, JournalTarget, KeyOp } from '../journal/index.ts'
import { epochOpenTo, type Member } from './member.ts'
import type { OpenVault } from './open-vault.ts'
import { pathText } from './vault-path.ts'
import { readWholeJournal } from './verify-journal.ts'
import { waysIn } from './ways-in.ts'
import { openerOf, recipientsOf } from './wrapping-keys.ts'

/** A version of a file that a key opens, whatever the vault does with its own records. */
export type ExposedVersion = {
  readonly item: ItemId
  readonly version: VersionId
  /** Where it is shown; of an item that is not shown, its id. */
  readonly path: string
  readonly sizeBytes: number
  /** The one that is shown. */
  readonly current: boolean
  /** Its message is gone from the vault: it opens only in a copy that was taken before. */
  readonly purged: boolean
  /** The vault's own record still has it under this key: `rewrap` takes that away. */
  readonly wrapped: boolean
}

/** What the key of a removed member still opens, of the vault and of copies that were taken of it. */
export type Exposure = {
  readonly key: Pick<Member['key'], 'keyId' | 'label' | 'provider' | 'arn'>
  /** `readable`: with its metadata key they read names and records of this epoch and those before; 0: of none. */
  readonly epoch: { readonly now: number; readonly readable: number }
  readonly opens: readonly ExposedVersion[]
  /** Versions that are kept and that it does not open. */
  readonly closed: number
  /** Ways that open everything, for whoever knows their secret. */
  readonly ways: { readonly passphrase: boolean; readonly recoveryIds: readonly string[] }
  /** KMS keys that open everything, for whomever AWS lets use them. */
  readonly kmsKeys: readonly string[]
}

/**
 * What a key opens for whoever kept all they had: copies of the vault, journals included. A version is exposed if an EDK
 * under the key was ever recorded for it. The first are those in the header of its message, where they stay for ever
 * (docs/format.md §2); later ones stand in segments that the key's holder could read when they were written.
 *
 * Reads the whole journal: what was replaced since counts, too. No message is read, and KMS is not asked: whether AWS
 * still lets anybody use a KMS key is not part of it.
 */
export async function exposureOf(vault: OpenVault, member: Member): Promise<Exposure> {
  const readable = epochOpenTo(vault, member)
  const exposed = await everUnder(vault, member)
  const opens: ExposedVersion[] = []
  let closed = 0
  for (const { item, version, purged, current, sizeBytes, keys } of vault.index.versions.all()) {
    if (exposed.has(version)) {
      const steps = vault.index.items.pathOf(item)
      const path = steps === undefined ? item : pathText(steps)
      const wrapped = !purged && keys.some(({ edk }) => edk !== null && isUnder(vault, member, edk))
      opens.push({ item, version, path, sizeBytes, current, purged, wrapped })
    } else if (!purged) closed++
  }
  const { passphrase, recoveries } = waysIn(vault)
  const { keyId, label, provider, arn } = member.key
  return {
    key: { keyId, label, provider, ...(arn !== undefined && { arn }) },
    epoch: { now: vault.keys.newest[0]?.epoch ?? 0, readable },
    opens,
    closed,
    ways: { passphrase, recoveryIds: recoveries.map(({ id }) => id) },
    kmsKeys: recipientsOf(vault).kms.map(({ arn: each }) => each),
  }
}

/** Every version that an EDK under the member's key was ever recorded for: first of all those in its message. */
async function everUnder(vault: OpenVault, member: Member): Promise<ReadonlySet<VersionId>> {
  const exposed = new Set<VersionId>()
  const look = ({ ops }: Batch): void => {
    for (const op of ops) {
      if (op.kind === 'key' && op.edk !== null && isUnder(vault, member, op.edk)) exposed.add(op.version)
    }
  }
  const target: JournalTarget = { applyBatch: look, applyOp: () => {} }
  await readWholeJournal(vault, target)
  return exposed
}

function isUnder(vault: OpenVault, { versions }: Member, edk: NonNullable<KeyOp['edk']>): boolean {
  const opener = openerOf(vault, edk)
  return opener !== undefined && versions.has(opener)
}
