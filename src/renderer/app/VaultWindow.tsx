import { ErrorBoundary } from 'react-error-boundary'
import type { VaultFacts } from '../../main/contract/ipc/vault-nouns.ts'
import { BinScreen } from '../screens/bin/BinScreen.tsx'
import { FilesScreen } from '../screens/files/FilesScreen.tsx'
import { HealthScreen } from '../screens/health/HealthScreen.tsx'
import { JobsScreen } from '../screens/jobs/JobsScreen.tsx'
import { KeysScreen } from '../screens/keys/KeysScreen.tsx'
import { SettingsScreen } from '../screens/settings/SettingsScreen.tsx'
import { shell } from '../words/shell.ts'
import { Banners } from './Banners.tsx'
import { Crashed } from './Crashed.tsx'
import { DropOverlay } from './DropOverlay.tsx'
import { Header } from './Header.tsx'
import { JobsBar } from './JobsBar.tsx'
import { Sidebar } from './Sidebar.tsx'
import { type Section, useSession } from './session.ts'
import classes from './VaultWindow.module.css'

const SCREENS: Readonly<Record<Section, () => React.JSX.Element>> = {
  files: FilesScreen,
  bin: BinScreen,
  jobs: JobsScreen,
  keys: KeysScreen,
  health: HealthScreen,
  settings: SettingsScreen,
}

/** The window of an open vault: header, sections, what needs a person, the screen, running jobs. */
export function VaultWindow({ facts }: { readonly facts: VaultFacts }) {
  const section = useSession(({ section }) => section)
  const Screen = SCREENS[section]
  return (
    <div className={classes.window}>
      <Header facts={facts} />
      <Banners facts={facts} />
      <div className={classes.middle}>
        <Sidebar facts={facts} />
        <main className={classes.main} data-region="main" aria-label={shell.main}>
          <ErrorBoundary FallbackComponent={Crashed} resetKeys={[section]}>
            <Screen key={section} />
          </ErrorBoundary>
        </main>
      </div>
      <JobsBar />
      <DropOverlay />
    </div>
  )
}
