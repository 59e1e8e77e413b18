import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODE } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'

const ROOT = join(import.meta.dirname, '../..')
const LAUNCHER = join(ROOT, 'src/main/launcher.cjs')
/** An old Node, as a system may have it; this machine's is 20. */
const OLD = ['/usr/local/bin/node', '/usr/bin/node'].find(
  (path) =>
    existsSync(path) &&
    Number(spawnSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).stdout) < 22,
)

describe('the launcher', () => {
  const nodes: readonly [string, string | undefined][] = [
    ['the project’s Node', NODE],
    ['an old Node', OLD],
  ]
  for (const [title, node] of nodes) {
    it.skipIf(node === undefined)(`runs the command under ${title} and hands on its exit code`, () => {
      const run = (...args: string[]) =>
        spawnSync(node ?? '', [LAUNCHER, ...args], { encoding: 'utf8', timeout: 30_000 })
      expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
      expect(run('inspect', '/does/not/exist')).toMatchObject({ status: 7 })
      expect(run('frobnicate')).toMatchObject({ status: 2 })
    })
  }

  it('says so when nothing is built', () => {
    using folder = new TestFolder()
    mkdirSync(folder.at('src/main'), { recursive: true })
    cpSync(LAUNCHER, folder.at('src/main/launcher.cjs'))
    const end = spawnSync(NODE, [folder.at('src/main/launcher.cjs')], { encoding: 'utf8' })
    expect(end.status).toBe(1)
    expect(end.stderr).toContain('npm ci')
  })

  it('takes paths from where the person is, when npm runs it', () => {
    using folder = new TestFolder({ 'a.txt': 'x' })
    const env = { ...process.env, npm_lifecycle_event: 'strongroom', INIT_CWD: folder.path }
    const end = spawnSync(NODE, [LAUNCHER, 'inspect', 'a.txt'], { encoding: 'utf8', cwd: ROOT, env })
    // Found, and no message.
    expect(end.status).toBe(4)
  })
})
