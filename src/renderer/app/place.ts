import { useQuery } from '@tanstack/react-query'
import { type ItemId, ROOT_ID } from '../../main/contract/ids.ts'
import type { Crumb } from '../../main/contract/ipc/item-nouns.ts'
import { ask } from './bridge.ts'
import { useSession } from './session.ts'
import { useFacts } from './store.ts'

/** The way from the root to a folder; the root is not in it. Known as soon as its rows are. */
export function useCrumbs(folder: ItemId): readonly Crumb[] {
  const { data } = useQuery({
    queryKey: ['rows', 'crumbs', folder],
    queryFn: async () => {
      const order = { by: 'name', descending: false } as const
      return (await ask('items.list', { folder, order, from: 0, count: 1 })).crumbs
    },
    enabled: folder !== ROOT_ID,
  })
  return folder === ROOT_ID ? [] : (data ?? [])
}

/** What the folder that is shown is called; the root is called as the vault. */
export function usePlace(): string {
  const crumbs = useCrumbs(useSession(({ folder }) => folder))
  const vault = useFacts()?.name ?? ''
  return crumbs.at(-1)?.shown ?? vault
}
