import type { APP_CALLS } from '../contract/ipc/app-calls.ts'
import type { Handlers } from './handlers.ts'
import { platformOf } from './platform.ts'
import type { Session } from './session.ts'
import { handedOver } from './sources.ts'

export function appHandlers(session: Session): Handlers<keyof typeof APP_CALLS> {
  const { desktop, facts } = session
  return {
    'app.state': (_, from) => ({
      window: from.kind,
      version: facts.version,
      platform: platformOf(process.platform),
      stage: facts.stage,
      runsIn: facts.runsIn,
      vault: from.kind === 'main' ? session.vaultState : { kind: 'none' },
      settings: session.settings,
      // The small window takes them: no vault is needed for them.
      handed: from.kind === 'seal' ? handedOver(session, from) : [],
    }),
    'app.set': (change) => session.set(change),
    'app.copy': ({ text }) => {
      desktop.copy(text)
      return null
    },
    'app.help': async ({ page }) => {
      await desktop.openHelp(page)
      return null
    },
    'app.seal-window': async () => {
      await desktop.openSealWindow()
      return null
    },
  }
}
