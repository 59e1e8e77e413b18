import { fail } from '../base/index.ts'
import type { ItemId } from '../contract/ids.ts'
import type { CallName } from '../contract/ipc/calls.ts'
import type { ItemDetails, Order, PlacedRow, RowWindow } from '../contract/ipc/item-nouns.ts'
import { displayText } from '../files/index.ts'
import type { OpenVault } from '../vault/index.ts'
import { envelopeOf, presenceOf, versionRows } from './details.ts'
import type { Handlers } from './handlers.ts'
import { type Entry, Lists } from './lists.ts'
import { previewKind } from './previews.ts'
import { crumbsOf, entryOf, failGone, placedRow, rowOf } from './rows.ts'
import type { Session } from './session.ts'
import { allVersions } from './versions.ts'

/** Found items that are counted; a longer text finds fewer. */
const FOUND_LIMIT = 10_000

type View =
  | 'items.list'
  | 'items.folders'
  | 'items.search'
  | 'items.in-bin'
  | 'items.conflicts'
  | 'items.position'
  | 'items.details'
  | 'items.envelope'

/** What the screens of the open vault show. */
export function viewHandlers(session: Session): Handlers<View | Extract<CallName, `preview.${string}`>> {
  const { holder, lists, previews } = session
  const folder = (vault: OpenVault, id: ItemId, order: Order) => {
    if (vault.index.items.pathOf(id) === undefined) failGone(id)
    return lists.all(`folder ${id}`, holder.generation, order, () => vault.index.items.list(id))
  }
  return {
    'items.list': ({ folder: id, order, from, count }) =>
      holder.use(async (vault) => {
        const { entries, generation } = await folder(vault, id, order)
        const rows = entries.slice(from, from + count).map(rowOf)
        return { from, rows, total: entries.length, generation, folder: id, crumbs: crumbsOf(vault, id) }
      }),
    'items.folders': ({ folder: id }) =>
      holder.use(async (vault) => {
        const { entries } = await folder(vault, id, BY_NAME)
        return entries
          .filter(({ kind }) => kind === 'folder')
          .map((entry) => ({
            itemId: entry.id,
            name: entry.name,
            shown: displayText(entry.name),
            hasFolders: vault.index.items.list(entry.id).some(({ kind }) => kind === 'folder'),
          }))
      }),
    'items.search': ({ text, order, from, count }) =>
      holder.use(async (vault) => {
        const find = () => vault.index.search.find(text, { limit: FOUND_LIMIT })
        const window = await lists.window(`search ${text}`, holder.generation, order, find, { from, count })
        return placed(vault, window)
      }),
    'items.in-bin': ({ order, from, count }) =>
      holder.use(async (vault) => {
        const read = () => vault.index.items.bin()
        return placed(vault, await lists.window('bin', holder.generation, order, read, { from, count }))
      }),
    'items.conflicts': ({ from, count }) =>
      holder.use(async (vault) => {
        const read = () => conflictsIn(vault)
        return placed(
          vault,
          await lists.window('conflicts', holder.generation, BY_NAME, read, { from, count }),
        )
      }),
    'items.position': ({ item, order }) =>
      holder.use(async (vault) => {
        const { parent } = entryOf(vault, item)
        const index = Lists.indexOf(await folder(vault, parent, order), item)
        return index === undefined ? failGone(item) : { folder: parent, index }
      }),
    'items.details': ({ item }) =>
      holder.use(async (vault): Promise<ItemDetails> => {
        const entry = entryOf(vault, item)
        return {
          row: placedRow(vault, entry),
          versions: versionRows(vault, entry),
          presence: await presenceOf(vault, entry),
          preview: previewKind(entry),
        }
      }),
    'items.envelope': ({ item, version }) =>
      holder.use((vault) => {
        const { version: current } = entryOf(vault, item)
        const id = version ?? current ?? fail('USAGE', 'A folder has no message of its own.')
        return envelopeOf(vault, item, id)
      }),
    'preview.open': ({ item, version }) =>
      holder.use((vault) => previews.open(vault, entryOf(vault, item), version)),
    'preview.close': ({ token }) => {
      previews.close(token)
      return null
    },
  }
}

const BY_NAME: Order = { by: 'name', descending: false }

function placed(
  vault: OpenVault,
  { rows, ...window }: RowWindow<Entry> & { readonly more: boolean },
): RowWindow<PlacedRow> & { readonly more: boolean } {
  return { ...window, rows: rows.map((entry) => placedRow(vault, entry)) }
}

/** Files of which two devices made a new version at once. */
async function conflictsIn(vault: OpenVault) {
  const several = new Set<ItemId>()
  const met = new Set<ItemId>()
  for await (const { item } of allVersions(vault)) {
    if (met.has(item)) several.add(item)
    met.add(item)
  }
  const entries = [...several]
    .filter((item) => vault.index.items.item(item) !== undefined && !vault.index.items.isInBin(item))
    .map((item) => entryOf(vault, item))
    .filter(({ heads }) => heads.length > 1)
  return { entries, more: false }
}
