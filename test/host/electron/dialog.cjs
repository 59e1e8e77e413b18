'use strict'
// The system's dialogs. A test says what the person answers; in a preview with a screen they are small pages.
const { host, notHere } = require('./state.cjs')

let count = 0

const dialog = {
  showMessageBox: async (...args) => {
    const { message = '', detail = '', buttons = ['OK'], cancelId = 0 } = args.at(-1)
    const { button } = await ask({ name: 'showMessageBox', message, detail, buttons })
    return { response: button ?? cancelId, checkboxChecked: false }
  },
  showOpenDialog: async (...args) => {
    const { title = 'Open', properties = [] } = args.at(-1)
    const detail = properties.includes('openDirectory') ? 'The path of a folder:' : 'The path of a file:'
    const { button, path } = await ask({
      name: 'showOpenDialog',
      message: title,
      detail,
      buttons: ['Cancel', 'Open'],
      path: process.cwd(),
    })
    const canceled = button !== 1 || path === ''
    return { canceled, filePaths: canceled ? [] : [path] }
  },
  showSaveDialog: async (...args) => {
    const { title = 'Save', defaultPath = '' } = args.at(-1)
    const { button, path } = await ask({
      name: 'showSaveDialog',
      message: title,
      detail: 'The path of the new file or folder:',
      buttons: ['Cancel', 'Save'],
      path: defaultPath,
    })
    return { canceled: button !== 1, filePath: button === 1 ? path : '' }
  },
  showErrorBox: (title, text) => process.stderr.write(`${title}: ${text}\n`),
}

/** Asks in a page of its own, outside the app. @returns the button pressed, and the path typed; none: closed */
async function ask({ name, message, detail, buttons, path }) {
  if (!host.headed && process.env.ELECTRON_HOST_DIALOGS !== '1') {
    return notHere(`dialog.${name} (a test says what the person answers)`)
  }
  const { promise, resolve } = Promise.withResolvers()
  const mark = `https://d${++count}.electron-host.invalid/`
  host.dialogs.set(mark, {
    html: pageOf({ message, detail, buttons, path }),
    resolve,
  })
  if (host.headed) host.openAppWindow(mark, 480, 260)
  else
    await host.cdp.root.send('Target.createTarget', { url: mark, newWindow: true, width: 480, height: 260 })
  return await promise
}

/** A page whose buttons are links: pressing one asks the host for it, which is the answer. */
function pageOf({ message, detail, buttons, path }) {
  const input =
    path === undefined ? '' : `<input name="path" value="${asText(path)}" autofocus style="width:100%">`
  const pressed = buttons.map((text, at) => `<button name="button" value="${at}">${asText(text)}</button>`)
  return `<!doctype html><meta charset="utf-8"><title>${asText(message)}</title><body style="font:14px system-ui;margin:24px"><form action="./answer"><h1 style="font-size:16px">${asText(message)}</h1><p>${asText(detail)}</p>${input}<p>${pressed.join(' ')}</p></form>`
}

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const asText = (text) => String(text).replace(/[&<>"]/g, (char) => ESCAPES[char])

/** A request of a dialog's page. @returns what it shows; undefined: it is none of a dialog's */
function answerDialog(url, targetId) {
  const { origin, pathname, searchParams } = new URL(url)
  const asked = host.dialogs.get(`${origin}/`)
  if (asked === undefined) return undefined
  if (pathname === '/answer') {
    host.dialogs.delete(`${origin}/`)
    asked.resolve({ button: Number(searchParams.get('button')), path: searchParams.get('path') ?? '' })
    host.cdp.root.send('Target.closeTarget', { targetId }).catch(() => {})
    return ''
  }
  asked.targetId = targetId
  return asked.html
}

/** A dialog whose window was closed was answered by nothing. */
function dialogGone(targetId) {
  for (const [mark, asked] of host.dialogs) {
    if (asked.targetId !== targetId) continue
    host.dialogs.delete(mark)
    asked.resolve({})
  }
}

module.exports = { dialog, answerDialog, dialogGone }
