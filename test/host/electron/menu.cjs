'use strict'
// The menu bar: nothing to see, but its items can be pressed, by a test or by their keys.

class MenuItem {
  constructor(options) {
    Object.assign(this, { enabled: true, visible: true }, options)
    if (Array.isArray(options.submenu)) this.submenu = Menu.buildFromTemplate(options.submenu)
    this.click = () => options.click?.(this)
  }
}

class Menu {
  items = []

  getMenuItemById(id) {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id)
      if (found) return found
    }
    return null
  }
  static buildFromTemplate(template) {
    const menu = new Menu()
    menu.items = template.map((each) => new MenuItem(each))
    return menu
  }
  static setApplicationMenu(menu) {
    Menu.application = menu
  }
  static getApplicationMenu() {
    return Menu.application ?? null
  }
}

/** Presses the item of the menu bar whose key this is. */
function pressKey(pressed) {
  const item = itemsOf(Menu.getApplicationMenu()).find(({ accelerator, registerAccelerator }) => {
    return accelerator !== undefined && registerAccelerator !== false && isKey(accelerator, pressed)
  })
  if (item?.enabled) item.click()
}

function itemsOf(menu) {
  return (menu?.items ?? []).flatMap((item) => [item, ...itemsOf(item.submenu)])
}

const KEYS = { up: 'arrowup', down: 'arrowdown', left: 'arrowleft', right: 'arrowright', space: ' ' }

/** Whether a press is what an accelerator such as `CmdOrCtrl+Shift+A` names. */
function isKey(accelerator, { key, ctrl, meta, shift, alt }) {
  const parts = accelerator.toLowerCase().split('+')
  const last = parts.at(-1)
  const has = (name) => parts.includes(name)
  const command = process.platform === 'darwin' ? meta : ctrl
  return (
    key.toLowerCase() === (KEYS[last] ?? last) &&
    command === has('cmdorctrl') &&
    shift === has('shift') &&
    alt === has('alt')
  )
}

module.exports = { Menu, MenuItem, pressKey }
