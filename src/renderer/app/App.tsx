import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { useEffect } from 'react'
import { ErrorBoundary } from 'react-error-boundary'
import { SealWindow } from '../screens/seal/SealWindow.tsx'
import { UnlockScreen } from '../screens/unlock/UnlockScreen.tsx'
import { WelcomeScreen } from '../screens/welcome/WelcomeScreen.tsx'
import { Announcer } from '../ui/Announcer.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Loading } from '../ui/States.tsx'
import { shell } from '../words/shell.ts'
import classes from './App.module.css'
import { Crashed } from './Crashed.tsx'
import { useWindowKeys } from './commands.ts'
import { useApp } from './store.ts'
import { cssVariables, theme } from './theme.ts'
import { VaultWindow } from './VaultWindow.tsx'
import { WindowCommands } from './WindowCommands.tsx'

/** The theme is kept by main; the browser's own memory holds nothing. */
const NO_MEMORY = {
  get: () => 'auto' as const,
  set: () => {},
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => {},
}

/** A window of Strongroom: the vault's, or the small one that encrypts without a vault. */
export function App({ nonce }: { readonly nonce: string | undefined }) {
  const settings = useApp(({ app }) => app?.settings)
  const chosen = settings?.theme ?? 'system'
  const density = settings?.density ?? 'comfortable'
  const stands = useApp(({ app }) => app?.vault.kind)
  useEffect(() => {
    document.documentElement.dataset.density = density
  }, [density])
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={NO_MEMORY}
      {...(chosen !== 'system' && { forceColorScheme: chosen })}
      {...(nonce !== undefined && { getStyleNonce: () => nonce })}
    >
      {/* Made anew at each lock: a message on its way out would show its names a little longer. */}
      <Notifications key={stands} position="bottom-right" limit={4} />
      <Announcer />
      <ErrorBoundary FallbackComponent={Crashed}>
        <Page />
      </ErrorBoundary>
    </MantineProvider>
  )
}

function Page() {
  const app = useApp(({ app }) => app)
  useWindowKeys()
  const facts = app?.vault.kind === 'open' ? app.vault.facts : undefined
  useEffect(() => {
    document.title = shell.title(facts)
  }, [facts])
  if (app === undefined) {
    return (
      <main className={classes.starting}>
        <Loading />
      </main>
    )
  }
  return (
    <div className={classes.page}>
      {app.stage !== 'real' && (
        <section aria-label={shell.stage}>
          <Notice tone="warn" banner>
            {app.stage === 'preview' ? shell.stagePreview : shell.stageTest}
          </Notice>
        </section>
      )}
      <WindowCommands />
      <div className={classes.body}>
        {app.window === 'seal' && <SealWindow />}
        {app.window === 'main' && app.vault.kind === 'none' && <WelcomeScreen />}
        {app.window === 'main' && app.vault.kind === 'locked' && (
          <UnlockScreen key={app.vault.vault.vaultId} vault={app.vault.vault} why={app.vault.why} />
        )}
        {app.window === 'main' && facts !== undefined && <VaultWindow key={facts.vaultId} facts={facts} />}
      </div>
    </div>
  )
}
