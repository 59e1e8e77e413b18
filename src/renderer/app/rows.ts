import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import type { ItemId } from '../../main/contract/ids.ts'
import type { ItemRow, Order, PlacedRow } from '../../main/contract/ipc/item-nouns.ts'
import { ask } from './bridge.ts'
import { queryClient } from './query.ts'

/** What a list shows rows of. */
export type RowsOf =
  | { readonly kind: 'folder'; readonly folder: ItemId }
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'bin' }
  | { readonly kind: 'conflicts' }

/** A row of any list; those outside their folder say which it is. */
export type AnyRow = ItemRow & Partial<Pick<PlacedRow, 'parent' | 'folderPath'>>

type Page = { readonly rows: readonly AnyRow[]; readonly total: number; readonly more: boolean }

/** Rows in one call: some screens' worth, well below what one answer may hold. */
const PAGE_ROWS = 200

async function fetchPage(of: RowsOf, order: Order, page: number): Promise<Page> {
  const range = { from: page * PAGE_ROWS, count: PAGE_ROWS }
  switch (of.kind) {
    case 'folder':
      return { more: false, ...(await ask('items.list', { folder: of.folder, order, ...range })) }
    case 'search':
      return await ask('items.search', { text: of.text, order, ...range })
    case 'bin':
      return { more: false, ...(await ask('items.in-bin', { order, ...range })) }
    case 'conflicts':
      return { more: false, ...(await ask('items.conflicts', range)) }
  }
}

const pageQuery = (of: RowsOf, order: Order, page: number) => ({
  queryKey: ['rows', of, order, page] as const,
  queryFn: () => fetchPage(of, order, page),
})

export type Rows = {
  readonly total: number
  readonly more: boolean
  /** The first page is not there yet. */
  readonly loading: boolean
  readonly error: Error | null
  readonly rowAt: (index: number) => AnyRow | undefined
  readonly rowsBetween: (first: number, last: number) => Promise<readonly AnyRow[]>
  readonly onRange: (first: number, last: number) => void
  readonly retry: () => void
}

/** Rows of a list of any length: the pages that are seen are held, the others asked for when they are. */
export function useRows(of: RowsOf, order: Order): Rows {
  const [seen, setSeen] = useState({ first: 0, last: 0 })
  const pages = useMemo(() => {
    const between = Array.from({ length: seen.last - seen.first + 1 }, (_, step) => seen.first + step)
    // The first page tells how many rows there are.
    return [...new Set([0, ...between])]
  }, [seen])
  const results = useQueries({
    queries: pages.map((page) => ({
      ...pageQuery(of, order, page),
      // The text that is typed changes the list, not what it is: the old one stays until the new is there.
      ...(of.kind === 'search' && page === 0 && { placeholderData: keepPreviousData }),
    })),
  })
  const byPage = new Map(pages.map((page, at) => [page, results[at]?.data]))
  const first = byPage.get(0)
  const rowAt = (index: number) => byPage.get(Math.floor(index / PAGE_ROWS))?.rows[index % PAGE_ROWS]

  const onRange = useCallback((from: number, to: number) => {
    const [a, b] = [Math.floor(from / PAGE_ROWS), Math.floor(Math.max(from, to) / PAGE_ROWS)]
    setSeen((before) => (before.first === a && before.last === b ? before : { first: a, last: b }))
  }, [])
  const rowsBetween = async (from: number, to: number) => {
    const rows: AnyRow[] = []
    for (let page = Math.floor(from / PAGE_ROWS); page <= Math.floor(to / PAGE_ROWS); page++) {
      rows.push(...(await queryClient.fetchQuery(pageQuery(of, order, page))).rows)
    }
    const skipped = from % PAGE_ROWS
    return rows.slice(skipped, skipped + to - from + 1)
  }
  return {
    total: first?.total ?? 0,
    more: first?.more ?? false,
    loading: first === undefined && results[0]?.isPending === true,
    error: results[0]?.error ?? null,
    rowAt,
    rowsBetween,
    onRange,
    retry: () => void queryClient.invalidateQueries({ queryKey: ['rows', of] }),
  }
}

/**
 * The next row after `from` whose name begins with a text, going round; -1: there is none.
 *
 * @param current whether the search still counts: it ends when more was typed
 */
export async function findByStart(
  rows: Rows,
  text: string,
  from: number,
  current: () => boolean,
): Promise<number> {
  const wanted = text.toLocaleLowerCase()
  for (let step = 0; step < rows.total && current(); step++) {
    const index = (from + step) % rows.total
    const row = rows.rowAt(index) ?? (await rows.rowsBetween(index, index))[0]
    if (row?.name.toLocaleLowerCase().startsWith(wanted)) return index
  }
  return -1
}
