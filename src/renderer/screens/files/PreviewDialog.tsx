import { Button, Modal } from '@mantine/core'
import { IconEyeOff } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { ItemId, VersionId } from '../../../main/contract/ids.ts'
import type { PreviewSource } from '../../../main/contract/ipc/item-nouns.ts'
import { exportItems, openCopy } from '../../app/acts.ts'
import { ask, Refused } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { Empty, FailureNotice, Loading } from '../../ui/States.tsx'
import { common } from '../../words/common.ts'
import { files } from '../../words/files.ts'
import classes from './PreviewDialog.module.css'

type Props = {
  readonly item: ItemId
  readonly version: VersionId | null
  readonly shown: string
  readonly onClose: () => void
}

/**
 * Shows a file that main has verified whole, in a frame of another origin that has no bridge. The frame loads it
 * once; main forgets it when the dialog closes.
 */
export function PreviewDialog({ item, version, shown, onClose }: Props) {
  const { source, error } = usePreview(item, version)
  return (
    <Modal
      opened
      onClose={onClose}
      title={<bdi>{shown}</bdi>}
      size="min(1080px, 92vw)"
      yOffset="4vh"
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.5 }}
      closeButtonProps={{ 'aria-label': common.close, size: 28 }}
      classNames={{ title: classes.title ?? '', body: classes.body ?? '' }}
    >
      {error !== undefined && <Refusal error={error} item={item} version={version} />}
      {error === undefined && source === undefined && <Loading lines={8} label={files.previewBusy} />}
      {source !== undefined && (
        <>
          <iframe
            className={classes.frame}
            src={source.url}
            title={files.previewTitle(shown)}
            sandbox="allow-scripts allow-same-origin"
            referrerPolicy="no-referrer"
          />
          <p className={classes.note}>{files.previewNote}</p>
        </>
      )}
    </Modal>
  )
}

function usePreview(item: ItemId, version: VersionId | null) {
  const [source, setSource] = useState<PreviewSource>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    let gone = false
    let opened: PreviewSource | undefined
    ask('preview.open', { item, version }).then(
      (answer) => {
        opened = answer
        if (gone) forget(answer)
        else setSource(answer)
      },
      (refusal: unknown) => {
        if (!gone) setError(refusal)
      },
    )
    return () => {
      gone = true
      if (opened) forget(opened)
    }
  }, [item, version])
  return { source, error }
}

function forget({ token }: PreviewSource): void {
  // Refused only when it is forgotten already.
  ask('preview.close', { token }).catch(() => {})
}

function Refusal({ error, item, version }: { readonly error: unknown } & Pick<Props, 'item' | 'version'>) {
  if (!(error instanceof Refused && error.refusal.code === 'USAGE')) {
    return <FailureNotice failure={asFailure(error)} />
  }
  return (
    <Empty
      icon={<IconEyeOff size={40} stroke={1.25} />}
      title={files.noPreviewTitle}
      action={
        <div className={classes.actions}>
          <Button variant="default" onClick={() => void openCopy(item)}>
            {files.checkout}
          </Button>
          <Button onClick={() => void exportItems([item], version)}>{files.export}</Button>
        </div>
      }
    >
      {files.noPreview}
    </Empty>
  )
}
