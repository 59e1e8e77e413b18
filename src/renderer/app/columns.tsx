import { IconArrowsSplit2 } from '@tabler/icons-react'
import { FileIcon } from '../ui/FileIcon.tsx'
import type { Column } from '../ui/grid-row.tsx'
import { Name } from '../ui/Name.tsx'
import { files } from '../words/files.ts'
import { date, size } from '../words/format.ts'
import classes from './columns.module.css'
import type { AnyRow } from './rows.ts'

const name: Column<AnyRow> = {
  id: 'name',
  title: files.name,
  width: 'minmax(160px, 1fr)',
  sorts: true,
  cell: ({ kind, shown, heads }) => (
    <div className={classes.name} data-folder={kind === 'folder' || undefined}>
      <FileIcon kind={kind} name={shown} />
      <Name shown={shown} />
      {heads > 1 && (
        <span className={classes.conflict} title={files.conflictMark}>
          <IconArrowsSplit2 size={16} stroke={1.75} aria-label={files.conflictMark} />
        </span>
      )}
    </div>
  ),
}
const bytes: Column<AnyRow> = {
  id: 'size',
  title: files.size,
  width: '88px',
  numeric: true,
  sorts: true,
  cell: ({ kind, sizeBytes }) => <bdi>{kind === 'folder' ? files.folderSize : size(sizeBytes)}</bdi>,
}
const modified: Column<AnyRow> = {
  id: 'modified',
  title: files.modified,
  width: '112px',
  sorts: true,
  cell: ({ mtimeMs }) => <bdi>{mtimeMs === null ? '' : date(mtimeMs)}</bdi>,
}
const place: Column<AnyRow> = {
  id: 'place',
  title: files.place,
  width: 'minmax(100px, 0.6fr)',
  cell: ({ folderPath }) => <Name shown={folderPath ?? ''} />,
}

/** Rows in their folder, and rows of anywhere, which say where they are. */
export const FOLDER_COLUMNS: readonly Column<AnyRow>[] = [name, bytes, modified]
export const PLACED_COLUMNS: readonly Column<AnyRow>[] = [name, place, bytes, modified]
