import { createSpotlight, Spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useMemo } from 'react'
import { COMMANDS } from '../../main/contract/ipc/commands.ts'
import { Shortcut } from '../ui/Shortcut.tsx'
import { shell } from '../words/shell.ts'
import { commandsNow, runCommand } from './commands.ts'
import { useApp } from './store.ts'

const [paletteStore, palette] = createSpotlight()

/** Every command that can be given now, found by typing. */
export function Palette() {
  const asked = useApp(({ palette }) => palette)
  useEffect(() => {
    if (asked) palette.open()
    else palette.close()
  }, [asked])
  const actions = useMemo(
    () =>
      asked
        ? commandsNow().map((id) => {
            const { label, key } = COMMANDS[id]
            return {
              id,
              label,
              ...(key !== null && { rightSection: <Shortcut keys={key} /> }),
              onClick: () => {
                useApp.setState({ palette: false })
                // After the palette gave the focus back: what the command means depends on it.
                setTimeout(() => runCommand(id), 0)
              },
            }
          })
        : [],
    [asked],
  )
  return (
    <Spotlight
      store={paletteStore}
      actions={actions}
      shortcut={null}
      nothingFound={shell.paletteNone}
      highlightQuery
      scrollable
      maxHeight={360}
      transitionProps={{ duration: 120, transition: 'fade' }}
      overlayProps={{ backgroundOpacity: 0.4 }}
      onSpotlightClose={() => useApp.setState({ palette: false })}
      searchProps={{
        placeholder: shell.palette,
        'aria-label': shell.palette,
        leftSection: <IconSearch size={18} stroke={1.5} />,
      }}
    />
  )
}
