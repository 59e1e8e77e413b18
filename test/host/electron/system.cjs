'use strict'
// The desktop around the windows: kept for a test to look at, or refused.
const { EventEmitter } = require('node:events')
const { dialog } = require('./dialog.cjs')
const { Menu, MenuItem } = require('./menu.cjs')

let copied = ''
const clipboard = {
  writeText: (text) => {
    copied = String(text)
  },
  readText: () => copied,
}

/** What was asked of the system's shell, in order. */
const shellCalls = []
const shell = {
  calls: shellCalls,
  openExternal: async (url) => void shellCalls.push(['openExternal', url]),
  showItemInFolder: (path) => void shellCalls.push(['showItemInFolder', path]),
}

const powerMonitor = Object.assign(new EventEmitter(), { getSystemIdleTime: () => 0 })
const nativeTheme = Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: false })
const screen = Object.assign(new EventEmitter(), {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
})

class Notification extends EventEmitter {
  static shown = []
  constructor(options) {
    super()
    Object.assign(this, options)
  }
  show() {
    Notification.shown.push(this)
  }
  static isSupported() {
    return true
  }
}

module.exports = { dialog, clipboard, shell, Menu, MenuItem, powerMonitor, nativeTheme, screen, Notification }
