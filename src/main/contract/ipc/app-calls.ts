import * as v from 'valibot'
import { type AppState, AUTO_LOCK_MINUTES, type Settings } from './app-nouns.ts'
import { call } from './call.ts'
import { copiedText, nothing } from './inputs.ts'

const settings = v.strictObject({
  autoLockMinutes: v.exactOptional(v.picklist(AUTO_LOCK_MINUTES)),
  lockOnSuspend: v.exactOptional(v.boolean()),
  lockOnScreenLock: v.exactOptional(v.boolean()),
  theme: v.exactOptional(v.picklist(['system', 'light', 'dark'])),
  density: v.exactOptional(v.picklist(['comfortable', 'compact'])),
  notifications: v.exactOptional(v.boolean()),
})

/** The program itself. */
export const APP_CALLS = {
  'app.state': call<AppState>()(nothing),
  'app.set': call<Settings>()(settings),
  /** Puts a text on the clipboard: error codes, reports, fingerprints. */
  'app.copy': call<null>()(v.strictObject({ text: copiedText })),
  /** Opens a page of a fixed list in the person's browser. */
  'app.help': call<null>()(v.strictObject({ page: v.picklist(['guide', 'recovery', 'report-a-fault']) })),
  /** The small window for sealing and unsealing without a vault. */
  'app.seal-window': call<null>()(nothing),
}
