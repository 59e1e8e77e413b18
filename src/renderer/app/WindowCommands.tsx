import { attempt, lockVault, pickAndAdd } from './acts.ts'
import { ask } from './bridge.ts'
import { useCommands } from './commands.ts'
import { Palette } from './Palette.tsx'
import { focusSearch, nextRegion } from './regions.ts'
import { ShortcutsDialog } from './ShortcutsDialog.tsx'
import { goBack, goForward, goTo, useSession } from './session.ts'
import { useApp, useReadOnly } from './store.ts'
import { takeBack } from './toast.tsx'

/** Commands that mean the same wherever the person is, and the two lists of all commands. */
export function WindowCommands() {
  const window = useApp(({ app }) => app?.window)
  const open = useApp(({ app }) => app?.vault.kind === 'open')
  const readOnly = useReadOnly() !== undefined
  const undo = useSession(({ undo }) => undo)
  useCommands({
    palette: () => useApp.setState({ palette: true }),
    shortcuts: () => useApp.setState({ shortcuts: true }),
    'next-region': nextRegion,
    guide: () => void attempt(() => ask('app.help', { page: 'guide' })),
    'recovery-guide': () => void attempt(() => ask('app.help', { page: 'recovery' })),
    'report-fault': () => void attempt(() => ask('app.help', { page: 'report-a-fault' })),
    ...(window === 'main' && { 'seal-window': () => void attempt(() => ask('app.seal-window', {})) }),
    ...(open && {
      lock: () => void lockVault(),
      files: () => goTo('files'),
      keys: () => goTo('keys'),
      health: () => goTo('health'),
      jobs: () => goTo('jobs'),
      settings: () => goTo('settings'),
      find: focusSearch,
      back: goBack,
      forward: goForward,
    }),
    ...(open &&
      !readOnly && {
        add: () => void pickAndAdd('files', useSession.getState().folder),
        'add-folder': () => void pickAndAdd('folders', useSession.getState().folder),
        'new-folder': () => useSession.setState({ section: 'files', dialog: { kind: 'new-folder' } }),
        ...(undo !== undefined && { undo: () => void takeBack(undo) }),
      }),
  })
  return (
    <>
      <Palette />
      <ShortcutsDialog />
    </>
  )
}
