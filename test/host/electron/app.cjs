'use strict'
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { host, preventable } = require('./state.cjs')

const LOCK = '.host-lock'
const SECOND = /^\.host-second-\d+\.json$/

class App extends EventEmitter {
  constructor() {
    super()
    this.name = 'electron-host'
    this.isPackaged = false
    this.paths = {}
    this.ready = false
    const { promise, resolve } = Promise.withResolvers()
    this.readiness = promise
    this.becomeReady = () => {
      this.ready = true
      this.emit('ready', preventable())
      resolve()
    }
  }

  whenReady() {
    return this.readiness
  }
  isReady() {
    return this.ready
  }
  getName() {
    return this.name
  }
  setName(name) {
    this.name = name
  }
  getVersion() {
    return host.packageFacts.version ?? '0.0.0'
  }
  getAppPath() {
    return host.appPath
  }
  clearRecentDocuments() {}

  getPath(name) {
    const userData =
      host.switches.get('user-data-dir') || path.join(os.tmpdir(), `electron-host-${process.pid}`)
    const known = { home: os.homedir(), temp: os.tmpdir(), userData }
    const found = this.paths[name] ?? known[name]
    if (found === undefined) throw new Error(`Failed to get '${name}' path`)
    return found
  }
  setPath(name, place) {
    this.paths[name] = place
  }

  get commandLine() {
    return {
      hasSwitch: (name) => host.switches.has(name),
      getSwitchValue: (name) => host.switches.get(name) ?? '',
      appendSwitch: (name, value = '') => host.switches.set(name, value),
    }
  }

  /** Synchronous, as in Electron: a file with our process id, and a folder watched for messages of others. */
  requestSingleInstanceLock() {
    const folder = this.getPath('userData')
    const lock = path.join(folder, LOCK)
    fs.mkdirSync(folder, { recursive: true })
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
        this.lock = lock
        this.watchSeconds(folder)
        return true
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      if (isAlive(Number(fs.readFileSync(lock, 'utf8')))) {
        const temporary = path.join(folder, `.tmp-${process.pid}`)
        fs.writeFileSync(temporary, JSON.stringify({ argv: process.argv, cwd: process.cwd() }))
        fs.renameSync(temporary, path.join(folder, `.host-second-${process.pid}.json`))
        return false
      }
      fs.rmSync(lock, { force: true })
    }
    return false
  }

  watchSeconds(folder) {
    this.watcher = fs.watch(folder, (_, name) => {
      if (!SECOND.test(name ?? '')) return
      const file = path.join(folder, name)
      try {
        const { argv, cwd } = JSON.parse(fs.readFileSync(file, 'utf8'))
        fs.unlinkSync(file)
        this.emit('second-instance', preventable(), argv, cwd)
      } catch (error) {
        // Told of twice; the first time took it.
        if (error.code !== 'ENOENT') throw error
      }
    })
    this.watcher.unref()
  }

  quit() {
    if (host.quitting) return
    const before = preventable()
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    host.quitting = true
    void this.closeAndEnd()
  }

  async closeAndEnd() {
    const { BrowserWindow } = require('./browser-window.cjs')
    for (const window of BrowserWindow.getAllWindows()) {
      window.close()
      await window.gone(2000)
    }
    this.emit('will-quit', preventable())
    this.exit(0)
  }

  exit(code = 0) {
    host.quitting = true
    this.emit('quit', preventable(), code)
    if (this.lock !== undefined) fs.rmSync(this.lock, { force: true })
    this.watcher?.close()
    const end = () => {
      if (host.inspected) process.stderr.write('Waiting for the debugger to disconnect...\n')
      process.exit(code)
    }
    const { cdp } = host
    if (cdp === undefined || cdp.closed) {
      end()
      return
    }
    cdp.on('close', end)
    cdp.root.send('Browser.close').catch(() => {})
    setTimeout(() => {
      cdp.process.kill('SIGKILL')
      end()
    }, 3000).unref()
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

module.exports = { app: new App() }
