import { BrowserWindow } from 'electron'
import { hex, randomBytes } from '../base/index.ts'
import { SHEET_ORIGIN, type Sheet, type SheetWindow } from '../ipc/index.ts'
import { PREFERENCES } from './windows.ts'

/** Pages of main's own, each served under a number that nobody can guess, for as long as its window is open. */
export class Sheets {
  readonly #pages = new Map<string, string>()

  html(token: string): string | undefined {
    return this.#pages.get(token)
  }

  /** Shows a page without script, preload or bridge; it is left out of screen shots where the system can. */
  async show({ title, html }: Sheet, closed: () => void): Promise<SheetWindow> {
    const token = hex(randomBytes(16))
    this.#pages.set(token, html)
    const window = new BrowserWindow({
      title,
      width: 640,
      height: 720,
      show: false,
      fullscreenable: false,
      webPreferences: { ...PREFERENCES, javascript: false },
    })
    window.setContentProtection(true)
    window.removeMenu()
    window.on('page-title-updated', (event) => event.preventDefault())
    window.once('ready-to-show', () => window.show())
    window.on('closed', () => {
      this.#pages.delete(token)
      closed()
    })
    await window.loadURL(`${SHEET_ORIGIN}/${token}`)
    return {
      focus: () => window.focus(),
      print: () => print(window),
      close: () => {
        if (!window.isDestroyed()) window.destroy()
      },
    }
  }
}

/** Resolves when the system's dialog was answered, printed or not. */
async function print(window: BrowserWindow): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  window.webContents.print({ printBackground: true }, () => resolve())
  await promise
}
