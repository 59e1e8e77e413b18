'use strict'
// What the parts of the host share.

/** Our schemes and their handlers; Chromium never lets an unknown scheme be answered from outside. */
const schemes = new Map()

const host = {
  cdp: undefined,
  quitting: false,
  appPath: '',
  packageFacts: {},
  switches: new Map(),
  schemes,
  /** Windows whose target is being made, by the URL that it is made with. */
  creating: new Map(),
  /** Dialogs that wait for an answer, by the URL of their page. */
  dialogs: new Map(),
  /** Web contents by Chromium's target. */
  byTarget: new Map(),
  /** Web contents by frame, for frames inside a page. */
  byFrame: new Map(),
}

/** app://name/x → https://name.app.invalid/x: a secure origin of its own, whose requests the host answers. */
function toHttp(url) {
  const [, scheme, name, rest] = /^([a-z][\w+.-]*):\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
  return scheme !== undefined && schemes.has(scheme) ? `https://${name}.${scheme}.invalid${rest || '/'}` : url
}

function fromHttp(url) {
  return url.replace(/^https:\/\/([^/]*)\.([\w+-]+)\.invalid(?=[/?#]|$)/, (whole, name, scheme) =>
    schemes.has(scheme) ? `${scheme}://${name}` : whole,
  )
}

/** Origins of our schemes inside a header, such as those of a policy. */
function headerToHttp(value) {
  return value.replace(/\b([a-z][\w+.-]*):\/\/([\w-]+)/g, (whole, scheme, name) =>
    schemes.has(scheme) ? `https://${name}.${scheme}.invalid` : whole,
  )
}

/** URLs of our schemes in what main answers a page: it can load them only where the host has mapped them. */
function valueToHttp(value) {
  if (typeof value === 'string') return /^[a-z]+:\/\//.test(value) ? toHttp(value) : value
  if (Array.isArray(value)) return value.map(valueToHttp)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, valueToHttp(each)]))
}

/** An event that a listener may prevent. */
function preventable(extra = {}) {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
    ...extra,
  }
}

function notHere(what) {
  throw new Error(`electron-host: ${what} is not implemented`)
}

module.exports = { host, toHttp, fromHttp, headerToHttp, valueToHttp, preventable, notHere }
