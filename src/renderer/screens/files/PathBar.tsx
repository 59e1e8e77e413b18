import { ActionIcon, Button } from '@mantine/core'
import {
  IconArrowLeft,
  IconChevronRight,
  IconFolderPlus,
  IconLayoutSidebar,
  IconLayoutSidebarRight,
} from '@tabler/icons-react'
import { type DragEvent, useState } from 'react'
import { type ItemId, ROOT_ID } from '../../../main/contract/ids.ts'
import { addDropped, moveItems } from '../../app/acts.ts'
import { bringsFiles } from '../../app/DropOverlay.tsx'
import { useCrumbs } from '../../app/place.ts'
import { goBack, openFolder, useSession } from '../../app/session.ts'
import { useFacts, useReadOnly } from '../../app/store.ts'
import { common } from '../../words/common.ts'
import { files } from '../../words/files.ts'
import { AddButton } from './AddButton.tsx'
import { draggedRows, ROWS_TYPE } from './drag.ts'
import classes from './PathBar.module.css'

/** Where the person is, and what can be done with the place. */
export function PathBar({ searching }: { readonly searching: boolean }) {
  const { folder, past, tree, details } = useSession()
  const crumbs = useCrumbs(folder)
  const vault = useFacts()?.name ?? ''
  const readOnly = useReadOnly() !== undefined
  const steps = [{ itemId: ROOT_ID, shown: vault }, ...crumbs]
  return (
    <div className={classes.bar}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={32}
        aria-label={tree ? files.hideTree : files.showTree}
        aria-pressed={tree}
        onClick={() => useSession.setState({ tree: !tree })}
      >
        <IconLayoutSidebar size={18} stroke={1.5} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={32}
        aria-label={common.back}
        disabled={past.length === 0 && !searching}
        onClick={goBack}
      >
        <IconArrowLeft size={18} stroke={1.5} className="mirrors" />
      </ActionIcon>
      <h1 className="sr-unseen">{files.screen}</h1>
      {searching ? (
        <div className={classes.title}>{files.searchScreen}</div>
      ) : (
        <nav className={classes.path} aria-label={files.path}>
          {steps.map(({ itemId, shown }, at) => (
            <Step
              key={itemId}
              itemId={itemId}
              shown={shown}
              last={at === steps.length - 1}
              first={at === 0}
            />
          ))}
        </nav>
      )}
      <div className={classes.actions}>
        <Button
          variant="default"
          leftSection={<IconFolderPlus size={16} stroke={1.75} aria-hidden />}
          disabled={readOnly || searching}
          onClick={() => useSession.setState({ dialog: { kind: 'new-folder' } })}
        >
          {files.newFolder}
        </Button>
        <AddButton />
        <ActionIcon
          variant="subtle"
          color="gray"
          size={32}
          aria-label={files.details}
          aria-pressed={details}
          onClick={() => useSession.setState({ details: !details })}
        >
          <IconLayoutSidebarRight size={18} stroke={1.5} />
        </ActionIcon>
      </div>
    </div>
  )
}

type StepProps = {
  readonly itemId: ItemId
  readonly shown: string
  readonly first: boolean
  readonly last: boolean
}

/** A folder on the way; rows and files can be dropped on it. */
function Step({ itemId, shown, first, last }: StepProps) {
  const [over, setOver] = useState(false)
  const readOnly = useReadOnly() !== undefined
  const lands = ({ dataTransfer: data }: DragEvent) =>
    !readOnly && !last && (bringsFiles(data) || data.types.includes(ROWS_TYPE))
  const onDrop = (event: DragEvent) => {
    setOver(false)
    if (!lands(event)) return
    event.preventDefault()
    event.stopPropagation()
    const data = event.dataTransfer
    if (bringsFiles(data)) void addDropped([...data.files], itemId)
    else void moveItems(draggedRows(), itemId, shown)
  }
  return (
    <>
      {!first && <IconChevronRight size={14} stroke={1.5} aria-hidden className="mirrors" />}
      <button
        type="button"
        className={classes.step}
        aria-current={last ? 'location' : undefined}
        data-over={over || undefined}
        title={shown}
        onClick={() => openFolder(itemId)}
        onDragOver={(event) => {
          setOver(lands(event))
          if (lands(event)) event.preventDefault()
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <bdi>{shown}</bdi>
      </button>
    </>
  )
}
