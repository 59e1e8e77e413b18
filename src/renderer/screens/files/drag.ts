import type { DragEvent } from 'react'
import type { AnyRow } from '../../app/rows.ts'
import { type Chosen, dragged } from '../../app/session.ts'
import { files } from '../../words/files.ts'
import classes from './FilesScreen.module.css'

/** What a drag of our own rows carries: its presence only, never a name or id that another program could read. */
export const ROWS_TYPE = 'application/x-strongroom-rows'

/** Rows as what an act is done to. */
export const chosenOf = (rows: readonly AnyRow[]): Chosen => ({
  ids: rows.map(({ itemId }) => itemId),
  only: rows.length === 1 ? rows[0]?.shown : undefined,
})

export function startDrag(event: DragEvent, rows: readonly AnyRow[]): void {
  dragged.rows = chosenOf(rows)
  event.dataTransfer.setData(ROWS_TYPE, '')
  event.dataTransfer.effectAllowed = 'move'
  event.dataTransfer.setDragImage(imageOf(rows.length), -12, -4)
}

/** Says how many. The browser keeps a drag's image until the next drag: a row would keep its name past a lock. */
function imageOf(count: number): Element {
  const image = document.createElement('div')
  image.className = classes.dragged ?? ''
  image.textContent = files.total(count)
  document.body.append(image)
  // It is drawn by then.
  setTimeout(() => image.remove(), 0)
  return image
}

export const draggedRows = (): Chosen => dragged.rows
