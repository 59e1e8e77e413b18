import { COMMANDS } from '../../main/contract/ipc/commands.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Shortcut } from '../ui/Shortcut.tsx'
import { shell } from '../words/shell.ts'
import { commandIds } from './commands.ts'
import classes from './ShortcutsDialog.module.css'
import { useApp } from './store.ts'

/** Every command with a key, from the same table as the menu and the palette. */
export function ShortcutsDialog() {
  const opened = useApp(({ shortcuts }) => shortcuts)
  const entries = commandIds().flatMap((id) => {
    const { label, key } = COMMANDS[id]
    return key === null ? [] : [{ id, label, keys: [key] as readonly string[] }]
  })
  const inLists = shell.listKeys.map(([label, ...keys]) => ({ id: label, label, keys }))
  return (
    <Dialog
      opened={opened}
      onClose={() => useApp.setState({ shortcuts: false })}
      title={shell.shortcuts}
      width={640}
    >
      <List entries={entries} />
      <h2 className={classes.group}>{shell.inLists}</h2>
      <List entries={inLists} />
      <p className={classes.note}>{shell.typeAhead}</p>
    </Dialog>
  )
}

type Entry = { readonly id: string; readonly label: string; readonly keys: readonly string[] }

function List({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <dl className={classes.list}>
      {entries.map(({ id, label, keys }) => (
        <div key={id} className={classes.entry}>
          <dt>{label}</dt>
          <dd>
            {keys.map((each) => (
              <Shortcut key={each} keys={each} spoken />
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}
