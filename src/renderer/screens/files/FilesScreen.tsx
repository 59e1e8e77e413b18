import { IconFolderOpen, IconSearchOff } from '@tabler/icons-react'
import { useMemo } from 'react'
import { ROOT_ID } from '../../../main/contract/ids.ts'
import { asFailure } from '../../app/failure.ts'
import { type RowsOf, useRows } from '../../app/rows.ts'
import { useSession } from '../../app/session.ts'
import { useReadOnly } from '../../app/store.ts'
import { Empty, FailureNotice, Loading } from '../../ui/States.tsx'
import { common } from '../../words/common.ts'
import { files } from '../../words/files.ts'
import { AddButton } from './AddButton.tsx'
import { Details } from './Details.tsx'
import { Dialogs } from './Dialogs.tsx'
import { FileList } from './FileList.tsx'
import classes from './FilesScreen.module.css'
import { FolderTree } from './FolderTree.tsx'
import { PathBar } from './PathBar.tsx'
import { useFileList } from './use-file-list.ts'

/** Browse, search, add, take out, bin: the files of the vault. */
export function FilesScreen() {
  const { folder, search, order, tree, details } = useSession()
  const text = search.trim()
  const searching = text !== ''
  const of = useMemo<RowsOf>(
    () => (searching ? { kind: 'search', text } : { kind: 'folder', folder }),
    [searching, text, folder],
  )
  return (
    <div className={classes.screen}>
      <PathBar searching={searching} />
      <div className={classes.body}>
        {tree && <FolderTree />}
        {/* Another list is another choice: nothing chosen in one folder stays chosen in the next. */}
        <Listing key={searching ? 'search' : folder} of={of} order={order} details={details} />
      </div>
      <Dialogs />
    </div>
  )
}

type ListingProps = {
  readonly of: RowsOf
  readonly order: ReturnType<typeof useSession.getState>['order']
  readonly details: boolean
}

function Listing({ of, order, details }: ListingProps) {
  const rows = useRows(of, order)
  const list = useFileList(of, rows)
  return (
    <>
      <section className={classes.list} aria-label={files.list}>
        <ListBody of={of} rows={rows} list={list} />
      </section>
      {details && <Details chosen={list.selection.chosen} />}
    </>
  )
}

type BodyProps = {
  readonly of: RowsOf
  readonly rows: ReturnType<typeof useRows>
  readonly list: ReturnType<typeof useFileList>
}

function ListBody({ of, rows, list }: BodyProps) {
  const readOnly = useReadOnly() !== undefined
  const folder = useSession(({ folder }) => folder)
  if (rows.error !== null && rows.total === 0) {
    return (
      <div className={classes.notice}>
        <FailureNotice failure={asFailure(rows.error)} onRetry={rows.retry} />
      </div>
    )
  }
  if (rows.loading) {
    return (
      <div className={classes.notice}>
        <Loading lines={8} label={files.waiting} />
      </div>
    )
  }
  if (rows.total > 0) {
    return (
      <>
        {of.kind === 'search' && (
          <p className={classes.found} role="status">
            {files.foundCount(rows.total, rows.more)}
          </p>
        )}
        <FileList of={of} rows={rows} list={list} />
      </>
    )
  }
  if (of.kind === 'search') {
    return (
      <Empty icon={<IconSearchOff size={40} stroke={1.25} />} title={files.noneFoundTitle}>
        {files.noneFound(of.text)}
      </Empty>
    )
  }
  return (
    <Empty
      icon={<IconFolderOpen size={40} stroke={1.25} />}
      title={folder === ROOT_ID ? files.emptyVaultTitle : files.emptyTitle}
      action={!readOnly && <AddButton />}
    >
      {readOnly ? common.readOnlyEmpty : files.empty}
    </Empty>
  )
}
