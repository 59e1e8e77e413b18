// `npm test`: prepares what the system lacks, then runs every check and test, and ends with one line of true
// totals over all of them. Plain JavaScript, so that a wrong Node can at least be told so.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NEEDED_NODE = 24

/** What tests need of Debian, and a file that tells whether it is there. */
const PACKAGES = [
  { name: 'strace', probe: '/usr/bin/strace', why: 'kills at every system call' },
  { name: 'gcc', probe: '/usr/bin/gcc', why: 'builds the fault-injecting library' },
  { name: 'libc6-dev', probe: '/usr/include/stdio.h', why: 'builds the fault-injecting library' },
  { name: 'python3', probe: '/usr/bin/python3', why: 'runs the recovery script' },
  {
    name: 'python3-cryptography',
    probe: '/usr/lib/python3/dist-packages/cryptography',
    why: 'recovery script',
  },
  { name: 'python3-argon2', probe: '/usr/lib/python3/dist-packages/argon2', why: 'recovery script' },
  { name: 'gnome-keyring', probe: '/usr/bin/gnome-keyring-daemon', why: 'a real keychain' },
  { name: 'dbus', probe: '/usr/bin/dbus-daemon', why: 'a real keychain' },
  { name: 'dbus-x11', probe: '/usr/bin/dbus-launch', why: 'a real keychain' },
  { name: 'libsecret-tools', probe: '/usr/bin/secret-tool', why: 'a real keychain' },
  { name: 'libfaketime', probe: '/usr/lib/x86_64-linux-gnu/faketime', why: 'a clock that goes back' },
  { name: 'util-linux', probe: '/usr/bin/setpriv', why: 'runs as another user' },
]

function prepareNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= NEEDED_NODE) return
  fail(
    `The tests need Node ${NEEDED_NODE}; this is ${process.versions.node}. Run \`npm ci\` (without --ignore-scripts), which brings it, then \`npm test\`.`,
  )
}

function prepareSystem() {
  if (process.platform !== 'linux') return
  const missing = PACKAGES.filter(({ probe }) => !existsSync(probe))
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name)
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (!mayInstall)
    fail(
      `These are missing:\n${missing.map(({ name, why }) => `  ${name}: ${why}`).join('\n')}\nRun: sudo ${command}`,
    )
  console.log(`Installing ${names.join(', ')} …`)
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  spawnSync('apt-get', ['update', '-qq'], options)
  const { status } = spawnSync('apt-get', command.split(' ').slice(1), options)
  if (status !== 0) fail(`That failed. Run it by hand: ${command}`)
}

function fail(text) {
  console.error(text)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

/** One check of its own: passes or fails as a whole. */
function check(name, command, args) {
  console.log(`\n── ${name}`)
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 }
}

/** Vitest counts for itself. */
function vitest() {
  console.log('\n── vitest')
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-vitest-'))
  const file = join(folder, 'results.json')
  try {
    const { status } = spawnSync(
      'vitest',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...process.argv.slice(2)],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    )
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    // A file that can't be loaded has no tests to count, and fails all the same.
    const broken = testResults.filter(
      (result) => result.status === 'failed' && result.assertionResults.length === 0,
    ).length
    const failed = numFailedTests + broken
    return {
      passed: numPassedTests,
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: numPendingTests + numTodoTests,
    }
  } catch (error) {
    console.error(`Vitest gave no results: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

prepareNode()
prepareSystem()
const results = [
  check('build', 'electron-vite', ['build']),
  check('biome', 'biome', ['check', '.']),
  check('types', 'tsc', ['-b']),
  check('import law', 'depcruise', ['src', '--config', '.dependency-cruiser.cjs']),
  vitest(),
]
const total = (key) => results.reduce((sum, result) => sum + result[key], 0)
const [passed, failed, skipped] = [total('passed'), total('failed'), total('skipped')]
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed === 0 ? 0 : 1)
