import type { DragEvent } from 'react'
import type { Chosen } from '../../app/acts.ts'
import type { AnyRow } from '../../app/rows.ts'

/** What a drag of our own rows carries: its presence only, never a name or id that another program could read. */
export const ROWS_TYPE = 'application/x-strongroom-rows'

let dragged: Chosen = { ids: [], only: undefined }

export function startDrag(event: DragEvent, rows: readonly AnyRow[]): void {
  dragged = {
    ids: rows.map(({ itemId }) => itemId),
    only: rows.length === 1 ? rows[0]?.shown : undefined,
  }
  event.dataTransfer.setData(ROWS_TYPE, '')
  event.dataTransfer.effectAllowed = 'move'
}

export const draggedRows = (): Chosen => dragged
