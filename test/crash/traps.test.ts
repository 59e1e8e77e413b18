import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { codesOf, filesOf } from '../support/cli.ts'
import { callsOf, MUTATING, readLog } from '../support/faults.ts'
import { FaultCommand } from '../support/faults-command.ts'
import { run } from '../support/process.ts'
import { WorkFolder } from '../support/tree.ts'

const commands = [await FaultCommand.create('seal'), await FaultCommand.create('unseal')]
afterAll(() => {
  for (const command of commands) command[Symbol.dispose]()
})

/** A folder that nothing may be written into, and what would show that something was. */
class Outside implements Disposable {
  readonly #work = new WorkFolder()
  readonly path = this.#work.at('outside')

  constructor() {
    mkdirSync(this.path, { mode: 0o755 })
    writeFileSync(join(this.path, 'hello.txt'), 'mine')
    writeFileSync(join(this.path, 'hello.txt.sealed'), 'mine')
  }

  /** Everything about it that any writing would change. */
  get stamp(): string {
    const { mtimeNs, ctimeNs, mode, nlink } = lstatSync(this.path, { bigint: true })
    return [mtimeNs, ctimeNs, mode, nlink].join(' ')
  }

  [Symbol.dispose](): void {
    this.#work[Symbol.dispose]()
  }
}

const WATCHED = [...MUTATING, 'open'] as const

describe.each(commands)('$name: a link in the place of a target folder (T18)', (command) => {
  it('that stands there beforehand is not followed: 10, and nothing is written behind it', async () => {
    using outside = new Outside()
    for (const place of ['tree', 'tree/sub']) {
      const target = command.target(`before ${place.length}`)
      mkdirSync(join(target, place, '..'), { recursive: true })
      symlinkSync(outside.path, join(target, place))
      const before = outside.stamp
      const end = await command.run(target)
      expect([place, end.code, codesOf(end).includes('PATH_UNSAFE')]).toEqual([place, 10, true])
      expect(outside.stamp).toBe(before)
      command.remove(target)
    }
  })

  it('that is put there at any call of the job is not followed, and nothing is written behind it', async () => {
    const probe = command.target('probe')
    const only = { calls: WATCHED, only: `${probe}/tree` }
    const count = callsOf(readLog((await command.run(probe, only)).log)).length
    command.remove(probe)
    expect(count).toBeGreaterThan(80)
    let refused = 0
    for (let at = 2; at <= count; at += 2) {
      using outside = new Outside()
      const target = command.target(`at ${at}`)
      const before = outside.stamp
      const fault = { calls: WATCHED, only: `${target}/tree`, at, act: { kind: 'stop' } } as const
      const { running, ended } = command.start(target, fault)
      const stopped = await Promise.race([running.stopped().then(() => true), ended.then(() => false)])
      if (stopped) {
        // Whichever of the two is there already: the upper one as soon as the lower one isn't.
        const place = existsSync(join(target, 'tree/sub')) ? 'tree/sub' : 'tree'
        if (existsSync(join(target, place))) {
          renameSync(join(target, place), join(target, 'moved away'))
          symlinkSync(outside.path, join(target, place))
        }
        running.goOn()
      }
      const end = await ended
      if (end.code !== 0) {
        refused++
        expect([at, end.code, codesOf(end)]).toEqual([at, 10, expect.arrayContaining(['PATH_UNSAFE'])])
      }
      expect([at, outside.stamp]).toEqual([at, before])
      command.remove(target)
    }
    expect(refused).toBeGreaterThan(count / 4)
  })
})

describe.each(commands)('$name: what another puts in the way at the last moment', (command) => {
  const final = command.name === 'seal' ? 'hello.txt.sealed' : 'hello.txt'

  it('a file of the final name stays as it is: 8, and the others are done', async () => {
    const target = command.target('last moment')
    const fault = { calls: ['link'], only: `/${final}`, at: 1, act: { kind: 'stop' } } as const
    const { running, ended } = command.start(target, fault)
    await running.stopped()
    writeFileSync(join(target, 'tree', final), 'another’s')
    running.goOn()
    const end = await ended
    expect([end.code, codesOf(end)]).toEqual([8, ['DESTINATION_EXISTS']])
    expect(filesOf(end, 'done').length).toBe(4)
    expect(readFileSync(join(target, 'tree', final), 'utf8')).toBe('another’s')
    expect(command.leftIn(target)).toEqual([])
    command.remove(target)
  })

  it('a link in the place of a folder being made gives its mode to nothing else', async () => {
    using outside = new Outside()
    const before = outside.stamp
    const target = command.target('being made')
    const fault = { calls: ['chmod'], only: `${target}/tree/`, at: 1, act: { kind: 'stop' } } as const
    const { running, ended } = command.start(target, fault)
    await running.stopped()
    const [making = ''] = command.leftIn(target)
    rmdirSync(join(target, making))
    symlinkSync(outside.path, join(target, making))
    running.goOn()
    const end = await ended
    expect([end.code, codesOf(end)]).toEqual([10, expect.arrayContaining(['PATH_UNSAFE'])])
    expect(outside.stamp).toBe(before)
    command.remove(target)
  })
})

describe('under umask 0', () => {
  it.each(commands)('what $name writes is its owner’s alone until it is whole', async (command) => {
    const under = ['bash', '-c', 'umask 0; exec "$@"', '-']
    // Before a file gets its contents, its mode and its time; before a folder gets its mode.
    for (const call of ['write', 'chmod'] as const) {
      const target = command.target(`mask ${call}`)
      const fault = { calls: [call], only: `${target}/`, at: 1, act: { kind: 'stop' } } as const
      const { running, ended } = command.start(target, fault, { under })
      await running.stopped()
      const modes = command.leftIn(target).map((path) => lstatSync(join(target, path)).mode & 0o7777)
      running.goOn()
      expect((await ended).code).toBe(0)
      expect(modes.length).toBeGreaterThan(0)
      expect(modes.filter((mode) => (mode & 0o077) !== 0)).toEqual([])
      expect(command.wrongAtEnd(target)).toEqual([])
      command.remove(target)
    }
  })
})

describe('the fault-injecting library', () => {
  it('sees every call that strace sees', async () => {
    const [seal] = commands
    if (seal === undefined) throw new Error('no command')
    using work = new WorkFolder()
    const trace = work.at('trace')
    const target = seal.target('traced')
    const names =
      'fsync,link,linkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,fchmod,chmod,fchmodat,ftruncate'
    const under = ['strace', '-f', '-qq', '-y', '-o', trace, '-e', `trace=${names}`]
    const end = await seal.run(target, {}, { under })
    seal.remove(target)
    expect(end.code).toBe(0)
    const { out } = await run('grep', ['-cE', 'strongroom-test-|"/proc/self/fd/', trace])
    const untraced = ['create', 'write', 'unlink', 'utime', 'fdatasync']
    const counted = callsOf(readLog(end.log)).filter(({ call }) => !untraced.includes(call))
    expect(counted.length).toBeGreaterThan(40)
    expect(Number(out)).toBe(counted.length)
  })
})
