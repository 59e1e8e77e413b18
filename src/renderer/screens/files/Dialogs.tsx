import { renameItem } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { usePlace } from '../../app/place.ts'
import { useSession } from '../../app/session.ts'
import { files } from '../../words/files.ts'
import { MoveDialog } from './MoveDialog.tsx'
import { NameDialog } from './NameDialog.tsx'
import { PreviewDialog } from './PreviewDialog.tsx'

const close = () => useSession.setState({ dialog: undefined })

/** What the screen asks over itself, one at a time. */
export function Dialogs() {
  const dialog = useSession(({ dialog }) => dialog)
  const folder = useSession(({ folder }) => folder)
  const place = usePlace()
  if (dialog === undefined) return null
  switch (dialog.kind) {
    case 'new-folder':
      return (
        <NameDialog
          title={files.newFolderTitle}
          description={files.newFolderIn(place)}
          verb={files.create}
          onClose={close}
          onName={async (name) => {
            const { itemId } = await ask('items.make-folder', { parent: folder, name })
            useSession.setState({ reveal: itemId })
          }}
        />
      )
    case 'rename': {
      const { row } = dialog
      return (
        <NameDialog
          title={files.renameTitle}
          verb={files.renameVerb}
          name={row.name}
          keepsEnding={row.kind === 'file'}
          onClose={close}
          onName={(name) => renameItem(row.itemId, name)}
        />
      )
    }
    case 'move':
      return <MoveDialog chosen={dialog.chosen} onClose={close} />
    case 'preview':
      return (
        <PreviewDialog
          key={`${dialog.row.itemId}${dialog.version}`}
          item={dialog.row.itemId}
          version={dialog.version}
          shown={dialog.row.shown}
          onClose={close}
        />
      )
  }
}
