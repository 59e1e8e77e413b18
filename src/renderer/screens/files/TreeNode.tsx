import { IconChevronRight } from '@tabler/icons-react'
import { type CSSProperties, type DragEvent, useState } from 'react'
import { type ItemId, ROOT_ID } from '../../../main/contract/ids.ts'
import { addDropped, moveItems } from '../../app/acts.ts'
import { bringsFiles } from '../../app/DropOverlay.tsx'
import { useReadOnly } from '../../app/store.ts'
import { FileIcon } from '../../ui/FileIcon.tsx'
import { Name } from '../../ui/Name.tsx'
import { draggedRows, ROWS_TYPE } from './drag.ts'
import classes from './FolderTree.module.css'

type Props = {
  readonly folder: ItemId
  readonly shown: string
  readonly level: number
  readonly current: boolean
  /** Undefined: it has no folders. */
  readonly expanded: boolean | undefined
  readonly onToggle: () => void
  readonly onOpen: () => void
}

/** One folder of the tree; rows and files can be dropped on it. */
export function TreeNode({ folder, shown, level, current, expanded, onToggle, onOpen }: Props) {
  const [over, setOver] = useState(false)
  const readOnly = useReadOnly() !== undefined
  const lands = ({ dataTransfer: data }: DragEvent) =>
    !readOnly &&
    (bringsFiles(data) || (data.types.includes(ROWS_TYPE) && !draggedRows().ids.includes(folder)))
  const onDrop = (event: DragEvent) => {
    setOver(false)
    if (!lands(event)) return
    event.preventDefault()
    event.stopPropagation()
    const { dataTransfer: data } = event
    if (bringsFiles(data)) void addDropped([...data.files], folder)
    else void moveItems(draggedRows(), folder, shown)
  }
  const indent = { '--level': level - 1 } as CSSProperties
  return (
    <div
      role="treeitem"
      aria-level={level}
      aria-selected={current}
      {...(expanded !== undefined && { 'aria-expanded': expanded })}
      // The folder that is shown is the Tab stop; the root is, when that one is closed away.
      tabIndex={current || folder === ROOT_ID ? 0 : -1}
      className={classes.node}
      style={indent}
      data-over={over || undefined}
      onClick={onOpen}
      onKeyDown={() => {}}
      onDragOver={(event) => {
        setOver(lands(event))
        if (lands(event)) event.preventDefault()
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <span
        className={classes.twisty}
        data-twisty
        data-open={expanded || undefined}
        onClick={(event) => {
          event.stopPropagation()
          onToggle()
        }}
        onKeyDown={() => {}}
        aria-hidden
      >
        {expanded !== undefined && <IconChevronRight size={14} stroke={1.75} className="mirrors" />}
      </span>
      <FileIcon kind="folder" name={shown} size={16} />
      <Name shown={shown} />
    </div>
  )
}
