import { join } from 'node:path'
import { app, dialog, ipcMain, nativeTheme, net, powerMonitor, protocol, session as sessions } from 'electron'
import { asVaultError } from '../base/index.ts'
import type { CommandId } from '../contract/ipc/commands.ts'
import { countText, DeviceFile, handedOver, handOver, isAnyHandedOver, Session, serve } from '../ipc/index.ts'
import type { Runtime } from '../vault/index.ts'
import { answerApp } from './app-protocol.ts'
import { startAutoLock } from './auto-lock.ts'
import { guardAll, guardSession } from './guards.ts'
import { onCommand, setMenu } from './menu.ts'
import { Sheets } from './sheet-window.ts'
import { readStage, refusedStart, type Stage, sealedIn } from './stage.ts'
import { SystemDesktop } from './system-desktop.ts'
import { Windows } from './windows.ts'

/** What the program's entry knows of where it is. */
export type Built = {
  readonly runtime: Runtime
  /** The built preload script. */
  readonly preload: string
  /** The built renderer's folder. */
  readonly renderer: string
}

/** The exit code of a start that can't be (docs/cli.md: usage). */
const REFUSED = 2

/** Starts the window: once on this computer for each state folder; a second start hands its files to the first. */
export function startApp(built: Built): void {
  const stage = readStage(process.argv, process.versions.electron)
  const refused = refusedStart(stage, !app.commandLine.hasSwitch('no-sandbox'))
  if (refused !== undefined) {
    process.stderr.write(`strongroom: ${refused}\n`)
    app.exit(REFUSED)
    return
  }
  app.setName('Strongroom')
  if (!app.commandLine.hasSwitch('user-data-dir')) app.setPath('userData', join(stage.stateFolder, 'window'))
  if (!app.requestSingleInstanceLock()) {
    app.exit(0)
    return
  }
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
  guardAll(app)
  handOver(stage.files)
  app.on('open-file', (event, path) => {
    event.preventDefault()
    handOver([path])
  })
  app.whenReady().then(
    () => run(built, stage),
    (error: unknown) => failStart(error),
  )
}

async function run(built: Built, stage: Stage): Promise<void> {
  try {
    const sheets = new Sheets()
    const desktop = new SystemDesktop(sheets)
    const device = await DeviceFile.open(join(stage.stateFolder, 'window'))
    const session = new Session(
      { ...stage, runtime: built.runtime, version: app.getVersion() },
      desktop,
      device,
    )
    const windows = new Windows(session, built.preload)
    desktop.attach(windows)
    guardSession(sessions.defaultSession)
    protocol.handle('app', (request) =>
      answerApp(request, {
        folder: built.renderer,
        preview: (token) => session.previews.take(token),
        sheet: (token) => sheets.html(token),
        fetchFile: (url) => net.fetch(url),
      }),
    )
    serve(ipcMain, session)
    setMenu(false)
    onCommand((command) => void tellCommand(session, windows, command))
    followTheme(session)
    startAutoLock(powerMonitor, session)
    listen(session, windows, stage)
    await session.begin()
    // Opened by a file that needs no vault, the vault's window stays away until it is asked for.
    await (isAnyHandedOver() ? windows.showSeal() : windows.showMain())
  } catch (error) {
    failStart(error)
  }
}

function listen(session: Session, windows: Windows, stage: Stage): void {
  const handed = async (paths: readonly string[]): Promise<void> => {
    if (paths.length === 0) return await windows.showMain()
    handOver(paths)
    await windows.showSeal()
    const peer = windows.seal && session.peer(windows.seal.webContents.id)
    // A window that was made for them has asked for them itself.
    if (peer && isAnyHandedOver()) peer.tell({ kind: 'handed', sources: handedOver(session, peer) })
  }
  app.removeAllListeners('open-file')
  app.on('open-file', (event, path) => {
    event.preventDefault()
    void handed([path])
  })
  app.on('second-instance', (_, argv, folder) => void handed(sealedIn(argv, folder)))
  app.on('activate', () => void windows.showMain())
  app.on('window-all-closed', () => app.quit())
  let ended = false
  app.on('before-quit', (event) => {
    if (ended) return
    event.preventDefault()
    void mayQuit(session).then(async (may) => {
      if (!may) return
      await session.end().catch(() => undefined)
      stage.scratch?.[Symbol.dispose]()
      ended = true
      app.quit()
    })
  })
}

/** A command of the menu is the vault window's. Where only the small one is there, it comes up first. */
async function tellCommand(session: Session, windows: Windows, command: CommandId): Promise<void> {
  if (windows.main === undefined) await windows.showMain()
  else session.tell({ kind: 'command', command })
}

/** Quitting stops what is at work: the person decides. */
async function mayQuit({ jobs, checkouts }: Session): Promise<boolean> {
  const open = checkouts.count
  if (!jobs.running && open === 0) return true
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: jobs.running ? 'Stop what is at work, and quit?' : 'Quit, and leave copies as they are?',
    detail: [
      ...(jobs.running ? ['What is done stays done; the rest can be done later.'] : []),
      ...(open > 0
        ? [`${countText(open, 'copy', 'copies')} opened for editing stay unencrypted where they are.`]
        : []),
    ].join(' '),
    buttons: ['Don’t quit', jobs.running ? 'Stop and quit' : 'Quit'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  })
  return response === 1
}

function followTheme(session: Session): void {
  nativeTheme.themeSource = session.settings.theme
  session.onSettings(({ theme }) => {
    nativeTheme.themeSource = theme
  })
}

function failStart(error: unknown): void {
  const { message, code, next } = asVaultError(error)
  dialog.showErrorBox('Strongroom can’t start', `${message}\n\n${next}\n\n${code}`)
  app.exit(1)
}
