import { app, Menu, type MenuItemConstructorOptions } from 'electron'
import { COMMANDS, type CommandEntry, type CommandId } from '../contract/ipc/commands.ts'

const TITLES: readonly (readonly [CommandEntry['menu'], string])[] = [
  ['file', 'File'],
  ['edit', 'Edit'],
  ['view', 'View'],
  ['vault', 'Vault'],
  ['help', 'Help'],
]

/** What the system itself does in a menu, after our own commands. */
const ROLES: Readonly<Partial<Record<CommandEntry['menu'], readonly MenuItemConstructorOptions[]>>> = {
  file: [{ role: 'close' }],
  edit: [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }],
  view: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }],
}

let chosen: (command: CommandId) => void = () => {}
let shownFor: boolean | undefined

/** Says who is told of a chosen command. */
export function onCommand(listener: (command: CommandId) => void): void {
  chosen = listener
}

/**
 * The menu bar, from the one table of commands (UI, "Keys on the keyboard"). A key whose meaning depends on where
 * the focus is (`scope: window`) is shown here and taken by the page.
 */
export function setMenu(vaultOpen: boolean): void {
  if (shownFor === vaultOpen) return
  shownFor = vaultOpen
  const isMac = process.platform === 'darwin'
  const menus = TITLES.map(([menu, label]): MenuItemConstructorOptions => {
    const own = commandsOf(menu, vaultOpen)
    const settings = menu === 'file' && !isMac ? [SEPARATOR, ...commandsOf('app', vaultOpen)] : []
    const roles = ROLES[menu] ?? []
    return {
      label,
      submenu: [...own, ...settings, ...(roles.length > 0 ? [SEPARATOR, ...roles] : []), ...quitIn(menu)],
    }
  })
  const ours: MenuItemConstructorOptions = {
    label: app.name,
    submenu: [
      { role: 'about' },
      SEPARATOR,
      ...commandsOf('app', vaultOpen),
      SEPARATOR,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      SEPARATOR,
      { role: 'quit' },
    ],
  }
  Menu.setApplicationMenu(Menu.buildFromTemplate(isMac ? [ours, ...menus, { role: 'windowMenu' }] : menus))
}

const SEPARATOR: MenuItemConstructorOptions = { type: 'separator' }

function quitIn(menu: CommandEntry['menu']): readonly MenuItemConstructorOptions[] {
  return menu === 'file' && process.platform !== 'darwin' ? [SEPARATOR, { role: 'quit' }] : []
}

function commandsOf(menu: CommandEntry['menu'], vaultOpen: boolean): MenuItemConstructorOptions[] {
  return COMMAND_IDS.filter((id) => COMMANDS[id].menu === menu).map((id) => {
    const { label, key, scope, open } = COMMANDS[id]
    return {
      id,
      label,
      enabled: vaultOpen || !open,
      ...(key !== null && { accelerator: key, registerAccelerator: scope === 'menu' }),
      click: () => chosen(id),
    }
  })
}

const COMMAND_IDS = Object.keys(COMMANDS).filter((id): id is CommandId => id in COMMANDS)
