import { BrowserWindow, screen, type WebPreferences } from 'electron'
import { CHANNELS } from '../contract/ipc/bridge.ts'
import { APP_ORIGIN, type Peer, type Session } from '../ipc/index.ts'
import { boundsFor, MINIMUM } from './window-state.ts'

/** What every window of ours is made with (SECURITY, control 12). */
export const PREFERENCES: WebPreferences = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
}

/** The program's windows: one for the vault, one small one for files without a vault. */
export class Windows {
  readonly #session: Session
  readonly #preload: string
  #main: BrowserWindow | undefined
  #seal: BrowserWindow | undefined
  #sealLoaded: Promise<void> = Promise.resolve()

  constructor(session: Session, preload: string) {
    this.#session = session
    this.#preload = preload
  }

  get main(): BrowserWindow | undefined {
    return this.#main
  }

  get seal(): BrowserWindow | undefined {
    return this.#seal
  }

  of(peer: Peer): BrowserWindow | undefined {
    return [this.#main, this.#seal].find((window) => window?.webContents.id === peer.id)
  }

  /** Shows the main window, made if there is none. */
  async showMain(): Promise<void> {
    if (this.#main) {
      bringUp(this.#main)
      return
    }
    const { bounds, maximized } = this.#session.device.contents
    const places = screen.getAllDisplays().map(({ workArea }) => workArea)
    const window = this.#make('main', { ...boundsFor(bounds, places), ...MINIMUM })
    this.#main = window
    if (maximized) window.maximize()
    window.on('close', () => {
      const change = { bounds: window.getNormalBounds(), maximized: window.isMaximized() }
      void this.#session.device.put(change).catch(() => undefined)
    })
    window.on('closed', () => {
      this.#main = undefined
    })
    await window.loadURL(`${APP_ORIGIN}/index.html`)
  }

  /** Shows the small window, made if there is none. Resolves when its page listens. */
  async showSeal(): Promise<void> {
    if (this.#seal) bringUp(this.#seal)
    else this.#sealLoaded = this.#makeSeal()
    await this.#sealLoaded
  }

  async #makeSeal(): Promise<void> {
    const window = this.#make('seal', { width: 520, height: 600, minWidth: 420, minHeight: 480 })
    this.#seal = window
    window.on('closed', () => {
      this.#seal = undefined
    })
    await window.loadURL(`${APP_ORIGIN}/index.html`)
  }

  #make(kind: Peer['kind'], bounds: Electron.BrowserWindowConstructorOptions): BrowserWindow {
    const window = new BrowserWindow({
      ...bounds,
      title: 'Strongroom',
      show: false,
      backgroundColor: '#16191d',
      webPreferences: { ...PREFERENCES, preload: this.#preload },
    })
    const { webContents } = window
    const { id } = webContents
    this.#session.join({
      id,
      kind,
      tell: (event) => {
        if (!webContents.isDestroyed()) webContents.send(CHANNELS.event, event)
      },
    })
    // A page that loads anew has nothing of what the one before was given.
    webContents.on('did-start-navigation', (details) => {
      if (details.isMainFrame && !details.isSameDocument) this.#session.part(id)
    })
    // The title is main's: a page could put names into it, which would outlive a lock.
    window.on('page-title-updated', (event) => event.preventDefault())
    window.once('ready-to-show', () => window.show())
    window.on('closed', () => this.#session.leave(id))
    return window
  }
}

function bringUp(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
