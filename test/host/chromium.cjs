'use strict'
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { Cdp } = require('./cdp.cjs')
const { app } = require('./electron/app.cjs')
const { targetGone } = require('./electron/browser-window.cjs')
const { dialogGone } = require('./electron/dialog.cjs')
const { onRequest } = require('./electron/protocol.cjs')
const { host, fromHttp } = require('./electron/state.cjs')

const PROGRAM = process.env.ELECTRON_HOST_CHROMIUM ?? '/usr/bin/chromium'
/** No network of its own, no first-run pages, no tab strip manners: only our pages. */
const FLAGS = [
  '--remote-debugging-pipe',
  '--no-startup-window',
  '--test-type',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--disable-default-apps',
  '--disable-breakpad',
  '--disable-domain-reliability',
  '--disable-client-side-phishing-detection',
  '--disable-search-engine-choice-screen',
  '--disable-back-forward-cache',
  '--disable-field-trial-config',
  '--disable-quic',
  '--metrics-recording-only',
  '--no-service-autorun',
  '--password-store=basic',
  '--use-mock-keychain',
  '--disable-features=Translate,MediaRouter,OptimizationHints,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,DestroyProfileOnBrowserClose,AutofillServerCommunication,CertificateTransparencyComponentUpdater,Prerender2',
]

/** Starts Chromium, whose pages are the app's windows. */
async function startChromium(switches) {
  const profile = path.join(app.getPath('userData'), '.host-profile')
  fs.mkdirSync(profile, { recursive: true })
  host.headed = process.env.ELECTRON_HOST_HEADED === '1'
  // Chromium's own sandbox does not run as root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const own = [`--user-data-dir=${profile}`, ...asRoot]
  const debug = switches.includes('--remote-debugging-port=0') ? ['--remote-debugging-port=0'] : []
  const extra = (process.env.ELECTRON_HOST_CHROMIUM_FLAGS ?? '').split(' ').filter((flag) => flag !== '')
  const env = { ...process.env, GOOGLE_API_KEY: 'no' }
  const args = [...FLAGS, ...own, ...(host.headed ? [] : ['--headless=new']), ...debug, ...extra]
  host.cdp = new Cdp(PROGRAM, args, env)
  host.openAppWindow = (url, width, height) =>
    spawn(PROGRAM, [...own, '--test-type', `--app=${url}`, `--window-size=${width},${height}`], {
      env,
      stdio: 'ignore',
    })
  passOn(host.cdp.stderr)
  host.cdp.on('close', () => {
    if (!host.quitting) for (const target of [...host.byTarget.keys()]) targetGone(target)
  })
  const { root } = host.cdp
  root.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => void attached(sessionId, targetInfo))
  root.on('Target.targetDestroyed', ({ targetId }) => {
    dialogGone(targetId)
    targetGone(targetId)
  })
  root.on('Fetch.requestPaused', (event) => void onRequest(event))
  await root.send('Target.setDiscoverTargets', { discover: true })
  await root.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
  await root.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] })
}

/** Playwright waits for Chromium's line about its port. */
function passOn(stderr) {
  let rest = ''
  stderr.on('data', (data) => {
    const lines = (rest + data).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (/DevTools listening/.test(line) || process.env.ELECTRON_HOST_DEBUG)
        process.stderr.write(`${line}\n`)
    }
  })
}

async function attached(sessionId, { type, url, targetId, openerId }) {
  const session = host.cdp.session(sessionId)
  const window = type === 'page' && openerId === undefined ? windowFor(url) : undefined
  if (window !== undefined) {
    await window.webContents.attach(session, targetId).catch((error) => window.webContents.onFailed(error))
    return
  }
  const opener = openerId === undefined ? undefined : host.byTarget.get(openerId)
  if (type === 'page' && opener !== undefined) {
    const answer = opener.openHandler?.({ url: fromHttp(url), disposition: 'new-window' }) ?? {
      action: 'allow',
    }
    if (answer.action === 'deny') {
      // Let go first: the page that opened it waits until it runs. It loads nothing, as every request is refused.
      await session.send('Runtime.runIfWaitingForDebugger').catch(() => {})
      await host.cdp.root.send('Target.closeTarget', { targetId }).catch(() => {})
      return
    }
  }
  session.send('Runtime.runIfWaitingForDebugger').catch(() => {})
}

/** The window that a new page was made for. */
function windowFor(url) {
  // A headed window's URL is not told yet when it is attached.
  if (host.dialogs.has(url)) return undefined
  const found = host.creating.get(url) ?? (host.headed ? host.creating.values().next().value : undefined)
  for (const [mark, window] of host.creating) if (window === found) host.creating.delete(mark)
  return found
}

module.exports = { startChromium }
