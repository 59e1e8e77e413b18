import { Button } from '@mantine/core'
import { IconFolderUp } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ROOT_ID } from '../../../main/contract/ids.ts'
import { moveItems } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { asFailure } from '../../app/failure.ts'
import { useCrumbs } from '../../app/place.ts'
import { type Chosen, useSession } from '../../app/session.ts'
import { useFacts } from '../../app/store.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { FileIcon } from '../../ui/FileIcon.tsx'
import { Name } from '../../ui/Name.tsx'
import { FailureNotice, Loading } from '../../ui/States.tsx'
import { common } from '../../words/common.ts'
import { files } from '../../words/files.ts'
import classes from './MoveDialog.module.css'

type Props = { readonly chosen: Chosen; readonly onClose: () => void }

/** Moves without a drag: a folder is gone into until it is the one, then it is taken. */
export function MoveDialog({ chosen, onClose }: Props) {
  const from = useSession(({ folder }) => folder)
  const [at, setAt] = useState(from)
  const crumbs = useCrumbs(at)
  const vault = useFacts()?.name ?? ''
  const place = crumbs.at(-1)?.shown ?? vault
  const { data, error, refetch } = useQuery({
    queryKey: ['folders', at],
    queryFn: () => ask('items.folders', { folder: at }),
  })
  // Nothing can be moved into itself.
  const folders = data?.filter(({ itemId }) => !chosen.ids.includes(itemId))
  const move = () =>
    void moveItems(chosen, at, place).then((done) => {
      if (done) onClose()
    })
  return (
    <Dialog opened onClose={onClose} title={files.moveTitle(chosen.ids.length, chosen.only)} width={420}>
      <p role="status">{files.moveInto(place)}</p>
      {error !== null && <FailureNotice failure={asFailure(error)} onRetry={() => void refetch()} />}
      {error === null && folders === undefined && <Loading lines={4} />}
      <ul className={classes.folders} aria-label={files.tree}>
        {at !== ROOT_ID && (
          <li>
            <button
              type="button"
              className={classes.folder}
              onClick={() => setAt(crumbs.at(-2)?.itemId ?? ROOT_ID)}
            >
              <IconFolderUp size={18} stroke={1.5} aria-hidden />
              {files.folderAbove}
            </button>
          </li>
        )}
        {folders?.map(({ itemId, shown }) => (
          <li key={itemId}>
            <button type="button" className={classes.folder} onClick={() => setAt(itemId)}>
              <FileIcon kind="folder" name={shown} />
              <Name shown={shown} />
            </button>
          </li>
        ))}
      </ul>
      {folders?.length === 0 && <p className={classes.none}>{files.noFoldersHere}</p>}
      <div className="form-actions">
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button disabled={at === from} onClick={move}>
          {files.moveHere}
        </Button>
      </div>
    </Dialog>
  )
}
