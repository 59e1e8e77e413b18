import { QueryClient } from '@tanstack/react-query'

/**
 * What the window knows of the open vault, emptied whole at lock. Main is on this computer: being offline
 * pauses nothing, and a refusal is shown, not tried again in secret.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      retry: false,
      refetchOnWindowFocus: false,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})

/** Queries of these first key parts change with the vault's items. */
const OF_ITEMS: ReadonlySet<unknown> = new Set(['rows', 'folders', 'details', 'envelope', 'keys'])
const PAUSE_MS = 400

let waiting: ReturnType<typeof setTimeout> | undefined
let lastMs = 0

/**
 * Has all that shows items asked for again: at once, and while changes keep coming (a job that adds 10,000
 * files) at most every 400 ms.
 */
export function itemsChanged(): void {
  if (waiting !== undefined) return
  waiting = setTimeout(
    () => {
      waiting = undefined
      lastMs = performance.now()
      queryClient.removeQueries({ type: 'inactive', predicate: ({ queryKey }) => OF_ITEMS.has(queryKey[0]) })
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => OF_ITEMS.has(queryKey[0]) })
    },
    Math.max(0, lastMs + PAUSE_MS - performance.now()),
  )
}

/** Forgets everything about the vault. */
export function forgetVault(): void {
  clearTimeout(waiting)
  waiting = undefined
  queryClient.clear()
}
