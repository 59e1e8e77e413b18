import { asVaultError, bug, fail, type VaultError } from '../base/index.ts'
import { ROOT_ID, type VersionId } from '../contract/ids.ts'
import type { AddedFile } from '../jobs/index.ts'
import { type Group, type PutOp, parseHash } from '../journal/index.ts'
import type { Planned } from './add-plan.ts'
import { putOp } from './folders.ts'
import type { OpenVault } from './open-vault.ts'
import { demandActive } from './wrapping-keys.ts'

/** What a batch records, by what is true now. */
export function planRecord(vault: OpenVault, folders: readonly PutOp[], written: readonly Written[]) {
  const refused = new Map<VersionId, VaultError>()
  const fresh = new Set(folders.map(({ item }) => item))
  const groups = written.flatMap((each): Group[] => {
    const error = fresh.has(each.planned.parent) ? undefined : whyNot(vault, each.planned)
    if (error !== undefined) refused.set(each.planned.version, error)
    return error === undefined ? [groupOf(each)] : []
  })
  demandActive(vault, groups)
  return { groups: [...folders.map((op) => [op]), ...groups], value: refused }
}

/** A file whose message is on the disk, and what is to be recorded of it. */
export type Written = { readonly planned: Planned; readonly added: AddedFile }

/** What one file adds to the journal: whole or not at all. */
function groupOf({ planned, added }: Written): Group {
  const { item, parent, name, version, base } = planned
  const { sizeBytes, lengthBytes, mtimeMs, mode, edks } = added
  const isNew = base === null
  const put = isNew ? putOp(item, { itemKind: 'file', parent, name, mode }) : putOp(item, { mode })
  return [
    ...(isNew || planned.mode !== mode ? [put] : []),
    {
      kind: 'version',
      item,
      version,
      bases: base === null ? [] : [base],
      sizeBytes,
      lengthBytes,
      sha256: parseHash(added.sha256) ?? bug('a hash of another form'),
      commit: parseHash(added.commit) ?? bug('a commitment of another form'),
      mtimeMs,
    },
    ...edks.map(({ keyId: key, edk, keyMaterialId }) => {
      return { kind: 'key' as const, version, key, edk, keyMaterialId }
    }),
  ]
}

/** What came between the plan and the record. */
function whyNot(vault: OpenVault, { item, parent, name, base }: Planned): VaultError | undefined {
  try {
    if (
      parent !== ROOT_ID &&
      (vault.index.items.item(parent) === undefined || vault.index.items.isInBin(parent))
    ) {
      fail('ITEM_NOT_FOUND', `The folder that ${name} was to go into was removed meanwhile. Run it again.`, {
        name,
      })
    }
    if (base === null && vault.index.items.inFolder(parent, name)?.name === name.normalize('NFC')) {
      fail('ITEM_EXISTS', `Another program added ${name} there meanwhile. Run it again.`, { name })
    }
    if (base !== null && vault.index.items.item(item) === undefined) {
      fail('ITEM_NOT_FOUND', `${name} was purged meanwhile. Run it again.`, { name })
    }
    return undefined
  } catch (error) {
    return asVaultError(error)
  }
}
