import { APP_ORIGIN } from './origins.ts'

/** Of an Electron event, what tells who called. */
export type Sender = {
  readonly sender: { readonly id: number; readonly mainFrame: unknown }
  /** Null when the frame has gone or navigated meanwhile. */
  readonly senderFrame: { readonly url: string } | null
}

/**
 * Whether a call came from the main frame of one of our own windows, while it shows our own page (SECURITY,
 * control 16). Frames inside it, sheets and strangers get nothing.
 */
export function isOwnMainFrame({ sender, senderFrame }: Sender, known: (id: number) => boolean): boolean {
  if (senderFrame === null || !known(sender.id)) return false
  return senderFrame === sender.mainFrame && senderFrame.url.startsWith(`${APP_ORIGIN}/`)
}
