/**
 * Key combinations as each system writes them. In code they are written as Electron's accelerators,
 * `CmdOrCtrl+Shift+A` (contract/ipc/commands.ts).
 */
export const isMac = /Mac/.test(navigator.userAgent)

const MAC: Readonly<Record<string, string>> = {
  CmdOrCtrl: '⌘',
  Shift: '⇧',
  Alt: '⌥',
  Up: '↑',
  Down: '↓',
  Left: '←',
  Right: '→',
  Backspace: '⌫',
  Delete: '⌦',
  Enter: '↩',
  Escape: 'esc',
}
const OTHER: Readonly<Record<string, string>> = {
  CmdOrCtrl: 'Ctrl',
  Up: '↑',
  Down: '↓',
  Left: '←',
  Right: '→',
  Delete: 'Del',
  Escape: 'Esc',
}

/** “⇧⌘A” or “Ctrl+Shift+A”. */
export function shortcutText(keys: string): string {
  const parts = keys.split('+')
  if (!isMac) return parts.map((part) => OTHER[part] ?? part).join('+')
  const order = ['Alt', 'Shift', 'CmdOrCtrl']
  const marks = order.filter((part) => parts.includes(part))
  const rest = parts.filter((part) => !order.includes(part))
  return [...marks, ...rest].map((part) => MAC[part] ?? part).join('')
}
