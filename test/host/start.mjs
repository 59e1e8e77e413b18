// `npm start`: the window, in Electron. `npm start -- --preview`: a look with throw-away vaults, in Electron or,
// where its binary can't be had, in the test host.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const wanted = process.argv.slice(2)
const host = join(import.meta.dirname, 'electron-host.cjs')

if (!existsSync(join(root, 'out/main/main.js'))) {
  console.error('It is not built yet. Run `npm ci`, which builds it, or `npm run build`.')
  process.exit(2)
}
const electron = electronPath() ?? fetchElectron()
if (electron !== undefined) run(electron, {})
else if (wanted.includes('--preview')) runHost()
else {
  console.error(
    'Electron’s program is not here and could not be fetched, so the real window can’t open.\nFor a look at it with throw-away vaults, in Chromium: npm start -- --preview\nThe command line works without it: npm run -s strongroom -- --help',
  )
  process.exit(1)
}

/** Electron's program, if it was fetched. */
function electronPath() {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const program = join(folder, 'dist', readFileSync(pathFile, 'utf8'))
  return existsSync(program) ? program : undefined
}

function fetchElectron() {
  const installer = createRequire(import.meta.url).resolve('electron/install.js')
  console.error('Fetching Electron, once …')
  spawnSync(process.execPath, [installer], { stdio: ['ignore', 'ignore', 'ignore'], timeout: 300_000 })
  return electronPath()
}

function runHost() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    console.error(
      'There is no screen here to show the preview on (neither DISPLAY nor WAYLAND_DISPLAY is set).',
    )
    process.exit(1)
  }
  console.error('Electron’s program is not here: a preview in Chromium, with throw-away vaults only.')
  run(process.execPath, { ELECTRON_HOST_HEADED: '1' }, [host])
}

function run(program, env, before = []) {
  const child = spawn(program, [...before, root, ...wanted], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? 1))
}
