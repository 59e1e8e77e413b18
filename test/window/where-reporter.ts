import type { FullConfig, Reporter } from '@playwright/test/reporter'
import { runtime } from './runtime.ts'

/** Says what the specs ran in: what passed in the host is not yet proven for Electron. */
export default class WhereReporter implements Reporter {
  onBegin(_: FullConfig): void {
    const { kind, executablePath } = runtime()
    console.log(
      kind === 'electron'
        ? `In Electron: ${executablePath}`
        : 'In the test host: Chromium’s pages stand for Electron’s windows. Electron’s own sandbox, fuses and system integration are not shown by this.',
    )
  }

  printsToStdio(): boolean {
    return true
  }
}
