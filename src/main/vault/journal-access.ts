import type { VaultId } from '../contract/ids.ts'
import type { LocalStore } from '../files/index.ts'
import type { JournalAccess, MetadataKeys } from '../journal/index.ts'
import type { VaultKeys } from '../keys/index.ts'

/** What reading the journal takes. A link or a pipe where a segment was is no segment: `check` names it. */
export function journalAccess(
  vault: VaultId,
  store: LocalStore,
  keys: VaultKeys,
  onStrange: (name: string) => void = () => {},
): JournalAccess {
  const list = async (prefix: string) => {
    const all = await store.list(prefix)
    for (const { name, kind } of all) if (kind !== 'file') onStrange(name)
    return all.filter(({ kind }) => kind === 'file')
  }
  return { source: { list, read: (name, range) => store.read(name, range) }, vault, keys: metadataKeys(keys) }
}

function metadataKeys(keys: VaultKeys): MetadataKeys {
  return new Map(keys.metadata.all().map(({ id, epoch, key }) => [id, { epoch, key }]))
}
