'use strict'
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { app } = require('./app.cjs')
const { answerDialog } = require('./dialog.cjs')
const { host, fromHttp, headerToHttp, preventable } = require('./state.cjs')

const protocol = {
  registerSchemesAsPrivileged(list) {
    if (app.isReady())
      throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    for (const { scheme } of list) host.schemes.set(scheme, undefined)
  },
  handle(scheme, handler) {
    if (host.schemes.get(scheme) !== undefined) throw new Error(`The scheme '${scheme}' is already handled`)
    host.schemes.set(scheme, handler)
  },
}

/** Permissions: the host's Chromium asks nobody, so what is set here is only kept for a test to look at. */
class Session extends EventEmitter {
  permissions = {}
  protocol = protocol
  setPermissionRequestHandler(handler) {
    this.permissions.request = handler
  }
  setPermissionCheckHandler(handler) {
    this.permissions.check = handler
  }
  setDevicePermissionHandler(handler) {
    this.permissions.device = handler
  }
  setSpellCheckerEnabled() {}
}

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

const net = {
  async fetch(url) {
    if (!url.startsWith('file:')) throw new Error('net::ERR_INTERNET_DISCONNECTED')
    const file = new URL(url)
    const bytes = await fs.promises.readFile(file)
    const type = TYPES[path.extname(file.pathname)] ?? 'application/octet-stream'
    return new Response(bytes, { headers: { 'content-type': type } })
  },
}

/** Answers or refuses every request that any page makes: to our schemes by their handlers, to all else never. */
async function onRequest({ requestId, request, resourceType, frameId }) {
  const { root } = host.cdp
  const refuse = (reason) =>
    root.send('Fetch.failRequest', { requestId, errorReason: reason }).catch(() => {})
  const url = fromHttp(request.url)
  try {
    if (/^https:\/\/w\d+\.electron-host\.invalid\/$/.test(request.url)) {
      return await fulfill(requestId, new Response('', { headers: { 'content-type': 'text/html' } }))
    }
    if (/^https:\/\/d\d+\.electron-host\.invalid\//.test(request.url)) {
      const html = answerDialog(request.url, frameId)
      if (html === undefined) return await refuse('Failed')
      return await fulfill(requestId, new Response(html, { headers: { 'content-type': 'text/html' } }))
    }
    if (resourceType === 'Document' && isPrevented(frameId, url)) return await refuse('Aborted')
    const handler = url === request.url ? undefined : host.schemes.get(url.split(':')[0])
    if (handler === undefined) {
      const isLocal = /^(about|blob|data|chrome|devtools):/.test(url)
      return isLocal ? await root.send('Fetch.continueRequest', { requestId }) : await refuse('Failed')
    }
    const { method, headers } = request
    // `url` as the app knows it: a Request can't be made of a scheme that Node has no origin for.
    const asked = Object.defineProperty(new Request(request.url, { method, headers }), 'url', { value: url })
    return await fulfill(requestId, await handler(asked))
  } catch (error) {
    process.stderr.write(`[host] ${url}: ${error.message}\n`)
    return await refuse('Failed')
  }
}

/** Whether the app prevents that a frame goes there. */
function isPrevented(frameId, url) {
  const contents = host.byFrame.get(frameId)
  if (contents === undefined) return false
  const isMainFrame = frameId === contents.targetId
  const before = contents.getURL()
  const isFirst = before === '' || /^about:|electron-host\.invalid/.test(before)
  // What the program itself loads is no navigation of the page's.
  if (isMainFrame && (isFirst || contents.loading === url)) {
    contents.emit('did-start-navigation', { isMainFrame, isSameDocument: false, url })
    return false
  }
  const event = preventable({ url, isMainFrame })
  contents.emit('will-frame-navigate', event)
  if (isMainFrame) contents.emit('will-navigate', event, url)
  if (!event.defaultPrevented)
    contents.emit('did-start-navigation', { isMainFrame, isSameDocument: false, url })
  return event.defaultPrevented
}

async function fulfill(requestId, response) {
  const responseHeaders = [...response.headers].map(([name, value]) => ({ name, value: headerToHttp(value) }))
  await host.cdp.root.send('Fetch.fulfillRequest', {
    requestId,
    responseCode: response.status,
    responseHeaders,
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
  })
}

module.exports = { protocol, net, session: { defaultSession: new Session() }, onRequest }
