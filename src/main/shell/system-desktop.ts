import { join } from 'node:path'
import { app, BrowserWindow, clipboard, dialog, type MessageBoxOptions, Notification, shell } from 'electron'
import type { Desktop, HelpPage, Peer, PickSources, Question, Sheet, SheetWindow } from '../ipc/index.ts'
import { setMenu } from './menu.ts'
import { PROJECT_PAGE } from './project.ts'
import type { Sheets } from './sheet-window.ts'
import type { Windows } from './windows.ts'

/** All that is ever opened in a browser, below the project's page (SECURITY, control 17). */
const PAGES: Readonly<Record<HelpPage, string>> = {
  guide: '/#readme',
  recovery: '/blob/main/docs/recovery.md',
  'report-a-fault': '/issues/new',
}

const SEALED = [{ name: 'Encrypted files', extensions: ['sealed'] }]

/** The system's own dialogs, clipboard, file manager and taskbar. */
export class SystemDesktop implements Desktop {
  readonly #sheets: Sheets
  #windows: Windows | undefined

  constructor(sheets: Sheets) {
    this.#sheets = sheets
  }

  /** The windows, which are made after the session that this serves. */
  attach(windows: Windows): void {
    this.#windows = windows
  }

  async confirm(peer: Peer, { message, detail, act, keep }: Question): Promise<boolean> {
    const options: MessageBoxOptions = {
      type: 'warning',
      message,
      detail,
      buttons: [keep, act],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
      normalizeAccessKeys: true,
    }
    const window = this.#windows?.of(peer)
    const { response } = await (window
      ? dialog.showMessageBox(window, options)
      : dialog.showMessageBox(options))
    return response === 1
  }

  async pickSources(peer: Peer, what: PickSources): Promise<readonly string[]> {
    return await this.#open(peer, {
      properties: [what === 'folders' ? 'openDirectory' : 'openFile', 'multiSelections', 'showHiddenFiles'],
      ...(what === 'sealed-files' && { filters: SEALED }),
    })
  }

  async pickFolder(peer: Peer, title: string): Promise<string | undefined> {
    return (await this.#open(peer, { title, properties: ['openDirectory', 'createDirectory'] }))[0]
  }

  async pickFile(peer: Peer, title: string): Promise<string | undefined> {
    return (await this.#open(peer, { title, properties: ['openFile'] }))[0]
  }

  async pickNew(peer: Peer, title: string, name: string): Promise<string | undefined> {
    const options = { title, defaultPath: name, properties: ['createDirectory' as const] }
    const window = this.#windows?.of(peer)
    const { canceled, filePath } = await (window
      ? dialog.showSaveDialog(window, options)
      : dialog.showSaveDialog(options))
    return canceled || filePath === '' ? undefined : filePath
  }

  copy(text: string): void {
    clipboard.writeText(text)
  }

  async openHelp(page: HelpPage): Promise<void> {
    if (PROJECT_PAGE !== null) return await shell.openExternal(PROJECT_PAGE + PAGES[page])
    if (page !== 'report-a-fault') return shell.showItemInFolder(join(docsFolder(), 'recovery.md'))
    await dialog.showMessageBox({
      type: 'info',
      message: 'Please tell whoever gave you this copy of Strongroom.',
      detail:
        'It names no page to report faults to. What you did and the code of the error are enough; leave out names of files.',
      buttons: ['Close'],
      noLink: true,
    })
  }

  show(path: string): void {
    shell.showItemInFolder(path)
  }

  async openSealWindow(): Promise<void> {
    await this.#windows?.showSeal()
  }

  async showSheet(sheet: Sheet, closed: () => void): Promise<SheetWindow> {
    return await this.#sheets.show(sheet, closed)
  }

  progress(share: number | null, mode: 'normal' | 'paused' | 'error'): void {
    this.#windows?.main?.setProgressBar(share ?? -1, { mode })
  }

  notify(text: string): void {
    if (BrowserWindow.getFocusedWindow() !== null || !Notification.isSupported()) return
    const note = new Notification({ title: 'Strongroom', body: text, silent: true })
    note.on('click', () => void this.#windows?.showMain())
    note.show()
  }

  title(text: string): void {
    this.#windows?.main?.setTitle(text)
    // What the system lists of a vault's files would stay there after a lock.
    app.clearRecentDocuments()
  }

  menu(vaultOpen: boolean): void {
    setMenu(vaultOpen)
  }

  async #open(peer: Peer, options: Electron.OpenDialogOptions): Promise<readonly string[]> {
    const window = this.#windows?.of(peer)
    const { canceled, filePaths } = await (window
      ? dialog.showOpenDialog(window, options)
      : dialog.showOpenDialog(options))
    return canceled ? [] : filePaths
  }
}

/** The documents that come with the program. */
const docsFolder = (): string => join(app.isPackaged ? process.resourcesPath : app.getAppPath(), 'docs')
