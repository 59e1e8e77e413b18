#!/usr/bin/env node
'use strict'
// The test host: takes Electron's place on a machine that has none. Node runs the built main bundle, whose
// `electron` is ours (electron/); its windows are pages of Debian's Chromium. Playwright's `_electron.launch`
// drives it as it drives Electron. It proves bundles, calls, policies, drops and the life of windows; it does
// not prove Electron's own sandbox, fuses, archives, or what an operating system does (docs/decisions/0007).
const Module = require('node:module')
const fs = require('node:fs')
const path = require('node:path')

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`electron-host: it needs Node 24, as Electron has; this is ${process.versions.node}.`)
  process.exit(2)
}

const { switches, preloads, main, rest } = readArguments(process.argv.slice(2))
const { folder, facts } = packageOf(main)
const entry = fs.statSync(main).isDirectory() ? path.resolve(main, facts.main ?? 'index.js') : main
pretendElectron()

const { app } = require('./electron/app.cjs')
const { host } = require('./electron/state.cjs')
const { startChromium } = require('./chromium.cjs')
Object.assign(host, { packageFacts: facts, appPath: folder, inspected: switches.includes('--inspect=0') })
app.setName(facts.productName ?? facts.name ?? 'electron-host')
for (const each of [...switches, ...rest.filter((arg) => arg.startsWith('--'))]) {
  const [, name, value = ''] = /^--([^=]+)(?:=(.*))?$/.exec(each) ?? []
  if (name !== undefined) host.switches.set(name, value)
}

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => app.quit())
process.on('exit', () => host.cdp?.process.kill('SIGKILL'))
run().catch((error) => {
  console.error(error)
  process.exit(1)
})

/** Runs the app's own bundle, then becomes ready. */
async function run() {
  const mayBegin = shakeHands()
  for (const each of preloads) require(each)
  Module._load(entry, null, true)
  if (host.quitting) return
  await startChromium(switches)
  await mayBegin
  app.becomeReady()
}

/** Playwright inspects the main process first, and says when the app may go on. */
function shakeHands() {
  if (!host.inspected) return Promise.resolve()
  require('node:inspector').open(0, '127.0.0.1')
  if (preloads.length > 0) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers()
  globalThis.__playwright_run = () => resolve()
  return promise
}

/** `electron [switches] <main.js or folder> [arguments]` */
function readArguments(args) {
  const found = { switches: [], preloads: [], main: '', rest: [] }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]
    if (arg === '-r') found.preloads.push(args[++at])
    else if (arg.startsWith('-')) found.switches.push(arg)
    else return { ...found, main: path.resolve(arg), rest: args.slice(at + 1) }
  }
  console.error('usage: electron-host <app>')
  process.exit(2)
}

/** The package.json that an app belongs to. */
function packageOf(app) {
  for (let folder = app; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json')
    if (fs.existsSync(file)) return { folder, facts: JSON.parse(fs.readFileSync(file, 'utf8')) }
    if (folder === path.dirname(folder)) return { folder: path.dirname(app), facts: {} }
  }
}

function pretendElectron() {
  Object.defineProperty(process.versions, 'electron', { value: '0.0.0-host', enumerable: true })
  Object.assign(process, { type: 'browser', defaultApp: true })
  process.argv = [process.argv[0], ...switches, entry, ...rest]
  const shim = path.join(__dirname, 'electron', 'index.cjs')
  const original = Module._resolveFilename
  Module._resolveFilename = (name, ...more) =>
    name === 'electron' ? shim : original.call(Module, name, ...more)
}
