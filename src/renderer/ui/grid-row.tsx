// biome-ignore-all lint/a11y/useSemanticElements: rows in a table can't be placed one by one; the roles are ARIA's grid pattern
import { memo, type ReactNode } from 'react'
import classes from './VirtualGrid.module.css'

export type Column<T> = {
  readonly id: string
  readonly title: string
  /** A track of CSS grid: `minmax(200px, 1fr)`, `110px`. */
  readonly width: string
  readonly numeric?: boolean
  /** Its heading sorts by it. */
  readonly sorts?: boolean
  readonly cell: (row: T) => ReactNode
}

export type SortOrder = { readonly by: string; readonly descending: boolean }

type RowProps<T> = {
  readonly domId: string
  readonly index: number
  readonly top: number
  readonly row: T | undefined
  readonly columns: readonly Column<T>[]
  readonly selected: boolean
  readonly active: boolean
  readonly target: boolean
  readonly draggable: boolean
  readonly waiting: string
}

function Row<T>({ domId, index, top, row, columns, ...marks }: RowProps<T>) {
  const { selected, active, target, draggable, waiting } = marks
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus; rows are its active descendants
    <div
      id={domId}
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-active={active || undefined}
      data-target={target || undefined}
      className={classes.row}
      style={{ top }}
      draggable={draggable && row !== undefined}
    >
      {columns.map((column, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: see the row
        <div key={column.id} role="gridcell" className={column.numeric ? classes.numeric : classes.cell}>
          {row === undefined
            ? at === 0 && <span className={classes.waiting}>{waiting}</span>
            : column.cell(row)}
        </div>
      ))}
    </div>
  )
}

/** A row is drawn anew only when something of its own changed: what makes a long list scroll smoothly. */
export const GridRow = memo(Row) as typeof Row

type HeadProps<T> = {
  readonly columns: readonly Column<T>[]
  readonly sort?: SortOrder | undefined
  readonly onSort?: ((by: string) => void) | undefined
}

/** The headings; those that sort are buttons. */
export function GridHead<T>({ columns, sort, onSort }: HeadProps<T>) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons have the focus
    <div role="row" aria-rowindex={1} className={classes.head}>
      {columns.map(({ id, title, numeric, sorts }) => {
        const sorted = sort?.by === id
        const mark = sorted ? (sort.descending ? ' ▾' : ' ▴') : ''
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: its button has the focus
          <div
            key={id}
            role="columnheader"
            className={numeric ? classes.numericHead : classes.headCell}
            {...(sorted && {
              'aria-sort': sort.descending ? ('descending' as const) : ('ascending' as const),
            })}
          >
            {sorts && onSort ? (
              <button type="button" className={classes.sorter} onClick={() => onSort(id)}>
                {title}
                <span aria-hidden>{mark}</span>
              </button>
            ) : (
              title
            )}
          </div>
        )
      })}
    </div>
  )
}
