import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chownSync, mkdirSync, symlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { Folder, isTemporaryName, removeStaleTemporaries } from '../../src/main/files/index.ts'
import { temporaryName } from '../../src/main/files/temp.ts'
import { NODE } from '../support/cli.ts'
import { TestFolder } from '../support/folder.ts'
import { IS_ROOT } from '../support/process.ts'

const FILES_ROOM = join(import.meta.dirname, '../../src/main/files/index.ts')
const NOBODY = 65_534
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const nameOf = (pid: number, thread = 0, machine = MACHINE): string =>
  `.strongroom-${machine}-${pid}.${thread}-${'0123456789abcdef'}.tmp`
const deadPid = (): number => spawnSync('true').pid

/** What is left of `names` after a sweep. */
function sweep(folder: TestFolder, deadThread?: number): readonly string[] {
  using open = Folder.open(folder.path)
  removeStaleTemporaries(open, deadThread)
  return folder.names()
}

describe('a temporary name', () => {
  it('says its machine, process and thread, and is never the same', () => {
    const names = new Set(Array.from({ length: 1_000 }, temporaryName))
    expect(names.size).toBe(1_000)
    for (const name of names) {
      expect(isTemporaryName(name)).toBe(true)
      expect(name.startsWith(`.strongroom-${MACHINE}-${process.pid}.${threadId}-`)).toBe(true)
    }
  })

  it.each([
    '.strongroom-.tmp',
    'strongroom-01234567-1.0-0123456789abcdef.tmp',
    '.strongroom-01234567-1.0-0123456789abcdef.tmp.sealed',
    '.strongroom-0123456-1.0-0123456789abcdef.tmp',
    '.strongroom-01234567-1-0123456789abcdef.tmp',
    '.strongroom-01234567-x.0-0123456789abcdef.tmp',
    '.strongroom-01234567-1.0-0123456789ABCDEF.tmp',
    'x\n.strongroom-01234567-1.0-0123456789abcdef.tmp',
    '.0123.tmp',
  ])('is not %j', (name) => {
    expect(isTemporaryName(name)).toBe(false)
  })
})

describe('what killed runs left', () => {
  it('is removed: files and the folders that were being made, of processes that are dead', () => {
    const pid = deadPid()
    using folder = new TestFolder({ [nameOf(pid)]: 'half', [nameOf(pid, 3)]: 'half', kept: 'k' })
    mkdirSync(folder.at(nameOf(deadPid())))
    expect(sweep(folder)).toEqual(['kept'])
  })

  it('stays while its process runs: its parent, ours, root’s first', () => {
    const names = [process.ppid, process.pid, 1].map((pid) => nameOf(pid))
    using folder = new TestFolder(Object.fromEntries(names.map((name) => [name, 'in use'])))
    expect(sweep(folder)).toEqual([...names].sort())
  })

  it('of a thread of ours is removed only when that thread is dead', () => {
    const [dead, living] = [nameOf(process.pid, 7), nameOf(process.pid, 8)]
    using folder = new TestFolder({ [dead]: 'half', [living]: 'in use' })
    expect(sweep(folder)).toEqual([dead, living].sort())
    expect(sweep(folder, 7)).toEqual([living])
  })

  it('of another process’s thread stays, whatever thread of ours is dead', () => {
    const name = nameOf(process.ppid, 7)
    using folder = new TestFolder({ [name]: 'in use' })
    expect(sweep(folder, 7)).toEqual([name])
  })

  it('of another machine stays: its processes can’t be seen from here', () => {
    const name = nameOf(deadPid(), 0, MACHINE === '00000000' ? '11111111' : '00000000')
    using folder = new TestFolder({ [name]: 'in use elsewhere' })
    expect(sweep(folder)).toEqual([name])
  })

  it('stays where it only looks like ours: a folder with something in it, other names', () => {
    const name = nameOf(deadPid())
    using folder = new TestFolder({ [`${name}/precious`]: 'p', '.strongroom-notes.tmp': 'n', 'a.tmp': 'a' })
    expect(sweep(folder)).toEqual([name, `${name}/precious`, '.strongroom-notes.tmp', 'a.tmp'])
  })

  it('is never what a link points to', () => {
    using folder = new TestFolder({ victim: 'v' })
    symlinkSync(folder.at('victim'), folder.at(nameOf(deadPid())))
    expect(sweep(folder)).toEqual(['victim'])
  })

  it.runIf(IS_ROOT)('stays while another user’s process runs, which may not be signalled', () => {
    const [dead, living] = [nameOf(deadPid()), nameOf(1)]
    using folder = new TestFolder({ [dead]: 'half', [living]: 'in use' })
    chownSync(folder.path, NOBODY, NOBODY)
    const script = `
      const { Folder, removeStaleTemporaries } = await import(process.argv[1])
      removeStaleTemporaries(Folder.open(process.argv[2]))
      try { process.kill(1, 0) } catch ({ code }) { process.stdout.write(code) }`
    const words = ['--input-type=module', '-e', script, FILES_ROOM, folder.path]
    const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', NODE]
    const { stdout } = spawnSync('setpriv', [...asNobody, ...words], { encoding: 'utf8' })
    expect([stdout, folder.names()]).toEqual(['EPERM', [living]])
  })
})
