'use strict'
// Chromium over --remote-debugging-pipe (descriptors 3 and 4, JSON ended by a zero byte): no port is opened.
const { spawn } = require('node:child_process')
const { EventEmitter } = require('node:events')

/** One target's conversation, or the browser's own. */
class Session extends EventEmitter {
  constructor(connection, id) {
    super()
    this.setMaxListeners(0)
    this.connection = connection
    this.id = id
  }

  send(method, params) {
    return this.connection.request(method, params, this.id)
  }
}

class Cdp extends EventEmitter {
  constructor(program, args, env) {
    super()
    this.count = 0
    this.pending = new Map()
    this.sessions = new Map()
    this.closed = false
    this.process = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] })
    this.root = new Session(this, undefined)
    const [, , stderr, writer, reader] = this.process.stdio
    this.stderr = stderr
    this.writer = writer
    writer.on('error', () => {})
    this.read(reader)
    const end = () => this.end()
    this.process.on('exit', end)
    this.process.on('error', (error) => {
      this.error = error
      this.end()
    })
    reader.on('close', end)
  }

  read(reader) {
    let chunks = []
    reader.on('data', (data) => {
      let start = 0
      for (let at = data.indexOf(0); at !== -1; at = data.indexOf(0, start)) {
        chunks.push(data.subarray(start, at))
        start = at + 1
        this.message(JSON.parse(Buffer.concat(chunks).toString('utf8')))
        chunks = []
      }
      if (start < data.length) chunks.push(data.subarray(start))
    })
  }

  end() {
    if (this.closed) return
    this.closed = true
    for (const { reject } of this.pending.values()) reject(new Error('Chromium is gone'))
    this.pending.clear()
    this.emit('close')
  }

  session(id) {
    let session = this.sessions.get(id)
    if (session === undefined) {
      session = new Session(this, id)
      this.sessions.set(id, session)
    }
    return session
  }

  request(method, params = {}, sessionId = undefined) {
    if (this.closed) return Promise.reject(new Error('Chromium is gone'))
    const id = ++this.count
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject })
      this.writer.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
  }

  message(message) {
    if (message.id === undefined) {
      const session = message.sessionId ? this.session(message.sessionId) : this.root
      session.emit(message.method, message.params)
      return
    }
    const waiting = this.pending.get(message.id)
    this.pending.delete(message.id)
    if (message.error) waiting?.reject(new Error(message.error.message))
    else waiting?.resolve(message.result)
  }
}

module.exports = { Cdp }
