import { fail } from '../base/index.ts'
import type { CallName } from '../contract/ipc/calls.ts'
import type { Undoable } from '../contract/ipc/item-nouns.ts'
import {
  binItems,
  makeCurrent,
  makeFolder,
  moveTo,
  type OpenVault,
  renameItem,
  restoreItems,
} from '../vault/index.ts'
import type { Handlers } from './handlers.ts'
import { purgeHandlers } from './purge-handlers.ts'
import { entryOf, pathName } from './rows.ts'
import type { Session } from './session.ts'
import { viewHandlers } from './view-handlers.ts'

type Act =
  | 'items.make-folder'
  | 'items.rename'
  | 'items.move'
  | 'items.bin'
  | 'items.restore'
  | 'items.make-current'
  | 'items.undo'

/** Files and folders of the open vault: what shows them, what changes them, what can be taken back. */
export function itemHandlers(
  session: Session,
): Handlers<Extract<CallName, `items.${string}` | `preview.${string}`>> {
  return { ...viewHandlers(session), ...actHandlers(session), ...purgeHandlers(session) }
}

function actHandlers({ holder, undo }: Session): Handlers<Act> {
  /** Does something to the vault, and lets the window know that things changed. */
  const act = async <T>(work: (vault: OpenVault) => Promise<T>): Promise<T> => {
    const value = await holder.use(work)
    holder.note()
    return value
  }
  return {
    'items.make-folder': ({ parent, name }) =>
      act(async (vault) => {
        const step = demandStep(name)
        return { itemId: await makeFolder(vault, below(pathName(vault, parent), step)) }
      }),
    'items.rename': ({ item, name }) =>
      act(async (vault): Promise<Undoable> => {
        const before = entryOf(vault, item).name
        await renameItem(vault, item, demandStep(name))
        return { undo: undo.keep((now) => renameItem(now, item, before)) }
      }),
    'items.move': ({ items, to }) =>
      act(async (vault): Promise<Undoable> => {
        const before = items.map((item) => ({ item, parent: entryOf(vault, item).parent }))
        await moveTo(vault, items, to)
        const byParent = Map.groupBy(before, ({ parent }) => parent)
        const back = async (now: OpenVault) => {
          for (const [parent, moved] of byParent)
            await moveTo(
              now,
              moved.map(({ item }) => item),
              parent,
            )
        }
        return { undo: undo.keep(back) }
      }),
    'items.bin': ({ items }) =>
      act(async (vault): Promise<Undoable> => {
        await binItems(
          vault,
          items.map((item) => pathName(vault, item)),
        )
        return { undo: undo.keep(async (now) => void (await restoreItems(now, items))) }
      }),
    'items.restore': ({ items }) => act((vault) => restoreItems(vault, items)),
    'items.make-current': ({ item, version }) =>
      act(async (vault) => ({ versionId: await makeCurrent(vault, pathName(vault, item), version) })),
    'items.undo': async ({ undo: token }) => {
      await act((vault) => undo.run(token, vault))
      return null
    },
  }
}

const below = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`)

/** One step of a path: with a slash in it a name would be several. @throws USAGE */
function demandStep(name: string): string {
  if (name.trim() !== '' && !name.includes('/')) return name
  return fail('USAGE', 'A name has at least one character, and no “/”.', { name })
}
