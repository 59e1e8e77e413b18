// biome-ignore-all lint/a11y/useSemanticElements: rows in a table can't be placed one by one; the roles are ARIA's grid pattern
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the grid itself has the keyboard
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import type { MenuPoint } from './ContextMenu.tsx'
import { type GridMove, moveOf, TypeAhead } from './grid-keys.ts'
import { type Column, GridHead, GridRow, type SortOrder } from './grid-row.tsx'
import classes from './VirtualGrid.module.css'

export type { Column, GridMove, SortOrder }

type Props<T> = {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rowCount: number
  readonly rowAt: (index: number) => T | undefined
  readonly rowHeight: number
  readonly active: number
  readonly isSelected: (row: T) => boolean
  readonly onMove: (move: GridMove) => void
  readonly onOpen?: (row: T) => void
  readonly onMenu?: (at: MenuPoint) => void
  /** Keys that the grid itself doesn't use. @returns whether it was taken */
  readonly onKey?: (event: KeyboardEvent) => boolean
  readonly onTypeAhead?: (text: string) => void
  /** First and last row that are drawn: their pages are to be fetched. */
  readonly onRange: (first: number, last: number) => void
  readonly sort?: SortOrder | undefined
  readonly onSort?: (by: string) => void
  readonly waiting: string
  readonly drag?: GridDrag<T> | undefined
  readonly autoFocus?: boolean
}

export type GridDrag<T> = {
  readonly onStart: (row: T, event: DragEvent) => void
  readonly canDrop: (row: T, event: DragEvent) => boolean
  readonly onDrop: (row: T, event: DragEvent) => void
}

/**
 * A list of any length as a grid (WAI-ARIA): one Tab stop, the active row by `aria-activedescendant`, only
 * what is seen in the DOM. The active row always is, seen or not, so that the reference never dangles.
 */
export function VirtualGrid<T>(props: Props<T>) {
  const { label, columns, rowCount, rowAt, rowHeight, active, onMove, onRange, drag } = props
  const box = useRef<HTMLDivElement>(null)
  const typed = useRef(new TypeAhead())
  const [target, setTarget] = useState(-1)
  const base = useId()
  const virtual = useVirtualizer({
    count: rowCount,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: rowHeight,
    rangeExtractor: (range) => {
      const rows = defaultRangeExtractor(range)
      if (active < 0 || active >= rowCount || rows.includes(active)) return rows
      return active < range.startIndex ? [active, ...rows] : [...rows, active]
    },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured holds for one height only
  useEffect(() => virtual.measure(), [virtual, rowHeight])

  const first = virtual.range?.startIndex ?? 0
  const last = virtual.range?.endIndex ?? 0
  useEffect(() => onRange(first, last), [onRange, first, last])
  // Only a move scrolls: rows that come and go elsewhere leave the person where they are.
  const shown = useRef(active)
  useEffect(() => {
    if (active === shown.current) return
    shown.current = active
    if (active >= 0) virtual.scrollToIndex(active)
  }, [virtual, active])
  useEffect(() => {
    if (props.autoFocus) box.current?.focus({ preventScroll: true })
  }, [props.autoFocus])

  const indexOf = (event: { readonly target: EventTarget }): number => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null
    return row === null ? -1 : Number(row.dataset.index)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== box.current) return
    const page = Math.max(1, Math.floor((box.current.clientHeight - rowHeight) / rowHeight) - 1)
    const move = rowCount === 0 ? undefined : moveOf(event, active, rowCount, page)
    const row = rowAt(active)
    if (move !== undefined) onMove(move)
    else if (event.key === 'Enter' && row !== undefined && !event.metaKey && !event.ctrlKey)
      props.onOpen?.(row)
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) menuAtRow()
    else if (!takeText(event) && !props.onKey?.(event)) return
    event.preventDefault()
    event.stopPropagation()
  }
  const takeText = (event: KeyboardEvent): boolean => {
    const text = typed.current.take(event)
    if (text !== undefined) props.onTypeAhead?.(text)
    return text !== undefined
  }
  const menuAtRow = () => {
    const rect = document.getElementById(`${base}-${active}`)?.getBoundingClientRect()
    if (rect) props.onMenu?.({ x: rect.left + 48, y: rect.bottom })
  }
  const onPointer = (event: MouseEvent) => {
    const to = indexOf(event)
    if (to < 0) return
    const row = rowAt(to)
    // A press on a selected row may begin a drag of all that is selected: the click decides.
    const keeps =
      row !== undefined && props.isSelected(row) && !event.shiftKey && !event.metaKey && !event.ctrlKey
    if (event.type === 'mousedown' ? keeps : !keeps || event.detail !== 1) return
    onMove({ to, mode: event.shiftKey ? 'extend' : event.metaKey || event.ctrlKey ? 'toggle' : 'one' })
  }
  const onContextMenu = (event: MouseEvent) => {
    event.preventDefault()
    const to = indexOf(event)
    const row = rowAt(to)
    if (row !== undefined && !props.isSelected(row)) onMove({ to, mode: 'one' })
    props.onMenu?.({ x: event.clientX, y: event.clientY })
  }
  const onDragOver = (event: DragEvent) => {
    const index = indexOf(event)
    const row = rowAt(index)
    const lands = row !== undefined && drag?.canDrop(row, event) === true
    if (lands) event.preventDefault()
    setTarget(lands ? index : -1)
  }
  const onDrop = (event: DragEvent) => {
    setTarget(-1)
    const row = rowAt(indexOf(event))
    if (row === undefined || !drag?.canDrop(row, event)) return
    event.preventDefault()
    event.stopPropagation()
    drag.onDrop(row, event)
  }

  const tracks = { '--grid-columns': columns.map(({ width }) => width).join(' ') } as CSSProperties
  return (
    <div
      ref={box}
      className={classes.grid}
      style={tracks}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length}
      aria-multiselectable="true"
      {...(active >= 0 && active < rowCount && { 'aria-activedescendant': `${base}-${active}` })}
      onKeyDown={onKeyDown}
      onContextMenu={onContextMenu}
    >
      <GridHead columns={columns} sort={props.sort} onSort={props.onSort} />
      <div
        className={classes.rows}
        role="rowgroup"
        style={{ height: virtual.getTotalSize() }}
        onMouseDown={(event) => event.button === 0 && onPointer(event)}
        onClick={onPointer}
        onDoubleClick={(event) => {
          const row = rowAt(indexOf(event))
          if (row !== undefined) props.onOpen?.(row)
        }}
        onDragStart={(event) => {
          const row = rowAt(indexOf(event))
          if (row !== undefined) drag?.onStart(row, event)
        }}
        onDragOver={onDragOver}
        onDragLeave={() => setTarget(-1)}
        onDrop={onDrop}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rowAt(index)
          return (
            <GridRow
              key={index}
              domId={`${base}-${index}`}
              index={index}
              top={start}
              row={row}
              columns={columns}
              selected={row !== undefined && props.isSelected(row)}
              active={index === active}
              target={index === target}
              draggable={drag !== undefined}
              waiting={props.waiting}
            />
          )
        })}
      </div>
    </div>
  )
}
