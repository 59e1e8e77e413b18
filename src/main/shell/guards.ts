import type { App, Session as ElectronSession, WebContents } from 'electron'
import { APP_ORIGIN, PREVIEW_ORIGIN, SHEET_ORIGIN } from '../ipc/index.ts'

/**
 * What no page of ours ever needs, refused for all of them (SECURITY, control 15): other pages, other windows,
 * webviews, permissions, downloads.
 */
export function guardAll(app: App): void {
  app.on('web-contents-created', (_, contents) => guard(contents))
}

function guard(contents: WebContents): void {
  const refuse = (event: { preventDefault(): void }, url: string): void => {
    if (!mayShow(contents, url)) event.preventDefault()
  }
  contents.on('will-navigate', (event, url) => refuse(event, url))
  contents.on('will-redirect', (event, url) => refuse(event, url))
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame && !event.url.startsWith(`${PREVIEW_ORIGIN}/`)) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** Only to where it is already: a reload. */
function mayShow(contents: WebContents, url: string): boolean {
  const here = contents.getURL()
  return [APP_ORIGIN, SHEET_ORIGIN].some((origin) => {
    return url.startsWith(`${origin}/`) && here.startsWith(`${origin}/`)
  })
}

/** No page may use a camera, the clipboard, notifications, USB, or save a file. */
export function guardSession(session: ElectronSession): void {
  session.setPermissionRequestHandler((_, __, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.setSpellCheckerEnabled(false)
  session.on('will-download', (event) => event.preventDefault())
}
