import { ActionIcon, Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ItemDetails } from '../../../main/contract/ipc/item-nouns.ts'
import { ask } from '../../app/bridge.ts'
import { canRun, runCommand } from '../../app/commands.ts'
import { asFailure } from '../../app/failure.ts'
import type { AnyRow } from '../../app/rows.ts'
import { useSession } from '../../app/session.ts'
import { Facts } from '../../ui/Facts.tsx'
import { endingOf, FileIcon } from '../../ui/FileIcon.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { files } from '../../words/files.ts'
import { dateTime, size } from '../../words/format.ts'
import classes from './Details.module.css'
import { EnvelopeSection } from './EnvelopeSection.tsx'
import { Versions } from './Versions.tsx'

/** What is known of the chosen file or files. */
export function Details({ chosen }: { readonly chosen: ReadonlyMap<string, AnyRow> }) {
  const rows = [...chosen.values()]
  const [only] = rows
  return (
    <aside className={classes.panel} aria-label={files.details} data-region="details">
      <div className={classes.head}>
        <h2>{rows.length > 1 ? files.chosen(rows.length) : files.details}</h2>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={files.closeDetails}
          onClick={() => useSession.setState({ details: false })}
        >
          <IconX size={16} stroke={1.5} />
        </ActionIcon>
      </div>
      {only === undefined && <p className={classes.none}>{files.nothingChosen}</p>}
      {rows.length > 1 && (
        <Facts
          facts={[
            { label: files.totalSize, value: size(rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)) },
          ]}
        />
      )}
      {rows.length === 1 && only !== undefined && <One key={only.itemId} row={only} />}
    </aside>
  )
}

function One({ row }: { readonly row: AnyRow }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['details', row.itemId],
    queryFn: () => ask('items.details', { item: row.itemId }),
  })
  if (error !== null) return <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading lines={5} />
  return <Known details={data} />
}

function Known({ details }: { readonly details: ItemDetails }) {
  const { row, presence, preview, versions } = details
  const file = row.kind === 'file'
  const ending = endingOf(row.name)
  return (
    <>
      <div className={classes.title}>
        <FileIcon kind={row.kind} name={row.shown} size={28} />
        <bdi data-selectable>{row.shown}</bdi>
      </div>
      {file && (
        <div className={classes.actions}>
          <Button
            size="compact-sm"
            variant="default"
            disabled={preview === 'none'}
            onClick={() => runCommand('preview')}
          >
            {files.preview}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            disabled={!canRun('export')}
            onClick={() => runCommand('export')}
          >
            {files.export}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            disabled={!canRun('checkout')}
            onClick={() => runCommand('checkout')}
          >
            {files.checkout}
          </Button>
        </div>
      )}
      {row.heads > 1 && (
        <Notice tone="warn" title={files.conflictTitle}>
          {files.conflictBody}
        </Notice>
      )}
      {presence === 'missing' && <Notice tone="danger" title={files.presences.missing} />}
      <Facts
        facts={[
          { label: files.kind, value: file ? files.fileKind(ending) : files.folderKind },
          ...(file ? [{ label: files.size, value: <bdi>{size(row.sizeBytes)}</bdi> }] : []),
          ...(row.mtimeMs === null ? [] : [{ label: files.modified, value: dateTime(row.mtimeMs) }]),
          { label: files.place, value: <bdi>{row.folderPath}</bdi> },
          ...(file ? [{ label: files.presence, value: files.presences[presence] }] : []),
        ]}
      />
      {file && <Versions row={row} versions={versions} preview={preview !== 'none'} />}
      {file && <EnvelopeSection item={row.itemId} version={row.versionId} />}
    </>
  )
}
