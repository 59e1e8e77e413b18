/**
 * Every command with a key: one table for the native menu, the palette and the list of shortcuts (UI, "Keys on
 * the keyboard"). Imports nothing, so that the window may use it. Main's menu only tells the window which
 * command was chosen (event `command`); what it means there is the screen's.
 */
export type CommandEntry = {
  readonly label: string
  /** As Electron's accelerators; null: no key. Main's menu shows it; the window listens for those of `scope` window. */
  readonly key: string | null
  readonly menu: 'app' | 'file' | 'edit' | 'view' | 'vault' | 'help'
  /** `menu`: the native menu takes the key. `window`: only where the focus allows it, so the window takes it. */
  readonly scope: 'menu' | 'window'
  /** Needs an open vault. */
  readonly open: boolean
}

const command = (
  label: string,
  key: string | null,
  menu: CommandEntry['menu'],
  options: { readonly scope?: CommandEntry['scope']; readonly open?: boolean } = {},
): CommandEntry => ({ label, key, menu, scope: options.scope ?? 'menu', open: options.open ?? false })

const open = { open: true }
const inWindow = { open: true, scope: 'window' } as const

export const COMMANDS = {
  palette: command('Command palette…', 'CmdOrCtrl+K', 'view'),
  shortcuts: command('Keyboard shortcuts', 'CmdOrCtrl+/', 'help'),
  settings: command('Settings…', 'CmdOrCtrl+,', 'app'),
  'seal-window': command('Encrypt or decrypt files…', 'CmdOrCtrl+Shift+S', 'file'),

  'new-vault': command('New vault…', null, 'vault'),
  'open-vault': command('Open vault…', 'CmdOrCtrl+O', 'vault'),
  lock: command('Lock', 'CmdOrCtrl+L', 'vault', open),

  add: command('Add files…', 'CmdOrCtrl+Shift+A', 'file', open),
  'add-folder': command('Add a folder…', null, 'file', open),
  'new-folder': command('New folder…', 'CmdOrCtrl+Shift+N', 'file', open),
  export: command('Export…', 'CmdOrCtrl+E', 'file', open),
  checkout: command('Open a copy…', null, 'file', open),
  undo: command('Undo', 'CmdOrCtrl+Z', 'edit', inWindow),
  find: command('Find', 'CmdOrCtrl+F', 'edit', open),
  rename: command('Rename…', 'F2', 'edit', inWindow),
  move: command('Move to…', 'CmdOrCtrl+Shift+M', 'edit', open),
  bin: command('Move to bin', 'Delete', 'edit', inWindow),
  'select-all': command('Select all', 'CmdOrCtrl+A', 'edit', inWindow),

  preview: command('Preview', 'Space', 'view', inWindow),
  details: command('Details', 'CmdOrCtrl+I', 'view', open),
  jobs: command('Jobs', 'CmdOrCtrl+J', 'view', open),
  files: command('Files', 'CmdOrCtrl+1', 'view', open),
  keys: command('Keys', 'CmdOrCtrl+2', 'view', open),
  health: command('Health', 'CmdOrCtrl+3', 'view', open),
  'next-region': command('Next region', 'F6', 'view', { scope: 'window' }),
  parent: command('Enclosing folder', 'CmdOrCtrl+Up', 'view', inWindow),
  back: command('Back', 'Alt+Left', 'view', inWindow),
  forward: command('Forward', 'Alt+Right', 'view', inWindow),

  guide: command('Guide', null, 'help'),
  'recovery-guide': command('If all else is lost…', null, 'help'),
  'report-fault': command('Report a fault…', null, 'help'),
} as const satisfies Record<string, CommandEntry>

export type CommandId = keyof typeof COMMANDS
