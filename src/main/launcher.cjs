#!/usr/bin/env node
// The `strongroom` command. Plain CommonJS, so that an old Node can run it as far as saying what is needed.
const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const bundle = join(__dirname, '../../out/main/bin.js')
const projectNode = join(
  __dirname,
  '../../node_modules/node/bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)
const needed = 22

// Enough threads that many small files are synced at once; read when the first of them starts.
process.env.UV_THREADPOOL_SIZE ??= '16'

if (!existsSync(bundle)) {
  console.error('strongroom: it is not built yet. Run `npm ci` in its folder, which builds it.')
  process.exitCode = 1
} else if (Number(process.versions.node.split('.')[0]) >= needed) {
  require(bundle)
} else if (existsSync(projectNode)) {
  const child = spawn(projectNode, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' })
  // The terminal sends Ctrl-C to both; the child decides, and its end is ours.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT') child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1
    else {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    }
  })
} else {
  console.error(
    `strongroom: it needs Node ${needed} or newer; this is ${process.versions.node}. Run \`npm ci\`, which brings one.`,
  )
  process.exitCode = 1
}
