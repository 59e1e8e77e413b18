'use strict'
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const { randomBytes } = require('node:crypto')
const { codec, pageScripts } = require('../page-scripts.cjs')
const { host, fromHttp, notHere, preventable, toHttp, valueToHttp } = require('./state.cjs')
const { ipcMain } = require('./ipc-main.cjs')
const { pressKey } = require('./menu.cjs')

const all = new Map()
let count = 0

/** A page of Chromium as Electron's web contents. */
class WebContents extends EventEmitter {
  constructor(window, preferences) {
    super()
    this.id = ++count
    this.window = window
    this.preferences = preferences
    this.url = ''
    this.queue = []
    this.dead = false
    const { promise, resolve, reject } = Promise.withResolvers()
    this.attached = promise
    this.attached.catch(() => {})
    this.onAttached = resolve
    this.onFailed = reject
    all.set(this.id, this)
    const contents = this
    this.mainFrame = {
      parent: null,
      get url() {
        return contents.url
      },
    }
  }

  /** Takes over a new page, stopped before its first script. */
  async attach(session, targetId) {
    this.session = session
    this.targetId = targetId
    host.byTarget.set(targetId, this)
    host.byFrame.set(targetId, this)
    this.listen(session, targetId)
    const { preload, javascript } = this.preferences
    const setUp = [session.send('Page.enable'), session.send('Runtime.enable')]
    if (javascript === false)
      setUp.push(session.send('Emulation.setScriptExecutionDisabled', { value: true }))
    if (preload !== undefined) setUp.push(...this.inject(session, fs.readFileSync(preload, 'utf8')))
    const running = session.send('Runtime.runIfWaitingForDebugger')
    await Promise.all(setUp)
    await running
    this.onAttached()
  }

  inject(session, source) {
    const secret = `h${randomBytes(12).toString('hex')}`
    const { main, isolated } = pageScripts({ secret, platform: process.platform }, source)
    return [
      session.send('Debugger.enable'),
      session.send('Runtime.addBinding', { name: '__host', executionContextName: 'preload' }),
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: main }),
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: isolated, worldName: 'preload' }),
    ]
  }

  listen(session, targetId) {
    session.on('Runtime.bindingCalled', (event) => {
      if (event.name === '__host') void this.fromPage(JSON.parse(event.payload), event.executionContextId)
    })
    session.on('Runtime.executionContextDestroyed', (event) => {
      if (event.executionContextId === this.context) this.context = undefined
    })
    session.on('Runtime.executionContextsCleared', () => {
      this.context = undefined
    })
    session.on('Page.frameAttached', ({ frameId }) => host.byFrame.set(frameId, this))
    session.on('Page.frameDetached', ({ frameId }) => host.byFrame.delete(frameId))
    session.on('Page.frameNavigated', ({ frame }) => {
      if (frame.parentId === undefined) this.url = fromHttp(frame.url + (frame.urlFragment ?? ''))
    })
    session.on('Page.navigatedWithinDocument', (event) => {
      if (event.frameId === targetId) this.url = fromHttp(event.url)
    })
    session.on('Page.loadEventFired', () => {
      this.emit('did-finish-load', preventable())
      this.window.loaded()
    })
    session.on('Inspector.targetCrashed', () =>
      this.emit('render-process-gone', preventable(), { reason: 'crashed' }),
    )
    session.on('Debugger.paused', (event) => void this.answerPath(event))
  }

  /** The preload asks for a dropped file's path and waits (page-scripts, hostPathOf). */
  async answerPath({ callFrames: [frame] }) {
    try {
      if (frame?.functionName !== 'hostPathOf') return
      const { callFrameId } = frame
      const { result } = await this.session.send('Debugger.evaluateOnCallFrame', {
        callFrameId,
        expression: 'asked.file',
        objectGroup: 'host-path',
      })
      const { path } = await this.session.send('DOM.getFileInfo', { objectId: result.objectId })
      const expression = `asked.path = ${JSON.stringify(path)}`
      await this.session.send('Debugger.evaluateOnCallFrame', { callFrameId, expression })
    } catch {
      // A File without a path on the disk: the answer stays ''.
    } finally {
      this.session.send('Runtime.releaseObjectGroup', { objectGroup: 'host-path' }).catch(() => {})
      this.session.send('Debugger.resume').catch(() => {})
    }
  }

  async fromPage(message, context) {
    if (message.t === 'hello') {
      this.context = context
      this.flush()
      return
    }
    if (message.t === 'key') {
      pressKey(message)
      return
    }
    if (message.t === 'preload-error') {
      process.stderr.write(`[host] preload: ${message.text}\n`)
      return
    }
    const event = preventable({ sender: this, senderFrame: this.mainFrame })
    let reply
    try {
      const value = await ipcMain.answer(message.channel, event, codec.decode(message.args))
      reply = { t: 'reply', id: message.id, ok: true, value: codec.encode(valueToHttp(value)) }
    } catch (error) {
      const text = `Error invoking remote method '${message.channel}': ${error}`
      reply = { t: 'reply', id: message.id, ok: false, text }
    }
    // A page that loaded anew never asked this.
    if (this.context === context) this.push(reply)
  }

  send(channel, ...args) {
    if (this.dead) throw new TypeError('Object has been destroyed')
    this.push({ t: 'event', channel, args: codec.encode(valueToHttp(args)) })
  }

  push(message) {
    this.queue.push(message)
    if (this.ticking) return
    this.ticking = true
    setImmediate(() => {
      this.ticking = false
      this.flush()
    })
  }

  flush() {
    if (this.queue.length === 0 || this.context === undefined) return
    const batch = JSON.stringify(this.queue)
    this.queue = []
    const call = {
      functionDeclaration: '(batch) => __deliver(JSON.parse(batch))',
      executionContextId: this.context,
      arguments: [{ value: batch }],
      silent: true,
    }
    this.session.send('Runtime.callFunctionOn', call).catch(() => {})
  }

  async loadURL(url) {
    await this.attached
    const loaded = new Promise((resolve) => this.session.once('Page.loadEventFired', resolve))
    // What the program itself loads is no navigation of the page's (protocol, isPrevented).
    this.loading = url
    const { errorText } = await this.session.send('Page.navigate', { url: toHttp(url) })
    if (errorText) throw new Error(`${errorText} loading '${url}'`)
    await loaded
    this.loading = undefined
  }

  getURL() {
    return this.url
  }
  isDestroyed() {
    return this.dead
  }
  setWindowOpenHandler(handler) {
    this.openHandler = handler
  }
  print() {
    notHere('webContents.print')
  }
  close() {
    this.window.close()
  }
  static fromId(id) {
    return all.get(id)
  }
  static getAllWebContents() {
    return [...all.values()]
  }
  static fromDevToolsTargetId(targetId) {
    return host.byTarget.get(targetId)
  }

  destroyed() {
    this.dead = true
    all.delete(this.id)
    host.byTarget.delete(this.targetId)
    this.emit('destroyed')
  }
}

module.exports = { WebContents }
