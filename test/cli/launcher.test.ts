import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { NODE, RawKey } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import { onTerminal } from '../support/run-cli-terminal.ts'

const ROOT = join(import.meta.dirname, '../..')
const LAUNCHER = join(ROOT, 'src/main/launcher.cjs')
const MIN_NODE = 22
const GB = 1_000_000_000

const majorOf = (node: string): number =>
  Number(spawnSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).stdout)
/** An old Node, as a system may have it. */
const OLD = ['/usr/local/bin/node', '/usr/bin/node'].find(
  (path) => existsSync(path) && majorOf(path) < MIN_NODE,
)
const NODES = [
  { title: 'the project’s Node', node: NODE },
  { title: OLD === undefined ? 'an old Node — SKIPPED: this system has none' : 'an old Node', node: OLD },
]

/** The launcher in a checkout of its own, where things can be missing. */
function elsewhere(files: Readonly<Record<string, string>> = {}): TestFolder {
  const folder = new TestFolder({ ...files, 'src/main/.keep': '' })
  cpSync(LAUNCHER, folder.at('src/main/launcher.cjs'))
  return folder
}

describe.each(NODES)('the launcher under $title', ({ node = '' }) => {
  const test = it.skipIf(node === '')
  const launch = (args: readonly string[], more: { readonly cwd?: string; readonly input?: string } = {}) =>
    spawnSync(node, [LAUNCHER, ...args], { encoding: 'utf8', timeout: 30_000, ...more })

  test('hands on words, input, output and exit code', () => {
    using folder = new TestFolder({ 'a file': 'hello' })
    expect(launch(['--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
    expect(launch(['inspect', '/does/not/exist'])).toMatchObject({ status: 7, stdout: '' })
    const wrong = launch(['frobnicate', '--json'])
    expect([wrong.status, JSON.parse(wrong.stdout).code]).toEqual([2, 'USAGE'])
    const words = ['seal', 'a file', '--passphrase-stdin']
    const weak = launch(words, { cwd: folder.path, input: 'password1\n' })
    expect([weak.status, folder.names()]).toEqual([2, ['a file']])
    expect(weak.stderr).toContain('[PASSPHRASE_WEAK]')
  })

  test.each([
    [undefined, 16],
    ['3', 3],
  ])('gives the program threads to sync many files at once: told %s, %i', async (told, threads) => {
    using folder = new TestFolder({ big: '' })
    truncateSync(folder.at('big'), 2 * GB)
    const key = new RawKey(folder.path)
    const { UV_THREADPOOL_SIZE: _, ...env } = process.env
    const args = ['seal', folder.at('big'), '--to', folder.at('out'), ...key.options]
    const child = spawn(node, [LAUNCHER, ...args], {
      env: { ...env, ...(told !== undefined && { UV_THREADPOOL_SIZE: told }) },
      stdio: 'ignore',
    })
    const ended = new Promise((done) => child.on('exit', done))
    const pid = await found(() => familyOf(folder.path).find((id) => poolThreads(id) > 0))
    // They start one after the other.
    await sleep(100)
    const count = poolThreads(pid)
    child.kill('SIGTERM')
    await ended
    expect(count).toBe(threads)
  })

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    'hands on %s while the program waits, and ends by it',
    async (signal) => {
      using folder = new TestFolder({ a: 'a' })
      const child = spawn(node, [LAUNCHER, 'seal', folder.at('a'), '--passphrase-stdin'], {
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      const ended = new Promise((done) => child.on('exit', (code, by) => done([code, by])))
      // An old Node starts another program, a new one becomes it.
      const program = node === OLD ? 'out/main/bin.js' : 'launcher.cjs'
      await found(() => familyOf(folder.path).find((pid) => readFrom(pid, 'cmdline').includes(program)))
      await sleep(300)
      child.kill(signal)
      expect(await ended).toEqual([null, signal])
      expect(familyOf(folder.path)).toEqual([])
    },
  )

  test('leaves Ctrl-C at a question to the program', async () => {
    using folder = new TestFolder({ a: 'a' })
    const steps = [{ expect: 'Passphrase: ', send: 'abc\x03' }]
    const end = await onTerminal(['seal', folder.at('a')], steps, { program: [node, LAUNCHER] })
    expect([end.code, end.echoAtEnd, folder.names()]).toEqual([130, true, ['a']])
  })

  test('leaves Ctrl-C in a job to the program, which ends it cleanly', async () => {
    using folder = new TestFolder({ 't/big': '', 't/small': 's' })
    truncateSync(folder.at('t/big'), 2 * GB)
    const key = new RawKey(folder.path)
    const args = ['seal', folder.at('t'), '--to', folder.at('out'), ...key.options]
    const program = { program: [node, LAUNCHER] }
    const end = await onTerminal(args, [{ expect: ' of 2.0 GB', send: '\x03' }], program)
    expect([end.code, end.signal]).toEqual([130, null])
    expect(end.screen).toContain('Interrupted. Nothing half-made is left.')
    expect(
      folder.names('out').filter((name) => name.includes('.strongroom-') || name.includes('big')),
    ).toEqual([])
  })

  test('says so when nothing is built', () => {
    using folder = elsewhere()
    const end = spawnSync(node, [folder.at('src/main/launcher.cjs'), 'seal'], { encoding: 'utf8' })
    expect([end.status, end.stdout]).toEqual([1, ''])
    expect(end.stderr).toBe('strongroom: it is not built yet. Run `npm ci` in its folder, which builds it.\n')
  })
})

it.skipIf(OLD === undefined)('an old Node without the project’s says which one it needs', () => {
  using folder = elsewhere({ 'out/main/bin.js': 'throw new Error("must not run under an old Node")' })
  const end = spawnSync(OLD ?? '', [folder.at('src/main/launcher.cjs')], { encoding: 'utf8' })
  expect([end.status, end.stdout]).toEqual([1, ''])
  expect(end.stderr).toMatch(
    /^strongroom: it needs Node 22 or newer; this is \d+\.\d+\.\d+\. Run `npm ci`, which brings one\.\n$/,
  )
})

describe('`npm run -s strongroom -- …`', () => {
  it('takes paths from where the person is', () => {
    using folder = new TestFolder({ 'here/a.txt': 'hello', 'here/key': Buffer.alloc(32, 5) })
    mkdirSync(folder.at('here/sub'))
    const words = ['seal', '../a.txt', '--to', 'out', '--raw-aes-key-file', '../key']
    const key = ['--key-namespace', 'n', '--key-name', 'k']
    const npm = ['--prefix', ROOT, 'run', '-s', 'strongroom', '--', ...words, ...key]
    const env = { ...process.env, npm_config_update_notifier: 'false' }
    const end = spawnSync('npm', npm, { cwd: folder.at('here/sub'), encoding: 'utf8', env, timeout: 60_000 })
    expect([end.status, end.stdout]).toEqual([0, `${folder.at('here/sub/out/a.txt.sealed')}\n`])
    expect(folder.names('here/sub')).toEqual(['out', 'out/a.txt.sealed'])
  })

  it('is not meant by another script of npm', () => {
    using folder = new TestFolder({ 'a.txt': 'hello' })
    const run = (name: string) => {
      const env = { ...process.env, npm_lifecycle_event: name, INIT_CWD: folder.path }
      return spawnSync(NODE, [LAUNCHER, 'inspect', 'a.txt'], { encoding: 'utf8', cwd: ROOT, env }).status
    }
    // Found, and no message; or not found.
    expect([run('strongroom'), run('test')]).toEqual([4, 7])
  })
})

/** Waits until `look` finds something. */
async function found<T>(look: () => T | undefined): Promise<T> {
  const until = performance.now() + 20_000
  for (;;) {
    const value = look()
    if (value !== undefined) return value
    if (performance.now() > until) throw new Error('nothing was found in 20 s')
    await sleep(5)
  }
}

/** Processes with `word` on their command line. */
function familyOf(word: string): readonly number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  return pids.filter((pid) => pid !== process.pid && readFrom(pid, 'cmdline').includes(word))
}

/** How many threads libuv made for file system calls. */
function poolThreads(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.filter((id) => readFrom(pid, `task/${id}/comm`) === 'libuv-worker\n').length
  } catch {
    return 0
  }
}

function readFrom(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
