'use strict'
// What runs inside Chromium's pages, and the codec, which runs on both sides. All of it is turned into text by
// Function#toString, so no outer name may be used in it.

/** A part of structured clone, as JSON. */
function makeCodec() {
  const toBase64 = (bytes) =>
    bytes.toBase64
      ? bytes.toBase64()
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  const fromBase64 = (text) =>
    Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(Buffer.from(text, 'base64'))
  const tag = (kind, value, extra) => ({ $: kind, v: value, x: extra })
  const isOdd = (value) => !Number.isFinite(value) || Object.is(value, -0)
  const encode = (value) => {
    if (value === undefined) return tag('undefined')
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number')
      return isOdd(value) ? tag('number', Object.is(value, -0) ? '-0' : String(value)) : value
    if (typeof value === 'bigint') return tag('bigint', String(value))
    if (Array.isArray(value)) return value.map(encode)
    if (value instanceof Date) return tag('date', +value)
    if (value instanceof Map)
      return tag(
        'map',
        [...value].map(([key, each]) => [encode(key), encode(each)]),
      )
    if (value instanceof Set) return tag('set', [...value].map(encode))
    if (value instanceof ArrayBuffer) return tag('buffer', toBase64(new Uint8Array(value)))
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      return tag('view', toBase64(bytes), value.constructor.name)
    }
    if (value instanceof Error) return tag('error', { name: value.name, message: value.message })
    const plain = {}
    for (const key of Object.keys(value)) plain[key] = encode(value[key])
    return '$' in plain ? tag('object', plain) : plain
  }
  const decodeObject = (object) => {
    const plain = {}
    for (const key of Object.keys(object)) {
      // `__proto__` stays a name like any other.
      Object.defineProperty(plain, key, {
        value: decode(object[key]),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
    return plain
  }
  const decode = (value) => {
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) return value.map(decode)
    switch (value.$) {
      case undefined:
        return decodeObject(value)
      case 'undefined':
        return undefined
      case 'number':
        return Number(value.v)
      case 'bigint':
        return BigInt(value.v)
      case 'date':
        return new Date(value.v)
      case 'map':
        return new Map(value.v.map(([key, each]) => [decode(key), decode(each)]))
      case 'set':
        return new Set(value.v.map(decode))
      case 'buffer':
        return fromBase64(value.v).buffer
      case 'view': {
        const bytes = fromBase64(value.v)
        return value.x === 'Uint8Array' ? bytes : new globalThis[value.x](bytes.buffer)
      }
      case 'error':
        return Object.assign(new Error(value.v.message), { name: value.v.name })
      case 'object':
        return decodeObject(value.v)
    }
  }
  return {
    encode: (value) => {
      try {
        return encode(structuredClone(value))
      } catch (error) {
        throw /clone/i.test(error.message) ? new Error('An object could not be cloned.') : error
      }
    },
    decode,
  }
}

/** Calls between two worlds of one page over a node that neither hands out: values are cloned, functions wrapped. */
function makeBridge(node, outgoing, incoming) {
  const { apply } = Reflect
  const dispatch = EventTarget.prototype.dispatchEvent
  const detailOf = Object.getOwnPropertyDescriptor(CustomEvent.prototype, 'detail').get
  const [Event, Wait, clone] = [CustomEvent, Promise, structuredClone]
  const functions = new Map()
  const waiting = new Map()
  let count = 0
  let returned
  const post = (message) => apply(dispatch, node, [new Event(outgoing, { detail: message })])
  const asError = (error) => ({ k: 'value', v: error instanceof Error ? error : new Error(String(error)) })
  const isPlain = (value) => [Object.prototype, null].includes(Object.getPrototypeOf(value))
  const wrap = (value) => {
    if (typeof value === 'function') {
      functions.set(++count, value)
      return { k: 'function', id: count }
    }
    if (value instanceof Wait) {
      const id = ++count
      value.then(
        (result) => post({ t: 'settled', id, ok: true, v: wrap(result) }),
        (error) => post({ t: 'settled', id, ok: false, v: asError(error) }),
      )
      return { k: 'promise', id }
    }
    if (Array.isArray(value)) return { k: 'array', v: value.map(wrap) }
    if (value && typeof value === 'object' && isPlain(value))
      return { k: 'object', v: Object.entries(value).map(([key, each]) => [key, wrap(each)]) }
    return { k: 'value', v: clone(value) }
  }
  const unwrap = (wrapped) => {
    switch (wrapped.k) {
      case 'function':
        return (...args) => call(wrapped.id, args)
      case 'promise':
        return new Wait((resolve, reject) => waiting.set(wrapped.id, { resolve, reject }))
      case 'array':
        return wrapped.v.map(unwrap)
      case 'object':
        return Object.fromEntries(wrapped.v.map(([key, each]) => [key, unwrap(each)]))
      default:
        return wrapped.v
    }
  }
  const call = (id, args) => {
    post({ t: 'call', id, args: args.map(wrap) })
    const result = returned
    returned = undefined
    if (!result.ok) throw result.v.v
    return unwrap(result.v)
  }
  const hooks = {}
  node.addEventListener(incoming, (event) => {
    const message = apply(detailOf, event, [])
    if (message.t === 'call') {
      try {
        post({ t: 'return', ok: true, v: wrap(functions.get(message.id)(...message.args.map(unwrap))) })
      } catch (error) {
        post({ t: 'return', ok: false, v: asError(error) })
      }
    } else if (message.t === 'return') returned = message
    else if (message.t === 'settled') {
      const { resolve, reject } = waiting.get(message.id)
      waiting.delete(message.id)
      if (message.ok) resolve(unwrap(message.v))
      else reject(message.v.v)
    } else hooks[message.t]?.(message, unwrap)
  })
  return { post, wrap, hooks }
}

/** The page's own world: takes what the preload exposes, before any script of the page runs. */
function mainWorld(secret, makeBridge) {
  if (window !== window.top) return
  const freeze = (value) => {
    if (value && typeof value === 'object' && !ArrayBuffer.isView(value)) {
      Object.values(value).forEach(freeze)
      Object.freeze(value)
    }
    return value
  }
  const greet = (event) => {
    event.stopImmediatePropagation()
    makeBridge(event.relatedTarget, 'm', 'i').hooks.expose = (message, unwrap) =>
      Object.defineProperty(window, message.key, { value: freeze(unwrap(message.api)), enumerable: true })
  }
  document.addEventListener(secret, greet, { once: true, capture: true })
}

/** The preload's isolated world: `electron` as a sandboxed preload has it. */
function preloadWorld(facts, makeCodec, makeBridge, preload) {
  if (window !== window.top) return
  const host = globalThis.__host
  delete globalThis.__host
  const { encode, decode } = makeCodec()
  const tell = (message) => host(JSON.stringify(message))
  const listeners = new Map()
  const pending = new Map()
  let count = 0
  const deliver = (message) => {
    if (message.t === 'event') {
      const args = decode(message.args)
      for (const listener of [...(listeners.get(message.channel) ?? [])]) {
        try {
          listener({ sender: ipcRenderer, ports: [] }, ...args)
        } catch (error) {
          reportError(error)
        }
      }
      return
    }
    const { resolve, reject } = pending.get(message.id)
    pending.delete(message.id)
    if (message.ok) resolve(decode(message.value))
    else reject(new Error(message.text))
  }
  Object.defineProperty(globalThis, '__deliver', { value: (batch) => batch.forEach(deliver) })
  const ipcRenderer = {
    invoke: (channel, ...args) =>
      new Promise((resolve, reject) => {
        const id = ++count
        const encoded = encode(args)
        pending.set(id, { resolve, reject })
        tell({ t: 'invoke', id, channel, args: encoded })
      }),
    on(channel, listener) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
      return ipcRenderer
    },
    off(channel, listener) {
      const kept = (listeners.get(channel) ?? []).filter((each) => each !== listener)
      listeners.set(channel, kept)
      return ipcRenderer
    },
  }
  // A synchronous question: the debugger stops here, the host reads `asked.file`, writes `asked.path`, goes on.
  function hostPathOf(file) {
    const asked = { file, path: '' }
    // biome-ignore lint/suspicious/noDebugger: the stop is what the host answers at
    debugger
    return asked.path
  }
  const webUtils = {
    getPathForFile(file) {
      if (!(file instanceof File)) throw new TypeError('getPathForFile expected a File')
      return hostPathOf(file)
    },
  }
  const node = document.createElement('i')
  const bridge = makeBridge(node, 'i', 'm')
  document.dispatchEvent(new FocusEvent(facts.secret, { relatedTarget: node }))
  const contextBridge = {
    exposeInMainWorld: (key, api) => bridge.post({ t: 'expose', key, api: bridge.wrap(api) }),
  }
  tell({ t: 'hello' })
  // The menu bar's keys: as in Electron, the menu gets what the page did not take.
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || !event.isTrusted) return
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event
    tell({ t: 'key', key, ctrl: ctrlKey, meta: metaKey, shift: shiftKey, alt: altKey })
  })
  const require = (name) => {
    if (name === 'electron' || name === 'electron/renderer') return { contextBridge, ipcRenderer, webUtils }
    throw new Error(`module not found: ${name}`)
  }
  try {
    preload(require, { exports: {} }, {}, { platform: facts.platform, argv: [], env: {}, sandboxed: true })
  } catch (error) {
    tell({ t: 'preload-error', text: String(error?.stack ?? error) })
  }
}

/** The two scripts of a window, for its two worlds. */
function pageScripts(facts, preloadSource) {
  return {
    main: `(${mainWorld})(${JSON.stringify(facts.secret)},${makeBridge})`,
    isolated: `(${preloadWorld})(${JSON.stringify(facts)},${makeCodec},${makeBridge},(require,module,exports,process)=>{${preloadSource}\n})\n//# sourceURL=electron-host://preload`,
  }
}

module.exports = { codec: makeCodec(), pageScripts }
