'use strict'
const { EventEmitter } = require('node:events')
const { app } = require('./app.cjs')
const { host, preventable } = require('./state.cjs')
const { WebContents } = require('./web-contents.cjs')

const all = new Map()
let count = 0

class BrowserWindow extends EventEmitter {
  constructor(options = {}) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    const preferences = options.webPreferences ?? {}
    if (preferences.nodeIntegration || preferences.contextIsolation === false)
      throw new Error('electron-host: a page without isolation is not supported')
    this.id = ++count
    this.title = options.title ?? app.getName()
    this.visible = options.show !== false
    this.dead = false
    this.shownOnce = false
    this.progress = { share: -1 }
    this.size = { width: options.width ?? 800, height: options.height ?? 600 }
    this.place = { x: options.x ?? 0, y: options.y ?? 0 }
    this.webContents = new WebContents(this, preferences)
    all.set(this.id, this)
    app.emit('web-contents-created', preventable(), this.webContents)
    this.open()
  }

  open() {
    const { width, height } = this.size
    const failed = (error) => this.webContents.onFailed(error)
    if (host.headed) {
      const mark = `https://w${this.id}.electron-host.invalid/`
      host.creating.set(mark, this)
      host.openAppWindow(mark, width, height)
      return
    }
    const mark = `about:blank#host-${this.id}`
    host.creating.set(mark, this)
    host.cdp.root.send('Target.createTarget', { url: mark, newWindow: true, width, height }).catch(failed)
  }

  /** The page's load event; the first one of a page of ours makes the window ready to be shown. */
  loaded() {
    if (this.shownOnce || /^about:|electron-host\.invalid/.test(this.webContents.getURL())) return
    this.shownOnce = true
    this.emit('ready-to-show')
  }

  loadURL(url) {
    return this.webContents.loadURL(url)
  }

  close() {
    if (this.dead) return
    const event = preventable()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }
  destroy() {
    if (this.dead) return
    const { attached } = this.webContents
    attached
      .then(() => host.cdp.root.send('Target.closeTarget', { targetId: this.webContents.targetId }))
      .catch(() => {})
  }
  isDestroyed() {
    return this.dead
  }
  /** Resolves when it is gone, or after a while. */
  gone(ms) {
    if (this.dead) return Promise.resolve()
    const closed = new Promise((resolve) => this.once('closed', resolve))
    return Promise.race([closed, new Promise((resolve) => setTimeout(resolve, ms).unref())])
  }

  show() {
    this.visible = true
    this.emit('show')
  }
  hide() {
    this.visible = false
  }
  isVisible() {
    return this.visible
  }
  focus() {
    this.webContents.attached.then(() => this.webContents.session.send('Page.bringToFront')).catch(() => {})
  }
  isFocused() {
    return true
  }
  minimize() {}
  restore() {}
  maximize() {
    this.maximized = true
  }
  isMinimized() {
    return false
  }
  isMaximized() {
    return this.maximized === true
  }
  getNormalBounds() {
    return { ...this.place, ...this.size }
  }
  setTitle(title) {
    this.title = title
  }
  getTitle() {
    return this.title
  }
  setProgressBar(share, options) {
    this.progress = { share, ...options }
  }
  setContentProtection(on) {
    this.protectedFromCapture = on
  }
  removeMenu() {}

  static getAllWindows() {
    return [...all.values()]
  }
  static getFocusedWindow() {
    return [...all.values()].at(-1) ?? null
  }
  static fromWebContents(contents) {
    return contents?.window ?? null
  }
  static fromId(id) {
    return all.get(id) ?? null
  }
}

/** Chromium's target went: closed by us, by the person, or with the browser. */
function targetGone(targetId) {
  const contents = host.byTarget.get(targetId)
  if (contents === undefined || contents.dead) return
  contents.destroyed()
  const { window } = contents
  window.dead = true
  all.delete(window.id)
  window.emit('closed')
  if (all.size > 0 || host.quitting) return
  if (app.listenerCount('window-all-closed') > 0) app.emit('window-all-closed')
  else app.quit()
}

module.exports = { BrowserWindow, targetGone }
